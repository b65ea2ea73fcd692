package awslocal

import (
	"net/http"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sts"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// apiCall is a call of an API, as a victim.
type apiCall struct {
	*wire.Call
	account account.Account
}

func (c apiCall) operation() string { return c.Operation() }

func (c apiCall) refuse(w http.ResponseWriter, kind FaultKind) { c.Refuse(w, c.refusal(kind)) }

// refusal is the error that the service has for a kind of fault: the common errors of its protocol, and for its
// own mistakes those in its list, such as
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html and
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html.
func (c apiCall) refusal(kind FaultKind) *wire.Error {
	if c.Service.Name == "ec2" {
		return c.ofEC2(kind)
	}
	query := !c.JSON()
	pick := func(ofQuery, ofJSON string) string {
		if query {
			return ofQuery
		}
		return ofJSON
	}
	refused := &wire.Error{Status: http.StatusBadRequest}
	if query && kind != Throttle {
		refused.Status = http.StatusForbidden
	}
	switch kind {
	case Throttle:
		refused.Code, refused.Message = pick("Throttling", "ThrottlingException"), "Rate exceeded"
	case AccessDenied:
		refused.Code, refused.Message = pick("AccessDenied", "AccessDeniedException"), denial(c.account, c.Operation(), resourceOf(c.Call, c.account))
	case ExpiredToken:
		refused.Code, refused.Message = pick("ExpiredToken", "ExpiredTokenException"), "The security token included in the request is expired"
	default:
		mistake, own := mistakes[c.Service.Name]
		if !own {
			mistake = wire.Error{Code: "InternalFailure", Message: "The request processing has failed because of an unknown error, exception or failure."}
		}
		mistake.Status = http.StatusInternalServerError
		return &mistake
	}
	return refused
}

// ofEC2: EC2 has codes of its own: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
func (c apiCall) ofEC2(kind FaultKind) *wire.Error {
	switch kind {
	case Throttle:
		return &wire.Error{Code: "RequestLimitExceeded", Message: "Request limit exceeded.", Status: http.StatusServiceUnavailable}
	case AccessDenied:
		return &wire.Error{Code: "UnauthorizedOperation", Status: http.StatusForbidden, Message: "You are not authorized to perform this operation. " +
			"User: " + sts.CallerARN(c.account) + " is not authorized to perform: " + c.Operation() +
			" because no identity-based policy allows the " + c.Operation() + " action"}
	case ExpiredToken:
		return &wire.Error{Code: "RequestExpired", Message: "Request has expired.", Status: http.StatusBadRequest}
	}
	return &wire.Error{Code: "InternalError", Message: "An internal error has occurred", Status: http.StatusInternalServerError}
}

// mistakes of the services that have an error of their own for them. The text of ECS is what it sends; the
// others' are their references'.
var mistakes = map[string]wire.Error{
	"ecs":                     {Code: "ServerException", Message: "Service Unavailable. Please try again later."},
	"ecr":                     {Code: "ServerException", Message: "These errors are usually caused by a server-side issue."},
	"logs":                    {Code: "ServiceUnavailableException", Message: "The service cannot complete the request."},
	"application-autoscaling": {Code: "InternalServiceException", Message: "The service encountered an internal error."},
	"iam":                     {Code: "ServiceFailure", Message: "The request processing has failed because of an unknown error, exception or failure."},
	"secretsmanager":          {Code: "InternalServiceError", Message: "An error occurred on the server side."},
	"ssm":                     {Code: "InternalServerError", Message: "An error occurred on the server side."},
}

// denial is the text for a permission that no policy gives:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func denial(acct account.Account, action, resource string) string {
	return "User: " + sts.CallerARN(acct) + " is not authorized to perform: " + action + " on resource: " + resource +
		" because no identity-based policy allows the " + action + " action"
}

// named says which resource a member of an input names: %s is the member's value, {cluster} that of cluster. It is the
// end of an ARN, but for the services that say it without one.
type named struct{ member, resource string }

// resources by service, the most particular member first:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html and its
// neighbours.
var resources = map[string][]named{
	"cloudformation": {{"StackName", "stack/%s/*"}},
	"ecs": {
		{"service", "service/{cluster}/%s"}, {"services", "service/{cluster}/%s"}, {"serviceName", "service/{cluster}/%s"},
		{"task", "task/{cluster}/%s"}, {"tasks", "task/{cluster}/%s"}, {"family", "task-definition/%s:*"},
		{"taskDefinition", "task-definition/%s"}, {"clusterName", "cluster/%s"}, {"clusters", "cluster/%s"}, {"cluster", "cluster/%s"},
		{"serviceDeploymentArns", ""}, {"serviceDeploymentArn", ""}, {"serviceRevisionArns", ""}, {"resourceArn", ""},
	},
	"ecr":                  {{"repositoryName", "repository/%s"}, {"repositoryNames", "repository/%s"}, {"resourceArn", ""}},
	"logs":                 {{"logGroupName", "log-group:%s:log-stream:"}, {"logGroupIdentifier", "log-group:%s:log-stream:"}, {"resourceArn", ""}},
	"elasticloadbalancing": {{"TargetGroupArn", ""}, {"TargetGroupArns", ""}, {"ListenerArn", ""}, {"LoadBalancerArn", ""}, {"ResourceArns", ""}},
	"iam":                  {{"RoleName", "role %s"}},
	"secretsmanager":       {{"SecretId", "%s"}, {"Name", "%s"}},
	"ssm":                  {{"Name", "parameter/%s"}, {"Names", "parameter/%s"}},
}

// resourceOf is the ARN of what a call is about; "*" where it names nothing, as AWS writes it.
func resourceOf(c *wire.Call, acct account.Account) string {
	for _, n := range resources[c.Service.Name] {
		value := c.Text(n.member)
		switch {
		case strings.HasPrefix(value, "arn:"):
			return value
		case value == "" || n.resource == "":
			continue
		}
		cluster := c.Text("cluster")
		if i := strings.LastIndex(cluster, "/"); i >= 0 { // an ARN
			cluster = cluster[i+1:]
		}
		if cluster == "" {
			cluster = "default"
		}
		resource := strings.NewReplacer("%s", value, "{cluster}", cluster).Replace(n.resource)
		if c.Service.Name == "iam" || c.Service.Name == "secretsmanager" {
			return resource // they name it as they were asked
		}
		return acct.ARN(c.Service.Name, strings.ReplaceAll(resource, "//", "/"))
	}
	return "*"
}

package awslocal_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
)

func TestTheSDKSaysWhatIsNotServed(t *testing.T) {
	cfg := awslocal.Start(t).Config()
	for operation, call := range map[string]func() error{
		"ecs:CreateTaskSet": func() error {
			_, err := ecs.NewFromConfig(cfg).CreateTaskSet(ctx, &ecs.CreateTaskSetInput{Cluster: aws.String("a"), Service: aws.String("b"), TaskDefinition: aws.String("c")})
			return err
		},
		"ecr:DescribeRegistry": func() error {
			_, err := ecr.NewFromConfig(cfg).DescribeRegistry(ctx, &ecr.DescribeRegistryInput{})
			return err
		},
		"sts:GetSessionToken": func() error {
			_, err := sts.NewFromConfig(cfg).GetSessionToken(ctx, &sts.GetSessionTokenInput{})
			return err
		},
	} {
		err := call()
		code := "UnknownOperationException"
		if strings.HasPrefix(operation, "sts:") {
			code = "InvalidAction"
		}
		api, _ := errors.AsType[smithy.APIError](err)
		status, _ := errors.AsType[*awshttp.ResponseError](err)
		if api == nil || status == nil || api.ErrorCode() != code || status.HTTPStatusCode() != http.StatusNotImplemented ||
			api.ErrorMessage() != "the embedded AWS does not serve "+operation {
			t.Errorf("%s: %v", operation, err)
		}
	}
}

// The services that are not here have other protocols; the aws CLI reads each.
func TestTheCLISaysWhatIsNotServed(t *testing.T) {
	cli := awstest.NewCLI(t, awslocal.Start(t).URL())
	for said, args := range map[string][]string{
		"(UnknownOperationException) when calling the DescribeRegistry operation: the embedded AWS does not serve ecr:DescribeRegistry":              {"ecr", "describe-registry"},
		"(InvalidAction) when calling the ListTypes operation: the embedded AWS does not serve cloudformation:ListTypes":                             {"cloudformation", "list-types"},
		"(InvalidAction) when calling the DescribeAddresses operation: the embedded AWS does not serve ec2:DescribeAddresses":                        {"ec2", "describe-addresses"},
		"(InvalidAction) when calling the ListRoles operation: the embedded AWS does not serve iam:ListRoles":                                        {"iam", "list-roles"},
		"(UnknownOperationException) when calling the DescribeAlarms operation: the embedded AWS does not serve monitoring:DescribeAlarms":           {"cloudwatch", "describe-alarms"},
		"(UnknownOperationException) when calling the GetRandomPassword operation: the embedded AWS does not serve secretsmanager:GetRandomPassword": {"secretsmanager", "get-random-password"},
		"(UnknownOperationException) when calling the ListFunctions operation: the embedded AWS does not serve lambda:GET /2015-03-31/functions":     {"lambda", "list-functions"},
		"(UnknownOperationException) when calling the ListObjectsV2 operation: the embedded AWS does not serve s3:GET /bucket":                       {"s3api", "list-objects-v2", "--bucket", "bucket"},
	} {
		if a := cli.Try(args...); a.Code == 0 || !strings.Contains(a.Err, said) {
			t.Errorf("aws %s: exit code %d: %s", strings.Join(args, " "), a.Code, a.Err)
		}
	}
}

func TestTheCLIShowsFaults(t *testing.T) {
	server := awslocal.Start(t,
		awslocal.Fault{Operation: "ecs:ListClusters", Call: 1, Kind: awslocal.Throttle},
		awslocal.Fault{Operation: "ecs:ListClusters", Call: 2, Kind: awslocal.ExpiredToken},
		awslocal.Fault{Operation: "ecs:ListClusters", Call: 3, Kind: awslocal.AccessDenied},
		awslocal.Fault{Operation: "cloudformation:DescribeStacks", Call: 1, Kind: awslocal.Throttle},
		awslocal.Fault{Operation: "cloudformation:DescribeStacks", Call: 2, Kind: awslocal.InternalError},
		awslocal.Fault{Operation: "cloudformation:DescribeStacks", Call: 3, Kind: awslocal.AccessDenied},
		awslocal.Fault{Operation: "ec2:DescribeSubnets", Call: 1, Kind: awslocal.Throttle},
		awslocal.Fault{Operation: "ec2:DescribeSubnets", Call: 2, Kind: awslocal.InternalError},
		awslocal.Fault{Operation: "ec2:DescribeSubnets", Call: 3, Kind: awslocal.AccessDenied},
		awslocal.Fault{Operation: "ec2:DescribeSubnets", Call: 4, Kind: awslocal.ExpiredToken})
	cli := awstest.NewCLI(t, server.URL())
	for _, code := range []string{"ThrottlingException", "ExpiredTokenException", "AccessDeniedException"} {
		cli.Fail(code, "ecs", "list-clusters")
	}
	for _, code := range []string{"Throttling", "InternalFailure", "AccessDenied"} {
		cli.Fail(code, "cloudformation", "describe-stacks")
	}
	for _, code := range []string{"RequestLimitExceeded", "InternalError", "UnauthorizedOperation", "RequestExpired"} {
		cli.Fail(code, "ec2", "describe-subnets")
	}
	cli.Run("ecs", "list-clusters")
	cli.Run("cloudformation", "describe-stacks")
	cli.Run("ec2", "describe-subnets")
}

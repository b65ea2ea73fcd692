package cfn

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/bellyfed/splitecs/cfn/confidential"
	"github.com/bellyfed/splitecs/cfn/partition"
)

// logRetentions are the days that CloudWatch Logs offers.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var logRetentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// mostPolicies of one role, after AWS has raised the quota of 10.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const mostPolicies = 25

// inlinePolicies of one role, in characters without white space.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const inlinePolicies = 10_240

func (v *validator) environment(a App, env string) {
	v.within(fmt.Sprintf("Environments[%q]", env), func() {
		if !environmentPattern.MatchString(env) {
			v.add("", "is not a name: lower-case letters, digits and inner hyphens, beginning with a letter")
		} else if stack := a.derivedNames(env).ServiceStack; a.Environments[env].Names.ServiceStack == "" && len(stack) > longestStackName {
			v.add("", "is too long: stack name %s has %d characters, %d are allowed", stack, len(stack), longestStackName)
		}
		declared := a.Environments[env]
		resolved := a.resolve(declared)
		v.path += "."
		v.account(declared, resolved)
		v.within("Names.", func() { v.names(a, env) })
		v.network(declared.Network)
		v.certificate(resolved)
		v.listener(declared)
		v.task(resolved, declared.Memory)
		v.scaling(resolved)
		v.variables("Variables", declared.Variables)
		v.secrets(resolved)
		v.sidecars(resolved, a.names(env, "").Container)
		v.readable(resolved.AllSecrets())
		v.grants(resolved)
		v.tags("Tags", declared.Tags, a.Tags)
		if len(resolved.Tags) > mostTags && len(declared.Tags) <= mostTags && len(a.Tags) <= mostTags {
			v.add("Tags", "are %d with those of the application: use at most %d", len(resolved.Tags), mostTags)
		}
		v.size(a.Container, resolved)
		v.services(a, env, resolved)
	})
}

func (v *validator) account(declared, resolved Environment) {
	v.matches("AccountID", declared.AccountID, accountPattern, "an AWS account: 12 digits")
	v.matches("Region", declared.Region, regionPattern, "an AWS region such as ap-southeast-1")
}

func (v *validator) certificate(e Environment) {
	if v.matches("CertificateARN", e.CertificateARN, certificatePattern, "the ARN of an ACM certificate") {
		v.here("CertificateARN", e.CertificateARN, e)
	}
}

// listener checks what is said to clients, and what is written down of them.
func (v *validator) listener(e Environment) {
	v.matches("TLSPolicy", e.TLSPolicy, tlsPolicyPattern, "a security policy of load balancers, such as "+tlsPolicy)
	v.matches("StrictTransportSecurity", e.StrictTransportSecurity, hstsPattern, `"max-age=SECONDS", then "; includeSubDomains" and "; preload" where they are meant`)
	for _, of := range []struct{ field, value string }{{"TLSPolicy", e.TLSPolicy}, {"StrictTransportSecurity", e.StrictTransportSecurity}} {
		if of.value != "" && e.CertificateARN == "" {
			v.add(of.field, "needs a CertificateARN: without one nothing listens on 443")
		}
	}
	const bucket = "the name of an S3 bucket: 3 to 63 lower-case letters, digits, hyphens and single dots, and no address"
	if v.matches("AccessLogBucket", e.AccessLogBucket, bucketPattern, bucket) && (strings.Contains(e.AccessLogBucket, "..") || net.ParseIP(e.AccessLogBucket) != nil) {
		v.add("AccessLogBucket", "%q is not %s", e.AccessLogBucket, bucket)
	}
}

// here checks that a resource is where the environment is.
func (v *validator) here(field, resource string, e Environment) {
	if resource == "" {
		return
	}
	a := parseARN(resource)
	v.partition(field, resource, e)
	if e.Region != "" && a.region != e.Region {
		v.add(field, "is in %s and has to be in %s", a.region, e.Region)
	}
	if e.AccountID != "" && a.account != e.AccountID {
		v.add(field, "is in account %s, and the environment in %s", a.account, e.AccountID)
	}
}

// partition checks that an ARN is of the partition that the environment's region is in: nothing reaches into another one.
func (v *validator) partition(field, resource string, e Environment) {
	theirs, ours := parseARN(resource).partition, partition.Of(e.Region).Name
	if e.Region != "" && theirs != "" && theirs != ours {
		v.add(field, "is of partition %s, and region %s is in partition %s: ARNs there begin with arn:%s:", theirs, e.Region, ours, ours)
	}
}

func (v *validator) task(e Environment, memory int) {
	if field, message := checkFargateSize(e.CPU, memory); field != "" {
		v.add(field, "%s", message)
	}
	if e.Architecture != X8664 && e.Architecture != ARM64 {
		v.add("Architecture", "%q is not %s or %s", e.Architecture, X8664, ARM64)
	}
	if !slices.Contains(logRetentions, e.LogRetentionDays) {
		v.add("LogRetentionDays", "%d is not offered by CloudWatch Logs: use %s", e.LogRetentionDays, retentionWords())
	}
}

func retentionWords() string {
	var words []string
	for _, days := range logRetentions {
		words = append(words, strconv.Itoa(days))
	}
	return alternatives(words)
}

// isReference tells whether a text that is no full ARN is meant to be one, and not what it is to name.
func isReference(name, text string) bool {
	return strings.HasPrefix(text, "arn:") || (strings.Contains(text, "/") || !confidential.Name(name)) &&
		!slices.ContainsFunc(strings.Split(text, "/"), func(part string) bool { return !confidential.Plain(part) })
}

// references checks the secrets of a container, which also has plain variables.
func (v *validator) references(secrets, variables map[string]string, e Environment) {
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		at := fmt.Sprintf("Secrets[%q]", name)
		reference := secrets[name]
		if !variablePattern.MatchString(name) {
			v.add(at, "%q is not the name of a variable: letters, digits and _.-, beginning with a letter or an underscore", name)
		}
		if _, ok := variables[name]; ok {
			v.add(at, "is a plain variable as well")
		}
		if !secretPattern.MatchString(reference) && !parameterPattern.MatchString(reference) {
			shown := "the value" // it may be the secret itself
			if isReference(name, reference) {
				shown = fmt.Sprintf("%q", reference)
			}
			v.add(at, "%s is not the full ARN of a secret (arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SIXCHR, optionally with :json-key:version-stage:version-id) or of an SSM parameter (arn:aws:ssm:REGION:ACCOUNT:parameter/NAME); aws secretsmanager describe-secret --secret-id NAME and aws ssm get-parameter --name NAME tell it", shown)
			continue
		}
		v.partition(at, reference, e)
	}
}

func (v *validator) secrets(e Environment) { v.references(e.Secrets, e.Variables, e) }

// readable checks that one role can be allowed to read all secrets.
func (v *validator) readable(secrets map[string]string) {
	// The ARNs stand twice in the execution role's policy: once to read, once to decrypt.
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
	const mostBytes = 4_500
	if all := strings.Join(grantedSecrets(secrets), `","`); len(all) > mostBytes {
		v.add("Secrets", "are too many for one role: their ARNs have %d bytes, %d fit; put several values into one secret as JSON", len(all), mostBytes)
	}
}

func (v *validator) grants(e Environment) {
	if v.matches("AlarmTopicARN", e.AlarmTopicARN, topicPattern, "the ARN of an SNS topic") && e.AlarmTopicARN != "" {
		v.partition("AlarmTopicARN", e.AlarmTopicARN, e)
		if region := parseARN(e.AlarmTopicARN).region; e.Region != "" && region != e.Region {
			v.add("AlarmTopicARN", "is in %s and has to be in %s", region, e.Region)
		}
	}
	if v.matches("PermissionsBoundary", e.PermissionsBoundary, policyPattern, "the ARN of a managed policy") && e.PermissionsBoundary != "" {
		v.partition("PermissionsBoundary", e.PermissionsBoundary, e)
		if account := parseARN(e.PermissionsBoundary).account; e.AccountID != "" && account != "aws" && account != e.AccountID {
			v.add("PermissionsBoundary", "is in account %s, and the environment in %s", account, e.AccountID)
		}
	}
	if len(e.TaskPolicies) > mostPolicies {
		v.add("TaskPolicies", "%d are too many: use at most %d", len(e.TaskPolicies), mostPolicies)
	}
	for i, policy := range e.TaskPolicies {
		at := fmt.Sprintf("TaskPolicies[%d]", i)
		if !policyPattern.MatchString(policy) {
			v.add(at, "%q is not the ARN of a managed policy", policy)
		}
		v.partition(at, policy, e)
		if slices.Index(e.TaskPolicies, policy) < i {
			v.add(at, "%q stands there twice", policy)
		}
	}
	v.statements("TaskStatements", e.TaskStatements, e, inlinePolicies)
	// Beside what the role needs anyway, the ARNs of the secrets stand in it twice.
	v.statements("ExecutionStatements", e.ExecutionStatements, e, inlinePolicies-1_500-2*len(strings.Join(grantedSecrets(e.AllSecrets()), `","`)))
}

// size keeps the service template under what CloudFormation takes, whatever commands and variables there are.
func (v *validator) size(c Container, e Environment) {
	const most = 30_000 // of MaxTemplateBytes; the rest of a service template takes a third
	total := 0
	commands, mappings := [][]string{c.Command, c.HealthCheckCommand}, []map[string]string{e.Variables, e.Secrets}
	for _, s := range e.Sidecars {
		commands, mappings = append(commands, s.Command, s.HealthCheckCommand), append(mappings, s.Variables, s.Secrets)
		total += 2_000 // for what each of them has besides
	}
	for _, words := range commands {
		for _, word := range words {
			total += len(yamlString(word)) + 20
		}
	}
	for _, pairs := range mappings {
		for name, value := range pairs {
			total += len(yamlString(name)) + len(yamlString(value)) + 60
		}
	}
	if total > most {
		v.add("Variables", "commands, variables and secrets take %d bytes of the template: use at most %d", total, most)
	}
}

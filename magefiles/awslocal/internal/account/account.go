// Package account is the AWS account and region that the embedded AWS plays. It knows how ARNs are put together.
//
// It does not know what is in the account. Imported by services, awslocal, awstest, catalog and program.
package account

// Account is one account in one region.
type Account struct {
	ID     string // 12 digits
	Region string
}

// ARN of a resource of a service in this account and region, e.g. ARN("ecs", "cluster/bellyfed-dev").
func (a Account) ARN(service, resource string) string {
	return "arn:aws:" + service + ":" + a.Region + ":" + a.ID + ":" + resource
}

// GlobalARN of a resource of a service that knows no regions, e.g. GlobalARN("iam", "role/task").
func (a Account) GlobalARN(service, resource string) string {
	return "arn:aws:" + service + "::" + a.ID + ":" + resource
}

// RegistryHost is the host of the account's image registry. It never leaves the machine (RFC 6761): clients
// reach it at the proxy endpoint that GetAuthorizationToken names.
func (a Account) RegistryHost() string { return a.ID + ".dkr.ecr." + a.Region + ".localhost" }

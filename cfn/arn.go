package cfn

import (
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/cfn/partition"
)

// arn is an Amazon Resource Name in its parts.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
type arn struct {
	partition, service, region, account, resource string
}

// parseARN returns the zero arn for what is none.
func parseARN(s string) arn {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return arn{}
	}
	return arn{parts[1], parts[2], parts[3], parts[4], parts[5]}
}

// dnsSuffix of the service names in the partition of an ARN.
func (a arn) dnsSuffix() string {
	if p, known := partition.Named(a.partition); known {
		return p.Suffix
	}
	return partition.Of(a.region).Suffix
}

var (
	regionPattern  = lazyregexp.New(`^[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}$`)
	accountPattern = lazyregexp.New(`^[0-9]{12}$`)

	certificatePattern = lazyregexp.New(`^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+$`)
	topicPattern       = lazyregexp.New(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$`)
	policyPattern      = lazyregexp.New(`^arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/[A-Za-z0-9+=,.@_/-]{1,512}$`)

	tlsPolicyPattern = lazyregexp.New(`^ELBSecurityPolicy-[A-Za-z0-9-]+$`)
	hstsPattern      = lazyregexp.New(`^max-age=[0-9]{1,10}(; ?includeSubDomains)?(; ?preload)?;?$`)
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
	bucketPattern = lazyregexp.New(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

	// A secret's name ends in a hyphen and six characters that Secrets Manager chose; a ! is in the names of those that
	// another service manages, e.g. rds!db-…. Behind it may stand a JSON key, a version stage and a version id, each of
	// which may be empty.
	// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
	// https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
	secretPattern    = lazyregexp.New(`^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]{1,512}-[A-Za-z0-9]{6}(:[^:\s]*:[^:\s]*:[^:\s]*)?$`)
	parameterPattern = lazyregexp.New(`^arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9_./-]+$`)
)

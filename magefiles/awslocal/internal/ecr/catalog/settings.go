package catalog

import (
	"path"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// Tag mutability: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html.
const (
	Mutable                = "MUTABLE"
	Immutable              = "IMMUTABLE"
	MutableWithExclusion   = "MUTABLE_WITH_EXCLUSION"
	ImmutableWithExclusion = "IMMUTABLE_WITH_EXCLUSION"
)

// Settings of a repository, in the shapes of the API.
type Settings struct {
	ImageTagMutability                 string            `json:"imageTagMutability"`
	ImageTagMutabilityExclusionFilters []ExclusionFilter `json:"imageTagMutabilityExclusionFilters,omitempty"`
	ImageScanningConfiguration         Scanning          `json:"imageScanningConfiguration"`
	EncryptionConfiguration            Encryption        `json:"encryptionConfiguration"`
}

// ExclusionFilter names tags that are excluded from the repository's rule.
type ExclusionFilter struct {
	FilterType string `json:"filterType"`
	Filter     string `json:"filter"`
}

// Scanning is kept and not done: nothing here looks into an image.
type Scanning struct {
	ScanOnPush bool `json:"scanOnPush"`
}

// Encryption is kept and not done.
type Encryption struct {
	EncryptionType string `json:"encryptionType,omitempty"`
	KmsKey         string `json:"kmsKey,omitempty"`
}

var filterRE = lazyregexp.New(`^[0-9a-zA-Z._*-]{1,128}$`)

// Limits: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageTagMutabilityExclusionFilter.html.
const (
	maxFilters   = 5
	maxWildcards = 2
)

// CheckMutability checks a rule and its exclusions; an empty rule is MUTABLE.
func CheckMutability(mutability string, filters []ExclusionFilter) error {
	if !slices.Contains([]string{"", Mutable, Immutable, MutableWithExclusion, ImmutableWithExclusion}, mutability) {
		return InvalidParameter("imageTagMutability", "Member must satisfy enum value set: [IMMUTABLE, MUTABLE, MUTABLE_WITH_EXCLUSION, IMMUTABLE_WITH_EXCLUSION]")
	}
	excludes := strings.HasSuffix(mutability, "_WITH_EXCLUSION")
	switch {
	case excludes && len(filters) == 0:
		return InvalidParameter("imageTagMutabilityExclusionFilters", "ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as %s", mutability)
	case !excludes && len(filters) > 0:
		return InvalidParameter("imageTagMutabilityExclusionFilters", "ImageTagMutabilityExclusionFilters can't be specified when imageTagMutability is set as %s", mutability)
	case len(filters) > maxFilters:
		return InvalidParameter("imageTagMutabilityExclusionFilters", "Member must have length less than or equal to %d", maxFilters)
	}
	for _, f := range filters {
		if f.FilterType != "WILDCARD" {
			return InvalidParameter("imageTagMutabilityExclusionFilters", "Member must satisfy enum value set: [WILDCARD]")
		}
		if !filterRE.MatchString(f.Filter) || strings.Count(f.Filter, "*") > maxWildcards {
			return InvalidParameter("imageTagMutabilityExclusionFilters", "Member must satisfy regular expression pattern: %s", filterRE)
		}
	}
	return nil
}

// check fills in AWS's defaults and refuses what AWS refuses.
func (s *Settings) check() error {
	if err := CheckMutability(s.ImageTagMutability, s.ImageTagMutabilityExclusionFilters); err != nil {
		return err
	}
	if s.ImageTagMutability == "" {
		s.ImageTagMutability = Mutable
	}
	e := &s.EncryptionConfiguration
	switch e.EncryptionType {
	case "":
		e.EncryptionType = "AES256"
		fallthrough
	case "AES256":
		if e.KmsKey != "" {
			return InvalidParameter("encryptionConfiguration", "KMS key cannot be specified with encryption type AES256")
		}
	case "KMS", "KMS_DSSE":
	default:
		return InvalidParameter("encryptionType", "Member must satisfy enum value set: [AES256, KMS, KMS_DSSE]")
	}
	return nil
}

// fixed tells whether a tag, once given, stays where it is.
func (s *Settings) fixed(tag string) bool {
	excluded := slices.ContainsFunc(s.ImageTagMutabilityExclusionFilters, func(f ExclusionFilter) bool {
		ok, err := path.Match(f.Filter, tag) // neither holds a slash, so * means any characters
		return err == nil && ok
	})
	switch s.ImageTagMutability {
	case Immutable:
		return true
	case ImmutableWithExclusion:
		return !excluded
	case MutableWithExclusion:
		return excluded
	default:
		return false
	}
}

// InvalidParameter is ECR's error for a value that is not allowed.
func InvalidParameter(name, format string, args ...any) *wire.Error {
	e := wire.Errorf("InvalidParameterException", format, args...)
	e.Message = "Invalid parameter at '" + name + "' failed to satisfy constraint: '" + e.Message + "'"
	return e
}

package targets

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/cloudwatch"
	"github.com/awslabs/goformation/v7/cloudformation/iam"
)

// isLiteral tells whether a property is a text, and not one of goformation's intrinsic functions, which are JSON in base64.
func isLiteral(text string) bool {
	function, err := base64.StdEncoding.DecodeString(text)
	return err != nil || !json.Valid(function) || function[0] != '{'
}

// madeNames are the names of what templates make, with wildcards for what CloudFormation chooses of them.
type madeNames struct{ roles, alarms []string }

// alarmSuffixes are the ends of the names of alarms, behind a service's. A service need not have all of them, but may have had: what is
// taken out of the configuration has to be deleted.
var alarmSuffixes = []string{"-cpu", "-errors", "-healthy-tasks", "-memory", "-unanswered"}

// madeNames looks into all templates. Where the name of a stack is cut, the policy cannot tell its roles from others; where a name
// comes from a function, it has nothing for what bears it. Both are noted.
func (s *session) madeNames() (madeNames, error) {
	roles, alarms := map[string]bool{}, map[string]bool{}
	named := func(resource string, name *string, all map[string]bool) {
		switch {
		case name != nil && isLiteral(*name):
			all[*name] = true
		case name != nil:
			s.console.Note("the name of %s is only known when it is made: the policy has nothing for it", resource)
		}
	}
	for _, n := range everyName(s.place) {
		for _, suffix := range alarmSuffixes {
			alarms[n.Service+suffix] = true
		}
	}
	err := s.eachResource(func(stack, resource string, r cloudformation.Resource) {
		switch r := r.(type) {
		case *cloudwatch.Alarm:
			if r.AlarmName == nil {
				alarms[stack+"-"+resource+"-*"] = true
			}
			named(resource, r.AlarmName, alarms)
		case *iam.Role:
			named(resource, r.RoleName, roles)
			if r.RoleName != nil {
				return
			}
			pattern, cut := generatedName(stack, resource)
			if cut && !roles[pattern] {
				s.console.Note("%s is too long for the names of roles, and CloudFormation cuts it: the policy reaches the roles of every stack that begins with %s; a shorter Names.InfraStack ends that", stack, pattern[:len(pattern)-1])
			}
			roles[pattern] = true
		}
	})
	return madeNames{slices.Sorted(maps.Keys(roles)), slices.Sorted(maps.Keys(alarms))}, err
}

// generatedName is the name that CloudFormation gives to a role of a stack: STACK-RESOURCE-SUFFIX, with twelve characters
// at the end. Where that is more than the 64 characters that IAM allows, the name of the stack is cut, to no fewer than its
// first 24. Pure.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
func generatedName(stack, resource string) (pattern string, cut bool) {
	if len(stack)+len("-")+len(resource)+len("-")+12 > 64 {
		return stack[:min(24, len(stack))] + "*", true
	}
	return stack + "-" + resource + "-*", false
}

// taggedAlike is another environment, in the same account as far as the configuration says, from whose tags those of this one
// cannot be told. Empty where there is none.
func (s *session) taggedAlike() string {
	own := s.tags()
	for _, name := range slices.Sorted(maps.Keys(s.place.App.Environments)) {
		other, err := s.place.App.Place(name)
		if err != nil || name == s.place.Env || other.Environment.AccountID != s.place.Environment.AccountID {
			continue
		}
		if theirs := tagsOf(other); theirs["app"] == own["app"] && theirs["environment"] == own["environment"] {
			return name
		}
	}
	return ""
}

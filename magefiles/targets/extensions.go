package targets

import (
	"fmt"
	"slices"

	"github.com/awslabs/goformation/v7/cloudformation"

	"github.com/bellyfed/splitecs/cfn"
)

// tryExtensions makes the templates that functions of the App change, so that what is wrong with them ends a target
// before anything is asked of AWS.
func (s *session) tryExtensions() error {
	if s.place.App.ExtendInfra != nil {
		if _, err := s.place.InfraTemplate(cfn.Kept{}); err != nil {
			return err
		}
	}
	if s.place.App.ExtendService != nil {
		if _, err := s.place.ServiceTemplate(); err != nil {
			return err
		}
	}
	return nil
}

// fillDefaults gives parameters that have no value yet the default of the template, which is what CloudFormation would do:
// so that a deployment without changes is seen to be one.
func fillDefaults(parameters map[string]string, t *cloudformation.Template, except ...string) {
	for name, p := range t.Parameters {
		if _, given := parameters[name]; !given && p.Default != nil && !slices.Contains(except, name) {
			parameters[name] = fmt.Sprint(p.Default)
		}
	}
}

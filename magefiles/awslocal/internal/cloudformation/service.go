package cloudformation

import (
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/cloudformation/template"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// Service is CloudFormation in one account and region.
type Service struct {
	// Stored is the type and value of a parameter of the Systems Manager. Default: there are none.
	Stored func(name string) (kind, value string, ok bool)

	world   *sim.World
	account account.Account
	types   map[string]resource.Type
	state   state
	parsed  map[string]*template.Template // by body; a cache, not state
}

// The kinds of wake-up. Their ids are joined by [join].
const (
	wakeChangeSet = "cloudformation.changeset"
	wakePhase     = "cloudformation.phase"
	wakeStep      = "cloudformation.step"
	wakeTimeout   = "cloudformation.timeout"
)

// New is the service over a world, with the resource types that its templates may use.
func New(w *sim.World, acct account.Account, types []resource.Type) *Service {
	s := &Service{
		world: w, account: acct, types: make(map[string]resource.Type, len(types)), parsed: map[string]*template.Template{},
		state: newState(w),
	}
	for _, t := range types {
		s.types[t.Name] = t
	}
	w.Handle(wakeChangeSet, s.changeSetDue)
	w.Handle(wakePhase, s.phaseDue)
	w.Handle(wakeStep, s.stepDue)
	w.Handle(wakeTimeout, s.timeoutDue)
	w.Handle(wakeDrift, s.driftDue)
	return s
}

// Wire is the service on the wire.
func (s *Service) Wire() *wire.Service {
	return &wire.Service{
		Name: "cloudformation", Version: "2010-05-15", Namespace: "http://cloudformation.amazonaws.com/doc/2010-05-15/",
		Operations: map[string]wire.Operation{
			"CancelUpdateStack":                 wire.Op(s.cancelUpdateStack),
			"ContinueUpdateRollback":            wire.Op(s.continueUpdateRollback),
			"CreateChangeSet":                   wire.Op(s.createChangeSet),
			"CreateStack":                       wire.Op(s.createStack),
			"DeleteChangeSet":                   wire.Op(s.deleteChangeSet),
			"DeleteStack":                       wire.Op(s.deleteStack),
			"DescribeChangeSet":                 wire.Op(s.describeChangeSet),
			"DescribeEvents":                    wire.Op(s.describeEvents),
			"DescribeStackEvents":               wire.Op(s.describeStackEvents),
			"DescribeStackDriftDetectionStatus": wire.Op(s.describeStackDriftDetectionStatus),
			"DescribeStackResource":             wire.Op(s.describeStackResource),
			"DescribeStackResourceDrifts":       wire.Op(s.describeStackResourceDrifts),
			"DescribeStackResources":            wire.Op(s.describeStackResources),
			"DescribeStacks":                    wire.Op(s.describeStacks),
			"DetectStackDrift":                  wire.Op(s.detectStackDrift),
			"DetectStackResourceDrift":          wire.Op(s.detectStackResourceDrift),
			"ExecuteChangeSet":                  wire.Op(s.executeChangeSet),
			"GetStackPolicy":                    wire.Op(s.getStackPolicy),
			"GetTemplate":                       wire.Op(s.getTemplate),
			"GetTemplateSummary":                wire.Op(s.getTemplateSummary),
			"ListChangeSets":                    wire.Op(s.listChangeSets),
			"ListExports":                       wire.Op(s.listExports),
			"ListImports":                       wire.Op(s.listImports),
			"ListStackResources":                wire.Op(s.listStackResources),
			"ListStacks":                        wire.Op(s.listStacks),
			"RollbackStack":                     wire.Op(s.rollbackStack),
			"SetStackPolicy":                    wire.Op(s.setStackPolicy),
			"UpdateStack":                       wire.Op(s.updateStack),
			"UpdateTerminationProtection":       wire.Op(s.updateTerminationProtection),
			"ValidateTemplate":                  wire.Op(s.validateTemplate),
		},
	}
}

// join and split make and read the ids of wake-ups. A bar is in none of the parts.
func join(parts ...string) string { return strings.Join(parts, "|") }

func split(id string, n int) ([]string, bool) {
	parts := strings.Split(id, "|")
	return parts, len(parts) == n
}

// invalid is CloudFormation's answer to most wrong requests.
func invalid(format string, args ...any) *wire.Error {
	return wire.Errorf("ValidationError", format, args...)
}

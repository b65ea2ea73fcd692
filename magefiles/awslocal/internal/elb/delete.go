package elb

import (
	"context"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// What a person can delete behind CloudFormation's back.

func (s *Service) deleteListener(_ context.Context, in *struct{ ListenerArn string }) (*wire.Empty, error) {
	if !s.state.Listeners.Has(in.ListenerArn) {
		return nil, wire.Errorf("ListenerNotFound", "One or more listeners not found")
	}
	s.dropListener(in.ListenerArn)
	return &wire.Empty{}, nil
}

// dropListener takes its rules with it.
func (s *Service) dropListener(arn string) {
	for rule := range s.state.Rules.Ascend(rulesOf(arn), "") {
		s.dropRule(rule)
	}
	s.use(arn, "", s.state.Listeners.Look(arn).Listener.DefaultActions, nil)
	s.state.Listeners.Delete(arn)
}

func (s *Service) dropRule(arn string) {
	if r := s.state.Rules.Look(arn); r != nil {
		s.use(arn, "", r.Rule.Actions, nil)
		s.state.Rules.Delete(arn)
	}
}

// deleteTargetGroup succeeds where there is none, and refuses one that requests are sent to.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteTargetGroup.html
func (s *Service) deleteTargetGroup(_ context.Context, in *struct{ TargetGroupArn string }) (*wire.Empty, error) {
	if !s.state.TargetGroups.Has(in.TargetGroupArn) {
		return &wire.Empty{}, nil
	}
	return &wire.Empty{}, s.dropTargetGroup(in.TargetGroupArn)
}

func (s *Service) dropTargetGroup(arn string) error {
	if len(s.usedBy(arn)) > 0 {
		return wire.Errorf("ResourceInUse", "Target group '%s' is currently in use by a listener or a rule", arn)
	}
	s.state.TargetGroups.Delete(arn)
	s.w.Changed()
	return nil
}

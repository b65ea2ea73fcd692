package stack_test

import (
	"context"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"github.com/bellyfed/splitecs/magefiles/stack"
)

// CloudFormation compares a stack once at a time: who comes second waits.
func TestTwoComparisonsAtOnce(t *testing.T) {
	f := newFixture(t)
	f.mustDeploy(stack.Spec{Name: "S", Template: groups("a")})
	_, err := f.API.DetectStackDrift(context.Background(), &cloudformation.DetectStackDriftInput{StackName: aws.String("S")})
	f.must(err)
	drifts, err := f.Drifts(context.Background(), "S")
	if err != nil || len(drifts) != 0 {
		t.Errorf("%v, %v", drifts, err)
	}
}

// Tags of a stack change each of its resources once, with their values.
func TestAPlanTellsATagOnce(t *testing.T) {
	f := newFixture(t)
	f.mustDeploy(stack.Spec{Name: "S", Template: groups("a")})
	p, err := f.Plan(context.Background(), stack.Spec{Name: "S", Template: groups("a"), Tags: map[string]string{"team": "x"}})
	f.must(err)
	c := p.Changes[0]
	if !slices.ContainsFunc(c.Properties, func(p stack.PropertyChange) bool { return p.Path == "Tags" && p.After != "" }) || len(c.Properties) != 1 {
		t.Errorf("it tells %+v", c.Properties)
	}
}

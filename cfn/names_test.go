package cfn_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/cfn"
)

// The names are those of the document that the project implements.
func TestNames(t *testing.T) {
	want := cfn.Names{
		InfraStack:   "BellyfedEcsInfraStack-dev",
		ServiceStack: "BellyfedEcsServiceStack-dev",
		Cluster:      "bellyfed-dev",
		Service:      "bellyfed-dev-service",
		Family:       "bellyfed-dev-service",
		Container:    "bellyfed-dev-container",
		LogGroup:     "/aws/ecs/bellyfed-dev",
		StreamPrefix: "bellyfed-dev-container",
		Repository:   "bellyfed-dev",
	}
	if diff := cmp.Diff(want, bellyfed().Names("dev")); diff != "" {
		t.Error(diff)
	}
	if got := (cfn.App{Name: "my-shop"}).Names("qa").InfraStack; got != "MyShopEcsInfraStack-qa" {
		t.Error(got)
	}
}

package targets

import (
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/stack"
)

// adoptable are the types that infra:adopt takes over.
var adoptable = []string{"AWS::ECS::Cluster", "AWS::ECR::Repository", "AWS::Logs::LogGroup"}

// afterFailure are the commands after an operation on a stack that failed. The one that failed is among them only where
// doing the same again may end otherwise, or once what the reason names is mended.
func (s *session) afterFailure(e *stack.FailedError) []string {
	again := s.command(s.name)
	if s.name == "local:up" {
		again = command(s.name)
	}
	switch {
	case reasonPasses(e.First.Reason):
		return []string{again}
	case namespace(s.name) == "service":
		return []string{s.of("status"), "mend what the reason names, then " + again}
	case !nameTaken(e.First.Reason):
	case !slices.Contains(adoptable, e.First.Type):
		return []string{"remove or rename what has the name of " + e.First.Resource + ", which cannot be taken over: that is for clusters, repositories and log groups", "then " + again}
	case strings.Contains(e.First.Reason, " in stack "):
		return []string{"let the other stack go of it (DeletionPolicy: Retain, then take it out there), or name ours otherwise: Names of the App   # docs/migration.md"}
	case s.name != "infra:adopt":
		return []string{s.command("infra:adopt") + "   # takes over a cluster, repository or log group that belongs to no stack"}
	}
	return []string{s.command("infra:status"), "mend what the reason names in the App of the magefile", s.command("infra:diff")}
}

// of is the command of that name for the stack that this run is about: a service's, or the infra stack.
func (s *session) of(verb string) string {
	if namespace(s.name) == "service" {
		return s.command("service:" + verb)
	}
	return s.command("infra:" + verb)
}

// reasonPasses tells whether a reason is one that may be gone the next time: AWS's own trouble, too many requests, slowness.
// https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html
func reasonPasses(reason string) bool {
	return slices.ContainsFunc([]string{
		"HandlerErrorCode: Throttling", "HandlerErrorCode: ServiceInternalError", "HandlerErrorCode: InternalFailure",
		"HandlerErrorCode: NetworkFailure", "HandlerErrorCode: ServiceTimeout", "HandlerErrorCode: NotStabilized", "Rate exceeded",
	}, func(mark string) bool { return strings.Contains(reason, mark) })
}

// nameTaken tells whether a reason is that the name is taken.
func nameTaken(reason string) bool {
	return strings.Contains(reason, "AlreadyExists") || strings.Contains(reason, "already exists")
}

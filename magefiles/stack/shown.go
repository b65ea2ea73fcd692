package stack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
)

// content is a fingerprint of all that a change set says it does. In which order CloudFormation names changes, parameters and tags is
// not promised, and says nothing. Pure.
func content(out *cloudformation.DescribeChangeSetOutput) string {
	said := struct {
		ID, Stack string
		Rest      []any
	}{aws.ToString(out.ChangeSetId), aws.ToString(out.StackId), []any{
		unordered(out.Changes), unordered(out.Parameters), unordered(out.Tags), out.Capabilities, out.NotificationARNs, out.RollbackConfiguration, out.DeploymentMode,
		out.OnStackFailure, aws.ToBool(out.ImportExistingResources), aws.ToBool(out.IncludeNestedStacks),
	}}
	sum := sha256.Sum256([]byte(asJSON(said)))
	return hex.EncodeToString(sum[:])
}

func unordered[T any](list []T) []string {
	var all []string
	for _, element := range list {
		all = append(all, asJSON(element))
	}
	slices.Sort(all)
	return all
}

func asJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts, numbers and times are always JSON
	}
	return string(data)
}

// ChangedPlanError says that a change set is not any more what was shown. It was not executed.
type ChangedPlanError struct {
	Stack string // name
}

func (e *ChangedPlanError) Error() string {
	return "change set of stack " + e.Stack + ": it is not what was shown, somebody has changed it meanwhile; it was not executed"
}

// same makes sure that a change set still is what the plan was made from, and so what was shown and approved.
func (s *Stacks) same(ctx context.Context, name string, p Plan) error {
	out, err := s.describeChangeSet(ctx, name, p.ChangeSet, true)
	if err != nil {
		return err
	}
	if content(out) != p.content {
		return &ChangedPlanError{Stack: name}
	}
	return nil
}

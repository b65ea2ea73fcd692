package stack

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// Spec is the wanted state of a stack.
type Spec struct {
	Name string
	// Template, YAML or JSON, at most 51,200 bytes. Nil keeps the stack's template.
	Template []byte
	// Parameters of the template.
	Parameters map[string]string
	// Keep names parameters that keep the value they have in the stack. One that the stack does not have yet gets
	// the template's default.
	Keep []string
	Tags map[string]string
	// Protected turns termination protection on, else off.
	Protected bool
	// Author says who asks for this, e.g. "jane@laptop, service:deploy dev". It is the description of the change
	// set, so that somebody else who finds the stack busy can be told.
	Author string
	// RefuseBusy makes a stack that is in the middle of something a [BusyError]. Default: it is followed to the
	// end of that first.
	RefuseBusy bool
	// Adopt takes over what exists already under a name that the template gives and belongs to no stack, in place of
	// making it. The template must keep it when the stack is deleted (DeletionPolicy).
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
	Adopt bool
	// RevertDrift makes a change that also brings back what was changed or deleted outside of the stack. It has no
	// meaning for a new one.
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
	RevertDrift bool

	look bool // nothing is going to be executed
}

// token is a client token: the same for the same wish on the same state of the stack, so that a request that
// is sent twice is carried out once.
func token(s Spec, present Stack) string {
	s.Author, s.RefuseBusy = "", false // who asks, and how, is not what is asked for
	data, err := json.Marshal(struct {
		Spec
		ID      string
		Status  types.StackStatus
		Updated int64
	}{s, present.ID, present.Status, present.Updated.UnixMilli()})
	if err != nil {
		panic(err) // strings, maps of strings and numbers are always JSON
	}
	sum := sha256.Sum256(data)
	return "splitecs-" + hex.EncodeToString(sum[:12])
}

// Names of change sets begin with what they are for. A policy can so tell who may plan from who may deploy, by the condition key
// cloudformation:ChangeSetName.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
const (
	planPrefix   = "splitecs-plan-"
	deployPrefix = "splitecs-deploy-"
)

// changeSetName is one that nobody has and nobody can know before: what is executed was made by this run.
func changeSetName(s Spec) string {
	prefix := deployPrefix
	if s.look {
		prefix = planPrefix
	}
	return prefix + strings.ToLower(rand.Text())
}

// maxDescription is the longest description of a change set.
const maxDescription = 1024

func description(s Spec) string {
	if s.Author == "" {
		return "splitecs"
	}
	return s.Author[:min(len(s.Author), maxDescription)]
}

// changeSetInput is the request for a change set of this name; pure.
func changeSetInput(s Spec, present Stack, kind types.ChangeSetType, name string) *cloudformation.CreateChangeSetInput {
	in := &cloudformation.CreateChangeSetInput{
		StackName:     aws.String(s.Name),
		ChangeSetName: aws.String(name),
		ChangeSetType: kind,
		ClientToken:   aws.String(name),
		Description:   aws.String(description(s)),
		// The roles of the infra stack have names, so that policies elsewhere can refer to them.
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
	}
	if s.Adopt {
		in.ImportExistingResources = aws.Bool(true)
	}
	if s.RevertDrift && kind == types.ChangeSetTypeUpdate {
		in.DeploymentMode = types.DeploymentModeRevertDrift
	}
	if s.Template == nil {
		in.UsePreviousTemplate = aws.Bool(true)
	} else {
		in.TemplateBody = aws.String(string(s.Template))
	}
	for _, k := range slices.Sorted(maps.Keys(s.Parameters)) {
		in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: aws.String(k), ParameterValue: aws.String(s.Parameters[k])})
	}
	for _, k := range slices.Sorted(slices.Values(s.Keep)) {
		if _, has := present.Parameters[k]; !has {
			continue
		}
		in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: aws.String(k), UsePreviousValue: aws.Bool(true)})
	}
	for _, k := range slices.Sorted(maps.Keys(s.Tags)) {
		in.Tags = append(in.Tags, types.Tag{Key: aws.String(k), Value: aws.String(s.Tags[k])})
	}
	return in
}

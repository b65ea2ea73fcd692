// Package resource is the contract between the embedded CloudFormation and the services whose resources it
// manages: what a resource type accepts, and how one is created, updated, deleted and watched. CloudFormation
// knows no service, a service knows no template.
//
// Imported by services and awstest.
package resource

import (
	"encoding/json"
	"fmt"
	"time"
)

// Type is one CloudFormation resource type. The functions run inside a transaction of the simulated world.
type Type struct {
	// Name, e.g. "AWS::ECS::Service".
	Name string
	// Properties it accepts. What is not listed is refused.
	Properties Properties
	// Attributes that Fn::GetAtt knows.
	Attributes []string
	// Takes is the AWS time from asking to finished, for creating and updating (Deletes: deleting). A type with
	// Stable is asked again at this interval instead.
	Takes   time.Duration
	Deletes time.Duration
	// Patience is how long Stable may answer "not yet" before the resource fails with NotStabilized. Default 3 h.
	Patience time.Duration
	// RealTime tells of a physical id whether Stable waits for what takes as long here as in AWS, so that Patience is not shortened.
	RealTime func(id string) bool
	// Named is the property that holds the resource's own name, e.g. "ClusterName"; empty where names are not
	// unique. CloudFormation refuses to replace a resource whose template sets it and does not change it.
	Named string
	// Replaces decides, where a property with a Conditional update has changed (Request.Old to Properties),
	// whether this change replaces the resource. Nil: it is updated in place.
	Replaces func(Request) bool
	// Create makes the resource and returns its physical id, which is what Ref gives.
	Create func(Request) (physicalID string, err error)
	// Update changes it in place. Nil where every change replaces.
	Update func(Request) error
	// Delete removes it. A resource that is not there any more is no error.
	Delete func(Request) error
	// Stable tells whether what Create, Update or Delete began has finished; an error is why it failed.
	// Nil: finished once Takes or Deletes has passed.
	Stable func(Request) (done bool, err error)
	// Attribute is the value of Fn::GetAtt. Nil where there are no attributes.
	Attribute func(physicalID, name string) (any, error)
	// Read is the resource as it is now: values of the properties in Request.Properties, in the words of the
	// schema; other properties may be among them. What cannot be read is given back as it is expected. exists is
	// false where the resource is gone. Nil: drift of this type is not detected, and it cannot be imported.
	Read func(Request) (actual map[string]any, exists bool, err error)
	// Identifiers are the properties, attributes among them, that name an existing resource to import. Empty: it
	// cannot be imported.
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import-supported-resources.html
	Identifiers []string
	// Identify is the physical id of the resource that the identifiers name. Nil: the value of the only one.
	Identify func(identifiers map[string]string) (physicalID string)
	// Retag puts tags on an existing resource, and takes others off it; those that are not named stay. Nil: the
	// type has no tags.
	Retag func(physicalID string, set map[string]string, remove []string) error
}

// Request is what CloudFormation asks of a resource.
type Request struct {
	Stack      string // name
	StackID    string
	LogicalID  string
	PhysicalID string // empty on Create
	Token      string // the client request token of the operation, named in failure reasons
	// Properties, resolved and in the types of the schema; Old are the previous ones on Update.
	Properties map[string]any
	Old        map[string]any
	// Tags of the stack, with CloudFormation's own (aws:cloudformation:stack-name …).
	Tags map[string]string
}

// Decode reads properties into a struct with JSON tags (or field names) equal to the property names.
func Decode[T any](properties map[string]any) (T, error) {
	var v T
	data, err := json.Marshal(properties)
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err != nil {
		return v, Failed("InvalidRequest", "%v", err)
	}
	return v, nil
}

// Error is a resource's failure as its handler reports it.
// Codes: https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html
type Error struct {
	Code    string // e.g. "NotFound", "AlreadyExists", "InvalidRequest", "GeneralServiceException", "NotStabilized"
	Message string
}

func (e *Error) Error() string { return e.Message }

// Failed is a resource's failure.
func Failed(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

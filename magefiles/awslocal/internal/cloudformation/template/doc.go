// Package template reads CloudFormation templates, JSON or YAML, and evaluates them: parameters, mappings,
// conditions, the intrinsic functions, and which resource needs which.
//
// It is pure: it knows no stack, no service and no resource type. What a Ref or an Fn::GetAtt of a resource
// gives is asked of the caller. Messages are those of CloudFormation. Transforms, macros, rules, dynamic
// references ({{resolve:…}}) and the language extensions (Fn::ForEach, Fn::Length, Fn::ToJsonString) are refused.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-reference.html
//
// Imported by cloudformation.
package template

import "fmt"

// MaxSize is the limit of a template that travels in a request, in bytes.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
const MaxSize = 51200

// Error is what CloudFormation says about a template.
type Error struct{ Message string }

func (e *Error) Error() string { return e.Message }

func errorf(format string, args ...any) error { return &Error{Message: fmt.Sprintf(format, args...)} }

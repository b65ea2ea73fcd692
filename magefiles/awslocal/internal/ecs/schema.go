package ecs

import (
	"errors"
	"reflect"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// schemaOf derives the properties of a resource from the shape of the API that takes them: in CloudFormation a
// member begins with a capital letter. Where the names differ the field's tag cfn has CloudFormation's. Decoding
// needs no such care, because encoding/json does not distinguish letters by case.
func schemaOf(t reflect.Type) resource.Properties {
	p := resource.Properties{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			continue
		}
		name = strings.ToUpper(name[:1]) + name[1:]
		if other := f.Tag.Get("cfn"); other != "" {
			name = other
		}
		p[name] = propertyOf(f.Type)
	}
	return p
}

func propertyOf(t reflect.Type) resource.Property {
	switch t.Kind() {
	case reflect.Pointer:
		return propertyOf(t.Elem())
	case reflect.Slice:
		return resource.ListOf(propertyOf(t.Elem()))
	case reflect.Map:
		return resource.MapOf(resource.Str)
	case reflect.Struct:
		return resource.Obj(schemaOf(t))
	case reflect.Bool:
		return resource.Bool
	case reflect.Int, reflect.Int64:
		return resource.Int
	case reflect.Float64:
		return resource.Num
	default:
		return resource.Str
	}
}

// unmodelled are properties that a resource type has and the embedded AWS does not model.
type unmodelled []string

func (u unmodelled) in(p resource.Properties) {
	for _, name := range u {
		p[name] = resource.Any
	}
}

// refuse says which of them a template uses.
func (u unmodelled) refuse(properties map[string]any) error {
	for _, name := range u {
		if properties[name] != nil {
			return resource.Failed("InvalidRequest", "The embedded AWS does not model the property %s.", name)
		}
	}
	return nil
}

// handlerError turns an answer of the API into the failure of a resource.
// https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html
func (s *Service) handlerError(err error) error {
	var e *wire.Error
	if !errors.As(err, &e) {
		return err
	}
	code := "GeneralServiceException"
	switch e.Code {
	case "InvalidParameterException", "ClientException":
		code = "InvalidRequest"
	case "ClusterNotFoundException", "ServiceNotFoundException":
		code = "NotFound"
	}
	// the Java SDK's wording, which CloudFormation's handlers pass on
	return resource.Failed(code, "%s (Service: AmazonECS; Status Code: %d; Error Code: %s; Request ID: %s; Proxy: null)", e.Message, e.Status, e.Code, s.w.UUID())
}

// tagsOfRequest are the resource's own tags and, before them, those of the stack.
func tagsOfRequest(own []tag, stack map[string]string) []tag {
	all := map[string]string{}
	for k, v := range stack {
		all[k] = v
	}
	for _, t := range own {
		all[t.Key] = t.Value
	}
	return fromMap(all)
}

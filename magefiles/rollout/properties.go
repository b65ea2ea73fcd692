package rollout

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Marks of a change set in the place of values that it does not tell: those that come with the change, and those of
// parameters with NoEcho.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html
const (
	knownLater = "{{changeSet:KNOWN_AFTER_APPLY}}"
	concealed  = "****"
)

// renamed are properties that ECS calls otherwise than CloudFormation.
var renamed = map[string]string{"ProxyConfigurationProperties": "Properties"}

// read reads a property of CloudFormation into a type of the ECS API, whose fields have the same names but for their case.
// A scalar that is written as another kind ("256" for 256) is taken for what it is, as CloudFormation does it. What the type
// does not have, and what is not known yet, is an error: less than what was asked for would be something else. Pure.
func read(value any, into reflect.Value, path string) error {
	if text, ok := value.(string); ok && (strings.Contains(text, knownLater) || text == concealed) {
		return fmt.Errorf("%s is not known before the deployment", path)
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		return read(value, into.Elem(), path)
	case reflect.Struct:
		object, ok := value.(map[string]any)
		if !ok {
			return fmt.Errorf("%s is no object", path)
		}
		for name, one := range object {
			field := fieldOf(into, name)
			if !field.IsValid() {
				return fmt.Errorf("%s.%s is no property that ECS is known to have", path, name)
			}
			if err := read(one, field, path+"."+name); err != nil {
				return err
			}
		}
		return nil
	case reflect.Slice:
		list, ok := value.([]any)
		if !ok {
			return fmt.Errorf("%s is no list", path)
		}
		into.Set(reflect.MakeSlice(into.Type(), len(list), len(list)))
		for i, one := range list {
			if err := read(one, into.Index(i), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
		return nil
	case reflect.Map:
		object, ok := value.(map[string]any)
		if !ok {
			return fmt.Errorf("%s is no object", path)
		}
		into.Set(reflect.MakeMap(into.Type()))
		for name, one := range object {
			item := reflect.New(into.Type().Elem()).Elem()
			if err := read(one, item, path+"."+name); err != nil {
				return err
			}
			into.SetMapIndex(reflect.ValueOf(name), item)
		}
		return nil
	}
	return readScalar(value, into, path)
}

// fieldOf a structure, by a property's name.
func fieldOf(v reflect.Value, name string) reflect.Value {
	if other, ok := renamed[name]; ok {
		name = other
	}
	return v.FieldByNameFunc(func(field string) bool { return strings.EqualFold(field, name) })
}

func readScalar(value any, into reflect.Value, path string) (err error) {
	var text string
	switch v := value.(type) {
	case string:
		text = v
	case bool:
		text = strconv.FormatBool(v)
	case float64:
		text = strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Errorf("%s is no text, number or truth value", path)
	}
	switch into.Kind() {
	case reflect.String:
		into.SetString(text)
	case reflect.Bool:
		var b bool
		b, err = strconv.ParseBool(text)
		into.SetBool(b)
	case reflect.Int32, reflect.Int64:
		var n int64
		n, err = strconv.ParseInt(text, 10, into.Type().Bits())
		into.SetInt(n)
	default:
		return fmt.Errorf("%s is a %s, which no property is", path, into.Kind())
	}
	if err != nil {
		return fmt.Errorf("%s: %q is no %s", path, text, into.Kind())
	}
	return nil
}

package wire

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"reflect"
)

// encodeResponse is <ActionResponse><ActionResult>…</ActionResult><ResponseMetadata>…
func encodeResponse(b *bytes.Buffer, namespace, action, requestID string, out any) error {
	fmt.Fprintf(b, `<%sResponse xmlns="%s"><%sResult>`, action, namespace, action)
	if err := encodeFields(b, fieldsOf(out), "member"); err != nil {
		return err
	}
	fmt.Fprintf(b, `</%sResult><ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>`, action, requestID, action)
	return nil
}

func fieldsOf(out any) reflect.Value { return reflect.Indirect(reflect.ValueOf(out)) }

// encodeFields writes the members of a struct; item is the name of a list's elements.
func encodeFields(b *bytes.Buffer, v reflect.Value, item string) error {
	for i := range v.NumField() {
		name, omitEmpty, omitZero, embedded := member(v.Type().Field(i))
		f := v.Field(i)
		if embedded {
			if err := encodeFields(b, f, item); err != nil {
				return err
			}
			continue
		}
		if name == "" || (omitZero && isZero(f)) || (omitEmpty && isEmpty(f)) {
			continue
		}
		if err := encodeElement(b, name, f, item); err != nil {
			return err
		}
	}
	return nil
}

func isZero(v reflect.Value) bool {
	if z, ok := v.Interface().(interface{ IsZero() bool }); ok {
		return z.IsZero()
	}
	return v.IsZero()
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	case reflect.Struct:
		return false
	default:
		return v.IsZero()
	}
}

func encodeElement(b *bytes.Buffer, name string, v reflect.Value, item string) error {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	b.WriteString("<" + name + ">")
	switch {
	case v.Type() == reflect.TypeFor[Time]():
		b.WriteString(v.Interface().(Time).UTC().Format("2006-01-02T15:04:05.000Z"))
	case v.Kind() == reflect.Struct:
		if err := encodeFields(b, v, item); err != nil {
			return err
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			if err := encodeElement(b, item, v.Index(i), item); err != nil {
				return err
			}
		}
	case v.Kind() == reflect.String:
		_ = xml.EscapeText(b, []byte(v.String())) // a buffer takes everything
	case v.Kind() == reflect.Bool, v.CanInt(), v.CanFloat():
		fmt.Fprintf(b, "%v", v.Interface())
	default:
		return fmt.Errorf("encode %s: %s has no XML encoding", name, v.Type())
	}
	b.WriteString("</" + name + ">")
	return nil
}

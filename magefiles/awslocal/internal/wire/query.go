package wire

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// decodeForm fills the struct that into points to from form fields: Name=value, Name.Inner=value and
// Name.member.1=value (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html).
func decodeForm(action string, form url.Values, into any) error {
	left := make(map[string]string, len(form))
	for k, v := range form {
		left[k] = v[0]
	}
	if err := decodeValue(reflect.ValueOf(into).Elem(), "", left); err != nil {
		return Errorf("ValidationError", "%s: %v", action, err)
	}
	if len(left) > 0 {
		names := make([]string, 0, len(left))
		for k := range left {
			names = append(names, k)
		}
		slices.Sort(names)
		return Errorf("ValidationError", "%s: the embedded AWS does not know %s (it takes only what it models)", action, strings.Join(names, ", "))
	}
	return nil
}

// decodeValue takes what lies under the key out of left and into v.
func decodeValue(v reflect.Value, key string, left map[string]string) error {
	switch v.Type() {
	case reflect.TypeFor[Time]():
		return scalar(left, key, func(s string) error {
			t, err := time.Parse(time.RFC3339, s)
			v.Set(reflect.ValueOf(Time{t}))
			return err
		})
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !present(left, key) {
			return nil
		}
		v.Set(reflect.New(v.Type().Elem()))
		return decodeValue(v.Elem(), key, left)
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := member(v.Type().Field(i))
			if name == "" {
				continue
			}
			if key != "" {
				name = key + "." + name
			}
			if err := decodeValue(v.Field(i), name, left); err != nil {
				return err
			}
		}
		return nil
	case reflect.Slice:
		if s, ok := left[key]; ok && s == "" { // an empty list travels as Name=
			delete(left, key)
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
			return nil
		}
		for n := 1; ; n++ {
			at := key + ".member." + strconv.Itoa(n)
			if !present(left, at) {
				return nil
			}
			item := reflect.New(v.Type().Elem()).Elem()
			if err := decodeValue(item, at, left); err != nil {
				return err
			}
			v.Set(reflect.Append(v, item))
		}
	case reflect.String:
		return scalar(left, key, func(s string) error { v.SetString(s); return nil })
	case reflect.Bool:
		return scalar(left, key, func(s string) error {
			b, err := strconv.ParseBool(s)
			v.SetBool(b)
			return err
		})
	case reflect.Int, reflect.Int32, reflect.Int64:
		return scalar(left, key, func(s string) error {
			n, err := strconv.ParseInt(s, 10, 64)
			v.SetInt(n)
			return err
		})
	case reflect.Float64:
		return scalar(left, key, func(s string) error {
			f, err := strconv.ParseFloat(s, 64)
			v.SetFloat(f)
			return err
		})
	default:
		return fmt.Errorf("member %s has no form encoding (%s)", key, v.Type())
	}
}

func scalar(left map[string]string, key string, set func(string) error) error {
	s, ok := left[key]
	if !ok {
		return nil
	}
	delete(left, key)
	if err := set(s); err != nil {
		return fmt.Errorf("member %s: %w", key, err)
	}
	return nil
}

func present(left map[string]string, key string) bool {
	if _, ok := left[key]; ok {
		return true
	}
	for k := range left {
		if strings.HasPrefix(k, key+".") {
			return true
		}
	}
	return false
}

// member is the name of a struct's field on the wire; empty where it does not travel.
func member(f reflect.StructField) (name string, omitEmpty, omitZero bool) {
	if !f.IsExported() {
		return "", false, false
	}
	tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	switch tag {
	case "-":
		return "", false, false
	case "":
		tag = f.Name
	}
	for o := range strings.SplitSeq(options, ",") {
		omitEmpty = omitEmpty || o == "omitempty"
		omitZero = omitZero || o == "omitzero"
	}
	return tag, omitEmpty, omitZero
}

// encodeResponse is <ActionResponse><ActionResult>…</ActionResult><ResponseMetadata>…
func encodeResponse(namespace, action, requestID string, out any) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<%sResponse xmlns="%s"><%sResult>`, action, namespace, action)
	if err := encodeFields(&b, reflect.Indirect(reflect.ValueOf(out))); err != nil {
		return nil, err
	}
	fmt.Fprintf(&b, `</%sResult><ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>`, action, requestID, action)
	return b.Bytes(), nil
}

func encodeError(s *Service, e *Error, requestID string) []byte {
	var b bytes.Buffer
	namespace, kind := "", "Sender"
	if s != nil {
		namespace = s.Namespace
	}
	if e.Status >= 500 {
		kind = "Receiver"
	}
	fmt.Fprintf(&b, `<ErrorResponse xmlns="%s"><Error><Type>%s</Type><Code>%s</Code><Message>`, namespace, kind, e.Code)
	_ = xml.EscapeText(&b, []byte(e.Message)) // a buffer takes everything
	fmt.Fprintf(&b, `</Message></Error><RequestId>%s</RequestId></ErrorResponse>`, requestID)
	return b.Bytes()
}

func encodeFields(b *bytes.Buffer, v reflect.Value) error {
	for i := range v.NumField() {
		name, omitEmpty, omitZero := member(v.Type().Field(i))
		f := v.Field(i)
		if name == "" || (omitZero && isZero(f)) || (omitEmpty && isEmpty(f)) {
			continue
		}
		if err := encodeElement(b, name, f); err != nil {
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

func encodeElement(b *bytes.Buffer, name string, v reflect.Value) error {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	fmt.Fprintf(b, "<%s>", name)
	switch {
	case v.Type() == reflect.TypeFor[Time]():
		b.WriteString(v.Interface().(Time).UTC().Format("2006-01-02T15:04:05.000Z"))
	case v.Kind() == reflect.Struct:
		if err := encodeFields(b, v); err != nil {
			return err
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			if err := encodeElement(b, "member", v.Index(i)); err != nil {
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
	fmt.Fprintf(b, "</%s>", name)
	return nil
}

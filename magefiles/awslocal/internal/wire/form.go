package wire

import (
	"errors"
	"fmt"
	"math"
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
	root := &node{}
	for key, values := range form {
		if len(values) > 1 {
			return Errorf("ValidationError", "%s: %s is there twice", action, key)
		}
		root.put(key, values[0])
	}
	if err := decodeValue(reflect.ValueOf(into).Elem(), root); err != nil {
		return Errorf("ValidationError", "%s: %v", action, err)
	}
	if left := root.left("", nil); len(left) > 0 {
		slices.Sort(left)
		return Errorf("ValidationError", "%s: the embedded AWS does not know %s (it takes only what it models)", action, strings.Join(left, ", "))
	}
	return nil
}

// node is the fields whose names begin alike.
type node struct {
	value string
	set   bool // there is a value, and nobody has taken it
	below map[string]*node
}

func (n *node) put(key, value string) {
	for part := range strings.SplitSeq(key, ".") {
		next := n.below[part]
		if next == nil {
			next = &node{}
			if n.below == nil {
				n.below = map[string]*node{}
			}
			n.below[part] = next
		}
		n = next
	}
	n.value, n.set = value, true
}

// at is what lies below; nil where there is nothing.
func (n *node) at(name string) *node {
	if n == nil {
		return nil
	}
	return n.below[name]
}

// left are the names of the values that nobody took.
func (n *node) left(key string, names []string) []string {
	if n.set {
		names = append(names, key)
	}
	for part, next := range n.below {
		names = next.left(strings.TrimPrefix(key+"."+part, "."), names)
	}
	return names
}

// decodeValue takes what lies at n, which may be nil, into v.
func decodeValue(v reflect.Value, n *node) error {
	if n == nil {
		return nil
	}
	if v.Type() == reflect.TypeFor[Time]() {
		return n.take(func(s string) error {
			t, err := time.Parse(time.RFC3339, s)
			v.Set(reflect.ValueOf(Time{t}))
			return err
		})
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return decodeValue(v.Elem(), n)
	case reflect.Struct:
		return decodeStruct(v, n)
	case reflect.Slice:
		return decodeList(v, n)
	default:
		return n.take(func(s string) error { return decodeScalar(v, s) })
	}
}

func decodeStruct(v reflect.Value, n *node) error {
	for i := range v.NumField() {
		name, _, _, embedded := member(v.Type().Field(i))
		if embedded {
			if err := decodeStruct(v.Field(i), n); err != nil {
				return err
			}
			continue
		}
		if name == "" {
			continue
		}
		if err := decodeValue(v.Field(i), n.at(name)); err != nil {
			return fmt.Errorf("member %s: %w", name, err)
		}
	}
	return nil
}

// decodeList takes the items 1, 2, 3 …; what lies behind a gap is left over. An empty list travels as Name=.
func decodeList(v reflect.Value, n *node) error {
	if n.set && n.value == "" && len(n.below) == 0 {
		n.set = false
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		return nil
	}
	items := n.at("member")
	for i := 1; ; i++ {
		one := items.at(strconv.Itoa(i))
		if one == nil {
			return nil
		}
		item := reflect.New(v.Type().Elem()).Elem()
		if err := decodeValue(item, one); err != nil {
			return fmt.Errorf("%d: %w", i, err)
		}
		v.Set(reflect.Append(v, item))
	}
}

func (n *node) take(set func(string) error) error {
	if !n.set {
		return nil
	}
	n.set = false
	return set(n.value)
}

func decodeScalar(v reflect.Value, s string) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		if s != "true" && s != "false" {
			return fmt.Errorf("%q is not true or false", s)
		}
		v.SetBool(s == "true")
	case reflect.Int, reflect.Int32, reflect.Int64:
		number, err := strconv.ParseInt(s, 10, min(v.Type().Bits(), 64))
		if err != nil {
			return err
		}
		v.SetInt(number)
	case reflect.Float64:
		number, err := strconv.ParseFloat(s, 64)
		if err == nil && (math.IsNaN(number) || math.IsInf(number, 0)) {
			err = errors.New(s + " is not a number")
		}
		if err != nil {
			return err
		}
		v.SetFloat(number)
	default:
		return fmt.Errorf("%s has no form encoding", v.Type())
	}
	return nil
}

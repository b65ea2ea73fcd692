package wire

import (
	"reflect"
	"strings"
)

// member is the name of a struct's field on the wire; empty where it does not travel. The members of an embedded
// struct are the outer one's: then embedded is true.
func member(f reflect.StructField) (name string, omitEmpty, omitZero, embedded bool) {
	tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	if f.Anonymous && tag == "" && f.Type.Kind() == reflect.Struct {
		return "", false, false, true
	}
	if !f.IsExported() || tag == "-" {
		return "", false, false, false
	}
	if tag == "" {
		tag = f.Name
	}
	for o := range strings.SplitSeq(options, ",") {
		omitEmpty = omitEmpty || o == "omitempty"
		omitZero = omitZero || o == "omitzero"
	}
	return tag, omitEmpty, omitZero, false
}

// membersOf are the members of a struct by name.
func membersOf(t reflect.Type) map[string]reflect.Type {
	all := make(map[string]reflect.Type, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _, embedded := member(f)
		if embedded {
			for k, v := range membersOf(f.Type) {
				all[k] = v
			}
		} else if name != "" {
			all[name] = f.Type
		}
	}
	return all
}

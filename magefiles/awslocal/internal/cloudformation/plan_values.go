package cloudformation

import (
	"encoding/json"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/cloudformation/template"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

func recreation(typ resource.Type, u resource.Update) string {
	switch {
	case u == resource.Replace || typ.Update == nil:
		return "Always"
	case u == resource.Conditional:
		return "Conditionally"
	}
	return "Never"
}

func kindOf(c resource.Change) string {
	switch {
	case c.Before == nil:
		return "Add"
	case c.After == nil:
		return "Remove"
	}
	return "Modify"
}

// contextOf is a resource's state as a change set shows it.
func contextOf(properties map[string]any) string {
	return show(map[string]any{"Properties": properties})
}

// show is a value as a change set shows it: a scalar as it is, anything else as JSON.
func show(v any) string {
	if v == nil {
		return ""
	}
	v = canonical(v)
	if t, ok := text(v); ok {
		return t
	}
	data, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(data)
}

// canonical is a value as it is after a trip through JSON, with what is not known yet spelled out.
func canonical(v any) any {
	switch v := v.(type) {
	case template.Unknown:
		return later
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[k] = canonical(item)
		}
		return out
	case map[string]string:
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[k] = item
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = canonical(item)
		}
		return out
	case json.Number:
		f, _ := v.Float64()
		return f
	}
	return v
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

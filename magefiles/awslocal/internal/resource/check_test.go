package resource

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var schema = Properties{
	"Name": Str.Must().Fixed(), "Kind": Str.OneOf("a", "b"), "Port": Int.Between(1, 65535), "Share": Num, "On": Bool, "Doc": Any,
	"List": Strs, "Labels": MapOf(Int), "Mode": Str.Maybe(),
	"Nested": Obj(Properties{"Depth": Int.Must(), "Key": Str.Fixed(), "Items": ListOf(Obj(Properties{"A": Str.Must()}))}),
	"Frozen": Obj(Properties{"X": Str}).Fixed(),
}

func TestCheckNormalises(t *testing.T) {
	got, problems := schema.Check(map[string]any{
		"Name": json.Number("3"), "Kind": "a", "Port": "80", "Share": json.Number("0.5"), "On": "true", "Doc": `{"a": [1]}`,
		"List": []any{true, "x"}, "Labels": map[string]any{"k": "7"}, "Nested": map[string]any{"Depth": json.Number("1"), "Items": []any{map[string]any{"A": false}}},
	}, nil)
	want := map[string]any{
		"Name": "3", "Kind": "a", "Port": 80.0, "Share": 0.5, "On": true, "Doc": map[string]any{"a": []any{1.0}},
		"List": []any{"true", "x"}, "Labels": map[string]any{"k": 7.0}, "Nested": map[string]any{"Depth": 1.0, "Items": []any{map[string]any{"A": "false"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" || len(problems) > 0 {
		t.Errorf("%s\n%v", diff, problems)
	}
	var again map[string]any
	data, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatal(err)
	}
	if changes := schema.Diff(got, again); len(changes) > 0 {
		t.Errorf("a trip through JSON changes it: %v", changes)
	}
}

func TestCheckReasons(t *testing.T) {
	for name, c := range map[string]struct {
		in   map[string]any
		want string
	}{
		"unsupported":     {map[string]any{"Name": "x", "Nmae": "y"}, "Encountered unsupported property Nmae"},
		"unsupported low": {map[string]any{"Name": "x", "Nested": map[string]any{"Depth": 1.0, "Dpeth": 2.0}}, "Encountered unsupported property Dpeth"},
		"missing":         {map[string]any{}, "Property validation failure: [The property {/Name} is required]"},
		"missing low":     {map[string]any{"Name": "x", "Nested": map[string]any{"Items": []any{map[string]any{}}}}, "Property validation failure: [The property {/Nested/Depth} is required, The property {/Nested/Items/0/A} is required]"},
		"integer":         {map[string]any{"Name": "x", "Port": "http"}, "Property validation failure: [Value of property {/Port} does not match type {Integer}]"},
		"fraction":        {map[string]any{"Name": "x", "Port": 1.5}, "Property validation failure: [Value of property {/Port} does not match type {Integer}]"},
		"boolean":         {map[string]any{"Name": "x", "On": "yes"}, "Property validation failure: [Value of property {/On} does not match type {Boolean}]"},
		"list":            {map[string]any{"Name": "x", "List": "a"}, "Property validation failure: [Value of property {/List} does not match type {List}]"},
		"object":          {map[string]any{"Name": "x", "Nested": "a"}, "Property validation failure: [Value of property {/Nested} does not match type {Object}]"},
		"string":          {map[string]any{"Name": []any{}}, "Property validation failure: [Value of property {/Name} does not match type {String}]"},
		"JSON":            {map[string]any{"Name": "x", "Doc": "text"}, "Property validation failure: [Value of property {/Doc} does not match type {Json}]"},
		"enum":            {map[string]any{"Name": "x", "Kind": "c"}, "Properties validation failed for resource R with message:\n[#/Kind: c is not a valid enum value]"},
		"range":           {map[string]any{"Name": "x", "Port": 0.0}, "Properties validation failed for resource R with message:\n[#/Port: 0 is not greater or equal to 1]"},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := schema.Check(c.in, nil)
			if got := problems.Reason("T", "R"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestCheckPassesOverWhatIsNotKnown(t *testing.T) {
	type later struct{}
	_, problems := schema.Check(map[string]any{"Name": later{}, "Port": later{}, "List": later{}, "Nested": map[string]any{"Depth": later{}}},
		func(v any) bool { _, l := v.(later); return !l })
	if len(problems) > 0 {
		t.Errorf("got %v", problems)
	}
}

func TestDiff(t *testing.T) {
	old := map[string]any{"Name": "x", "Port": 80.0, "Nested": map[string]any{"Depth": 1.0, "Key": "k"}, "Frozen": map[string]any{"X": "1"}, "List": []any{"a"}}
	for name, c := range map[string]struct {
		change map[string]any
		want   []Change
		update Update
	}{
		"none":        {map[string]any{}, nil, InPlace},
		"in place":    {map[string]any{"Port": 81.0}, []Change{{"Port", "/Properties/Port", "Port", InPlace, 80.0, 81.0}}, InPlace},
		"removed":     {map[string]any{"Port": nil}, []Change{{"Port", "/Properties/Port", "Port", InPlace, 80.0, nil}}, InPlace},
		"added":       {map[string]any{"Mode": "m"}, []Change{{"Mode", "/Properties/Mode", "Mode", Conditional, nil, "m"}}, Conditional},
		"replaced":    {map[string]any{"Name": "y"}, []Change{{"Name", "/Properties/Name", "Name", Replace, "x", "y"}}, Replace},
		"field":       {map[string]any{"Nested": map[string]any{"Depth": 2.0, "Key": "k"}}, []Change{{"Depth", "/Properties/Nested/Depth", "Nested", InPlace, 1.0, 2.0}}, InPlace},
		"fixed field": {map[string]any{"Nested": map[string]any{"Depth": 1.0, "Key": "l"}}, []Change{{"Key", "/Properties/Nested/Key", "Nested", Replace, "k", "l"}}, Replace},
		"of a fixed":  {map[string]any{"Frozen": map[string]any{"X": "2"}}, []Change{{"X", "/Properties/Frozen/X", "Frozen", Replace, "1", "2"}}, Replace},
		"list":        {map[string]any{"List": []any{"a", "b"}}, []Change{{"List", "/Properties/List", "List", InPlace, []any{"a"}, []any{"a", "b"}}}, InPlace},
	} {
		t.Run(name, func(t *testing.T) {
			now := map[string]any{}
			for k, v := range old {
				now[k] = v
			}
			for k, v := range c.change {
				if now[k] = v; v == nil {
					delete(now, k)
				}
			}
			got := schema.Diff(old, now)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if Replacement(got) != c.update {
				t.Errorf("replacement %v", Replacement(got))
			}
		})
	}
}

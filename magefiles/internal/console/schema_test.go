package console

import (
	"bufio"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// table reads the rows of a table of docs/output.md: first column to second, without the backquotes.
func table(t *testing.T, title string) map[string][]string {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "docs", "output.md"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows map[string][]string
	for scanner := bufio.NewScanner(f); scanner.Scan(); {
		columns := strings.Split(scanner.Text(), "|")
		switch {
		case strings.HasPrefix(scanner.Text(), "| "+title+" |"):
			rows = map[string][]string{}
		case rows != nil && len(columns) < 2:
			return rows
		case rows != nil && !strings.HasPrefix(columns[1], " ---"):
			rows[strings.Trim(columns[1], " `")] = columns[2:]
		}
	}
	t.Fatalf("docs/output.md has no table %q", title)
	return nil
}

// kinds are what JSON makes of the types of fields, in the words of docs/output.md.
var kinds = map[reflect.Type]string{
	reflect.TypeFor[time.Time](): "string",
	reflect.TypeFor[string]():    "string",
	reflect.TypeFor[float64]():   "number",
	reflect.TypeFor[Code]():      "number",
	reflect.TypeFor[[]string]():  "list of strings",
	reflect.TypeFor[*Failure]():  "object",
}

// schema is the fields of a type as JSON has them, with their types in words.
func schema(of reflect.Type) map[string]string {
	fields := map[string]string{}
	for i := range of.NumField() {
		if name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ","); name != "-" && of.Field(i).IsExported() {
			fields[name] = kinds[of.Field(i).Type]
		}
	}
	return fields
}

func TestTheDocumentedSchemaIsTheTypes(t *testing.T) {
	for title, of := range map[string]reflect.Type{"field": reflect.TypeFor[Event](), "field of `failure`": reflect.TypeFor[Failure]()} {
		documented := map[string]string{}
		for name, columns := range table(t, title) {
			documented[name] = strings.TrimSpace(columns[0])
		}
		if got := schema(of); !maps.Equal(got, documented) {
			t.Errorf("%s has %v, docs/output.md documents %v", of, got, documented)
		}
	}
}

var quoted = regexp.MustCompile("`([a-z]+)`")

// Every kind that is documented is written, every one that is written is documented, and likewise the fields.
func TestWhatIsWrittenIsDocumented(t *testing.T) {
	kinds, fields := map[string]bool{}, map[string]bool{}
	for _, run := range courses {
		c := newCourse(forms["json"])
		run(c.Console)
		for text := range strings.Lines(c.err.String()) {
			var e map[string]any
			if err := json.Unmarshal([]byte(text), &e); err != nil {
				t.Fatal(err)
			}
			kinds[e["kind"].(string)] = true
			for field := range e {
				fields[field] = true
			}
		}
	}
	rows := table(t, "field")
	var documented []string
	for _, m := range quoted.FindAllStringSubmatch(rows["kind"][1], -1) {
		documented = append(documented, m[1])
	}
	slices.Sort(documented)
	if written := slices.Sorted(maps.Keys(kinds)); !slices.Equal(written, documented) {
		t.Errorf("written %q, documented %q", written, documented)
	}
	if written, documented := slices.Sorted(maps.Keys(fields)), slices.Sorted(maps.Keys(rows)); !slices.Equal(written, documented) {
		t.Errorf("written %q, documented %q", written, documented)
	}
}

// What is said of absent fields is so.
func TestFieldsThatAreAlwaysThere(t *testing.T) {
	text, err := json.Marshal(Event{Failure: &Failure{}})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"time":"0001-01-01T00:00:00Z","elapsed":0,"kind":"","failure":{"code":0,"what":""}}`; string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
}

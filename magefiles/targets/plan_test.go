package targets

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

func TestLeaves(t *testing.T) {
	cases := []struct {
		name, before, after string
		want                []leaf
	}{
		{"text", "a", "b", []leaf{{"P", "a", "b"}}},
		{"known later", `["a"]`, "{{changeSet:KNOWN_AFTER_APPLY}}", []leaf{{"P", `["a"]`, "{{changeSet:KNOWN_AFTER_APPLY}}"}}},
		{"number", "256", "512", []leaf{{"P", "256", "512"}}},
		{"image of a container", `[{"Name":"c","Image":"a","Cpu":1}]`, `[{"Name":"c","Image":"b","Cpu":1}]`, []leaf{{"P[0].Image", "a", "b"}}},
		{"one variable more", `[{"E":[{"Name":"A","Value":"1"},{"Name":"C","Value":"3"}],"x":1,"y":2}]`,
			`[{"E":[{"Name":"A","Value":"1"},{"Name":"B","Value":"2"},{"Name":"C","Value":"4"}],"x":1,"y":2}]`,
			[]leaf{{"P[0].E[B]", "", "2"}, {"P[0].E[C]", "3", "4"}}},
		{"first variable", `[{"x":1}]`, `[{"x":1,"E":[{"Name":"A","Value":"1"}]}]`, []leaf{{"P[0].E[A]", "", "1"}}},
		{"last tag", `{"Tags":[{"Key":"a","Value":"1"}]}`, `{}`, []leaf{{"P.Tags[a]", "1", ""}}},
		{"member gone", `{"A":{"B":1},"C":true}`, `{"A":{}}`, []leaf{{"P.A.B", "1", ""}, {"P.C", "true", ""}}},
		{"longer list", `["a"]`, `["a","b"]`, []leaf{{"P", `["a"]`, `["a","b"]`}}},
		{"another kind", `{"A":1}`, `[1]`, []leaf{{"P", `{"A":1}`, `[1]`}}},
		{"confidential, in the whole", `[{"Name":"c","Environment":[{"Name":"API_KEY","Value":"x1"}]}]`, knownLater,
			[]leaf{{"P", `[{"Environment":[{"Name":"API_KEY","Value":"(hidden)"}],"Name":"c"}]`, knownLater}}},
		{"set, in the whole", `[{"Name":"c","Environment":[{"Name":"API","Value":"https://x"},{"Name":"LEVEL","Value":"debug"}],"Dimensions":[{"Name":"Cluster","Value":"https://y"}]}]`, knownLater,
			[]leaf{{"P", `[{"Dimensions":[{"Name":"Cluster","Value":"https://y"}],"Environment":[{"Name":"API","Value":"(set)"},{"Name":"LEVEL","Value":"debug"}],"Name":"c"}]`, knownLater}}},
		{"equal", `{"A":1}`, `{ "A": 1 }`, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, leaves("P", c.before, c.after), cmp.AllowUnexported(leaf{})); d != "" {
				t.Error(d)
			}
		})
	}
}

// A plan shows values of variables that are known to be harmless, and of others that they are set.
func TestPlansShowThatVariablesAreSet(t *testing.T) {
	for _, c := range []struct{ path, before, after, want string }{
		{"C[0].Environment[NODE_ENV]", "", "a/b", "(none) → a/b"},
		{"C[0].Environment[WORKERS]", "2", "4", "2 → 4"},
		{"C[0].Environment[API]", "", "https://api.example", "(none) → (set)"},
		{"C[0].Environment[API]", "https://a.example", "https://b.example", "(set) → (changed)"},
		{"C[0].Environment[API]", "off", "https://b.example", "(set) → (changed)"},
		{"C[0].Environment[API]", "https://a.example", "", "(set) → (none)"},
		{"C[0].Environment[API]", "https://a.example", knownLater, "(set) → (known afterwards)"},
		{"C[0].Environment[SMTP_PASS]", "", "x", "(none) → (hidden)"},
		{"Tags[password]", "old", "new", "*** → ***"},
		{"C[0].Secrets[PASSWORD]", "arn:aws:ssm:a:1:parameter/x", "arn:aws:ssm:a:1:parameter/y", "arn:aws:ssm:a:1:parameter/x → arn:aws:ssm:a:1:parameter/y"},
		{"C[0].Command", "x", "psql postgres://a:" + strings.Repeat("b", 200) + "@c", "x → psql postgres://a:***@c"},
	} {
		if got := (leaf{c.path, c.before, c.after}).String(); got != c.path+": "+c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestPlanLines(t *testing.T) {
	p := stack.Plan{Stack: "S", Changes: []stack.ResourceChange{
		{Action: "Add", Resource: "New", Type: "AWS::SNS::Topic"},
		{Action: "Modify", Resource: "TaskDefinition", Type: "AWS::ECS::TaskDefinition", Replacement: "True", Properties: []stack.PropertyChange{
			{Path: "ContainerDefinitions", Before: `[{"Image":"a","Name":"c","Environment":[{"Name":"DB_PASSWORD","Value":"one"}]}]`, After: `[{"Image":"b","Name":"c","Environment":[{"Name":"DB_PASSWORD","Value":"two"},{"Name":"API_TOKEN","Value":"three"}]}]`, Replace: "Always"},
			{Path: "Cpu", Before: "256", After: "512"}}},
		{Action: "Modify", Resource: "Repository", Type: "AWS::ECR::Repository", Replacement: "True", Properties: []stack.PropertyChange{
			{Path: "RepositoryName", Before: "a", After: "b", Replace: "Always"}}},
		{Action: "Modify", Resource: "Service", Type: "AWS::ECS::Service", Replacement: "Conditional", Properties: []stack.PropertyChange{
			{Path: "TaskDefinition", Before: "x:1", After: knownLater}, {Path: "Tags"}}},
		{Action: "Remove", Resource: "Old", Type: "AWS::SNS::Topic"},
	}}
	want := `stack S changes: 1 to add, 2 to change, 1 to replace, 1 to remove
  + New (AWS::SNS::Topic)
  ~ TaskDefinition (AWS::ECS::TaskDefinition): a new revision
      ContainerDefinitions[0].Environment[API_TOKEN]: (none) → (hidden)  [Environments["dev"].Variables["API_TOKEN"]]
      ContainerDefinitions[0].Environment[DB_PASSWORD]: (hidden) → (hidden)  [Environments["dev"].Variables["DB_PASSWORD"]]
      ContainerDefinitions[0].Image: a → b
      Cpu: 256 → 512  [Environments["dev"].CPU]
  ± Repository (AWS::ECR::Repository): is REPLACED, which loses every image
      RepositoryName: a → b (forces replacement)
  ~ Service (AWS::ECS::Service): may be replaced, which would lose the running service
      TaskDefinition: x:1 → (known afterwards)
      Tags
  - Old (AWS::SNS::Topic): is REMOVED`
	if d := cmp.Diff(want, strings.Join(planLines(cfn.Place{Env: "dev"}, p), "\n")); d != "" {
		t.Error(d)
	}
	if got := planLines(cfn.Place{Env: "dev"}, stack.Plan{Stack: "S"}); len(got) != 1 || got[0] != "stack S: nothing to change" {
		t.Errorf("got %q", got)
	}
}

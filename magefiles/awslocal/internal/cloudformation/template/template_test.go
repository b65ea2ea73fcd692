package template

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const base = `
Parameters:
  P: {Type: String, Default: p}
  N: {Type: Number, Default: 3}
  L: {Type: CommaDelimitedList, Default: 'a, b,c'}
Mappings: {M: {k: {v: mapped, l: [x, y]}}}
Conditions:
  Yes: !Equals [!Ref P, p]
  No: !Not [!Condition Yes]
  Both: !And [!Condition Yes, !Equals ['3', !Ref N]]
  Either: !Or [!Condition No, !Condition Both]
Resources:
  R: {Type: T}
`

func scopeOf(t *testing.T, body string) *Scope {
	t.Helper()
	tmpl, err := Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	arguments, err := tmpl.Arguments(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Scope{
		Template: tmpl, Arguments: arguments,
		Pseudo: map[string]any{"AWS::Region": "ap-southeast-1", "AWS::AccountId": "123456789012"},
		Zones:  func(region string) []string { return []string{region + "a", region + "b"} },
		Ref:    func(name string) (any, error) { return "id-of-" + name, nil },
		GetAtt: func(name, attribute string) (any, error) {
			switch attribute {
			case "Later":
				return Unknown{}, nil
			case "List":
				return []any{"l1", "l2"}, nil
			}
			return name + "." + attribute, nil
		},
		Import: func(name string) (any, error) { return "import-of-" + name, nil },
	}
}

// TestFunctions: each intrinsic function in its short and long forms.
func TestFunctions(t *testing.T) {
	for source, want := range map[string]string{
		`!Ref P`:                                       `p`,
		`{Ref: R}`:                                     `id-of-R`,
		`!Ref L`:                                       `[a b c]`,
		`!Ref N`:                                       `3`,
		`!Ref AWS::Region`:                             `ap-southeast-1`,
		`[a, !Ref AWS::NoValue, b]`:                    `[a b]`,
		`{a: !Ref AWS::NoValue, b: c}`:                 `map[b:c]`,
		`!GetAtt R.A`:                                  `R.A`,
		`!GetAtt R.A.B`:                                `R.A.B`,
		`{Fn::GetAtt: [R, A]}`:                         `R.A`,
		`{Fn::GetAtt: R.A}`:                            `R.A`,
		`{Fn::GetAtt: [R, !Ref P]}`:                    `R.p`,
		`!Sub 'x${P}y${R}z${R.A}${AWS::Region}'`:       `xpyid-of-RzR.Aap-southeast-1`,
		`!Sub '${!Literal} $ {P} ${ P }'`:              `${Literal} $ {P} p`,
		`!Sub ['${V}-${P}', {V: !Ref N}]`:              `3-p`,
		`!Sub '${N}'`:                                  `3`,
		`!Sub 'open ${P'`:                              `open ${P`,
		`!Join ['-', [a, !Ref P, 1, true]]`:            `a-p-1-true`,
		`!Join [',', !Ref L]`:                          `a,b,c`,
		`!Join ['', []]`:                               ``,
		`!Join [',', !GetAtt R.List]`:                  `l1,l2`,
		`!Split ['-', 'a-b']`:                          `[a b]`,
		`!Select [1, [a, b]]`:                          `b`,
		`!Select ['0', !Split [',', 'x,y']]`:           `x`,
		`!Select [2, !Ref L]`:                          `c`,
		`!If [Yes, a, b]`:                              `a`,
		`!If [No, a, b]`:                               `b`,
		`!If [Both, a, b]`:                             `a`,
		`!If [Either, a, b]`:                           `a`,
		`[!If [No, a, !Ref AWS::NoValue]]`:             `[]`,
		`!FindInMap [M, k, v]`:                         `mapped`,
		`!FindInMap [M, !Join ['', [k]], l]`:           `[x y]`,
		`!GetAZs ''`:                                   `[ap-southeast-1a ap-southeast-1b]`,
		`!GetAZs {Ref: AWS::Region}`:                   `[ap-southeast-1a ap-southeast-1b]`,
		`!Base64 hello`:                                `aGVsbG8=`,
		`!Cidr [10.0.0.0/16, 3, 8]`:                    `[10.0.0.0/24 10.0.1.0/24 10.0.2.0/24]`,
		`!Select [1, !Cidr ['10.0.0.0/22', '2', '4']]`: `10.0.0.16/28`,
		`!ImportValue e`:                               `import-of-e`,
		`!Equals [a, a]`:                               `true`,
		`!GetAtt R.Later`:                              `{}`,
		`!Sub 'x${R.Later}'`:                           `{}`,
		`!Join ['', [a, !GetAtt R.Later]]`:             `{}`,
		`!Select [0, !Split [',', !GetAtt R.Later]]`:   `{}`,
		`!Base64 {Fn::GetAtt: [R, Later]}`:             `{}`,
		`{plain: {Ref: P, Other: x}}`:                  `map[plain:map[Other:x Ref:P]]`,
		`2012-10-17`:                                   `2012-10-17`,
		`0123`:                                         `83`,
		`1.50`:                                         `1.50`,
		`"yes"`:                                        `yes`,
	} {
		t.Run(source, func(t *testing.T) {
			s := scopeOf(t, base+"Outputs:\n  O:\n    Value: "+source+"\n")
			got, err := s.Resolve(s.Template.Outputs["O"].Value)
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(got) != want {
				t.Errorf("got %v, want %s", got, want)
			}
		})
	}
}

// TestBrokenFunctions: what CloudFormation says about wrong arguments.
func TestBrokenFunctions(t *testing.T) {
	for source, want := range map[string]string{
		`!Join [a]`:                 "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.",
		`!Split ['', a]`:            "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.",
		`!Select [9, [a]]`:          "Template error: Fn::Select cannot select nonexistent value at index 9",
		`!Select [0, text]`:         "Template error: Fn::Select requires a list argument with two elements: an integer index and a list",
		`!If [Nope, a, b]`:          "Template error: unresolved condition dependency Nope in Fn::If",
		`!FindInMap [X, a, b]`:      "Template error: Mapping named 'X' is not present in the 'Mappings' section of template.",
		`!FindInMap [M, k, no]`:     "Template error: Unable to get mapping for M::k::no",
		`!Cidr [10.0.0.0/24, 9, 5]`: "Template error: Fn::Cidr: 10.0.0.0/24 does not hold 9 blocks with 5 host bits",
		`{Fn::Length: [a]}`:         "Template error: the embedded AWS does not model Fn::Length",
		`{Fn::Nope: a}`:             "Template error: Fn::Nope is not a function of CloudFormation",
		`!Equals [a]`:               "Template error: every Fn::Equals object requires a list of 2 string parameters.",
		`!And [!Condition Yes]`:     "Template error: every Fn::And object requires a list of at least 2 and at most 10 boolean parameters.",
	} {
		t.Run(source, func(t *testing.T) {
			s := scopeOf(t, base+"Outputs:\n  O:\n    Value: "+source+"\n")
			got, err := s.Resolve(s.Template.Outputs["O"].Value)
			if err == nil || err.Error() != want {
				t.Errorf("got %v, %v\nwant %s", got, err, want)
			}
		})
	}
}

func TestJSONAndYAMLAreTheSame(t *testing.T) {
	yaml := scopeOf(t, "Resources:\n  R: {Type: T, DependsOn: S, Properties: {A: !Sub '${S}', B: [1, true, x], C: !GetAtt S.X.Y}}\n  S: {Type: T}\n")
	json := scopeOf(t, `{"Resources": {"R": {"Type": "T", "DependsOn": ["S"], "Properties": {"A": {"Fn::Sub": "${S}"}, "B": [1, true, "x"], "C": {"Fn::GetAtt": ["S", "X.Y"]}}}, "S": {"Type": "T"}}}`)
	if diff := cmp.Diff(yaml.Template, json.Template); diff != "" {
		t.Error(diff)
	}
}

func TestGraph(t *testing.T) {
	s := scopeOf(t, `
Parameters: {P: {Type: String, Default: x}}
Conditions: {On: !Equals [!Ref P, x], Off: !Not [!Condition On]}
Resources:
  D: {Type: T, Properties: {X: !If [On, !Ref A, !Ref B]}}
  C: {Type: T, DependsOn: [D, O]}
  B: {Type: T, Properties: {X: !Sub ['${V}', {V: !Ref D}]}}
  A: {Type: T}
  O: {Type: T, Condition: Off}
`)
	g, err := s.Graph()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"A", "D", "B", "C"}, g.Order); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string][]string{"A": nil, "B": {"D"}, "C": {"D"}, "D": {"A"}}, g.Needs, cmp.Transformer("empty", func(s []string) string { return strings.Join(s, " ") })); diff != "" {
		t.Error(diff)
	}
}

// FuzzParse: whatever comes is read or refused, never a panic; what is read can be evaluated or is refused.
func FuzzParse(f *testing.F) {
	f.Add(base)
	f.Add(`{"Resources": {"R": {"Type": "T", "Properties": {"A": {"Fn::Sub": ["${X}", {"X": {"Ref": "R"}}]}}}}}`)
	f.Add("Resources:\n  R: {Type: T, Properties: {A: !Select [0, !Cidr [10.0.0.0/8, 4, 8]], B: !GetAtt R.X, C: !If [a, b, c]}}\nOutputs: {O: {Value: !Sub '${', Export: {Name: x}}}\n")
	f.Add("Resources: &a\n  R: *a\n")
	f.Add("{\"Resources\": ")
	files, _ := filepath.Glob("../../../../../cfn/testdata/golden/*.yaml")
	for _, file := range files[:min(2, len(files))] {
		if data, err := os.ReadFile(file); err == nil {
			f.Add(string(data))
		}
	}
	f.Fuzz(func(t *testing.T, body string) {
		tmpl, err := Parse(body)
		if err != nil {
			return
		}
		_ = tmpl.Validate(func(string) ([]string, bool) { return []string{"X"}, true })
		arguments, err := tmpl.Arguments(nil)
		if err != nil {
			return
		}
		s := &Scope{
			Template: tmpl, Arguments: arguments, Pseudo: map[string]any{"AWS::Region": "r"}, Zones: func(string) []string { return nil },
			Ref:    func(string) (any, error) { return Unknown{}, nil },
			GetAtt: func(string, string) (any, error) { return "x", nil },
		}
		g, err := s.Graph()
		if err != nil {
			return
		}
		for _, name := range g.Order {
			_, _ = s.Properties(tmpl.Resources[name])
		}
		_, _ = s.Conditions()
	})
}

package acceptance_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
	"mvdan.cc/sh/v3/syntax"
)

// workflows are all of them, by their files' names.
type workflows struct {
	text   map[string]string
	parsed map[string]workflow
}

func (all workflows) texts(pattern string) (found []string) {
	for name, text := range all.text {
		if m := regexp.MustCompile(pattern).FindString(text); m != "" {
			found = append(found, name+": "+m)
		}
	}
	return found
}

func (all workflows) jobs(is func(workflowJob) bool) (found []string) {
	for file, w := range all.parsed {
		for name, j := range w.Jobs {
			if is(j) {
				found = append(found, file+": "+name)
			}
		}
	}
	return found
}

func (all workflows) steps(is func(step) bool) (found []string) {
	for file, w := range all.parsed {
		for name, j := range w.Jobs {
			for _, s := range j.Steps {
				if is(s) {
					found = append(found, file+": "+name+": "+s.Name+s.Uses)
				}
			}
		}
	}
	return found
}

// role tells whether a job may take a role and has steps that could.
func (j workflowJob) role() bool {
	return len(j.Steps) > 0 && (j.Permissions["id-token"] != "" || j.uses("aws-actions/"))
}

func (j workflowJob) uses(action string) bool {
	return slices.ContainsFunc(j.Steps, func(s step) bool { return strings.HasPrefix(s.Uses, action) })
}

// text is the job as YAML.
func (j workflowJob) text() string {
	out, err := yaml.Marshal(j)
	if err != nil {
		panic(err) // plain data
	}
	return string(out)
}

// shellTools are programs that run nothing but themselves, as they are called here.
var shellTools = []string{"echo", "printf", "cat", "cut", "sed", "awk", "grep", "mv", "head", "wc", "shasum", "[", "exit", "rm"}

// foreignCommands are those of the job's scripts that a job with a role may not run.
func (j workflowJob) foreignCommands() (foreign []string) {
	for _, s := range j.Steps {
		file, err := syntax.NewParser().Parse(strings.NewReader(s.Run), s.Name)
		if err != nil {
			return []string{err.Error()}
		}
		syntax.Walk(file, func(n syntax.Node) bool {
			call, ok := n.(*syntax.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			var words []string
			for _, a := range call.Args {
				words = append(words, a.Lit())
			}
			line := strings.Join(words, " ")
			known := slices.Contains(shellTools, words[0]) || strings.HasPrefix(line, "go tool mage ") ||
				strings.HasPrefix(line, "git rev-parse ") || strings.HasPrefix(line, "gh api ") || words[0] == "find" && strings.Contains(line, " -exec mv ")
			if !known {
				foreign = append(foreign, line)
			}
			return true
		})
	}
	return foreign
}

func readWorkflows(t *testing.T) workflows {
	t.Helper()
	all := workflows{map[string]string{}, map[string]workflow{}}
	for _, file := range workflowFiles(t) {
		name := strings.TrimPrefix(file, ".github/workflows/")
		all.text[name], all.parsed[name] = read(t, file), readWorkflow(t, file)
	}
	return all
}

// workflow is the part of a GitHub workflow that the tests look at.
type workflow struct {
	Permissions *map[string]string     `yaml:"permissions"`
	Jobs        map[string]workflowJob `yaml:"jobs"`
}

type workflowJob struct {
	RunsOn      string            `yaml:"runs-on"`
	Timeout     int               `yaml:"timeout-minutes"`
	Uses        string            `yaml:"uses"`
	Permissions map[string]string `yaml:"permissions"`
	Environment string            `yaml:"environment"`
	Concurrency struct {
		Group  string `yaml:"group"`
		Cancel bool   `yaml:"cancel-in-progress"`
	} `yaml:"concurrency"`
	Env     map[string]string `yaml:"env"`
	Outputs map[string]string `yaml:"outputs"`
	Steps   []step            `yaml:"steps"`
}

type step struct {
	ID   string            `yaml:"id"`
	Name string            `yaml:"name"`
	If   string            `yaml:"if"`
	Uses string            `yaml:"uses"`
	Run  string            `yaml:"run"`
	Env  map[string]string `yaml:"env"`
	With map[string]string `yaml:"with"`
}

func readWorkflow(t *testing.T, file string) workflow {
	t.Helper()
	var w workflow
	if err := yaml.Unmarshal([]byte(read(t, file)), &w); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return w
}

func workflowFiles(t *testing.T) []string {
	t.Helper()
	return matching(t, ".github/workflows/*.yml")
}

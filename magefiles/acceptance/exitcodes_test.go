package acceptance_test

import (
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/awslocal/ledger"
)

// What stdout may have: results, or nothing.
var (
	nothing = regexp.MustCompile(`^$`)
	outputs = regexp.MustCompile(`^([A-Za-z0-9]+=.+\n)+$`)
	digest  = regexp.MustCompile(`^\S+/bellyfed-local@sha256:[0-9a-f]{64}\n$`)
)

// slow leaves time to come in between: a release takes ten seconds, for all who look.
const slow = "SPLITECS_LOCAL_SPEED=10"

// crawling leaves more, so that a release is under way still when Mage has found out on a busy machine what to run.
const crawling = "SPLITECS_LOCAL_SPEED=3"

// ending is a way in which a run ends.
type ending struct {
	name   string
	from   string          // the state that it starts from
	first  func(*operator) // what has happened before; nil: nothing
	set    []string
	args   []string
	code   int
	says   []string // on stderr: why, what was seen, what to do next
	prints *regexp.Regexp
}

var (
	deployInfra   = []string{"infra:deploy", "local"}
	deployService = []string{"service:deploy", "local"}
)

var endings = []ending{
	{"nothing to change in infra", "pushed", nil, nil, deployInfra, 0, []string{"BellyfedEcsInfraStack-local: nothing to change"}, outputs},
	{"nothing to release", "released", nil, []string{"SPLITECS_IMAGE=v2"}, deployService, 0, []string{"BellyfedEcsServiceStack-local: nothing to change"}, outputs},
	{"nothing to push", "pushed", nil, []string{"SPLITECS_TAG=v2"}, []string{"image:push"}, 0, []string{"nothing sent"}, digest},

	{"AWS fails", "empty", nil, []string{"SPLITECS_LOCAL_SCENARIO=fault:cloudformation:ExecuteChangeSet:error"}, deployInfra, 1,
		[]string{"execute change set of stack BellyfedEcsInfraStack-local", "next: go tool mage infra:deploy local"}, nothing},

	{"name of an environment", "empty", nil, nil, []string{"infra:deploy", "Prod"}, 2, []string{`"Prod" is not the name of an environment`}, nothing},
	{"a flag for an environment", "empty", nil, nil, []string{"infra:deploy", "-x"}, 2, []string{`infra:deploy takes no flag -x: infra:deploy <env>`}, nothing},
	{"a path for an environment", "empty", nil, nil, []string{"infra:deploy", "../dev"}, 2, []string{`"../dev" is not the name`}, nothing},
	{"absent environment", "empty", nil, nil, []string{"infra:deploy", "production"}, 2, []string{"production"}, nothing},
	{"variables", "empty", nil, []string{"SPLITECS_TIMEOUT=soon", "SPLITECS_APPROVE=yes"}, deployInfra, 2,
		[]string{`SPLITECS_TIMEOUT="soon"`, `SPLITECS_APPROVE="yes"`}, nothing},
	{"scenario", "empty", nil, []string{"SPLITECS_LOCAL_SCENARIO=fault:*:sulk"}, deployInfra, 2, []string{`"sulk" is not a kind`}, nothing},

	{"name of an image", "pushed", nil, []string{"SPLITECS_IMAGE=a b"}, deployService, 2, []string{"a b"}, nothing},

	{"access denied", "empty", nil, []string{"SPLITECS_LOCAL_SCENARIO=fault:cloudformation:*:denied"}, deployInfra, 3,
		[]string{"is not authorized to perform: cloudformation:DescribeStacks", "let the role do what the message names"}, nothing},
	{"expired token", "empty", nil, []string{"SPLITECS_LOCAL_SCENARIO=fault:*:expired"}, deployInfra, 3,
		[]string{"The security token included in the request is expired", "sign in again"}, nothing},

	{"push denied", "pushed", nil, []string{"SPLITECS_TAG=v9", "SPLITECS_LOCAL_SCENARIO=fault:registry:*:denied"}, []string{"image:push"}, 3,
		[]string{"is not authorized to perform", "let the role do what the message names"}, nothing},

	{"no infra stack", "empty", nil, []string{"SPLITECS_IMAGE=v1"}, deployService, 4,
		[]string{"stack BellyfedEcsInfraStack-local does not exist", "next: go tool mage infra:deploy local"}, nothing},
	{"no image", "pushed", nil, []string{"SPLITECS_IMAGE=absent"}, deployService, 4,
		[]string{"absent is not in repository bellyfed-local", "next: SPLITECS_ENV=local go tool mage image:push"}, nothing},
	{"nobody approves", "pushed", nil, nil, []string{"infra:destroy", "local"}, 4,
		[]string{"nobody approved it", "next: SPLITECS_APPROVE=1 go tool mage infra:destroy local"}, nothing},

	{"another image under an immutable tag", "pushed", nil, []string{"SPLITECS_TAG=v1"}, []string{"image:push"}, 5,
		[]string{"immutable", "push under another tag"}, nothing},

	{"a name is taken", "empty", takeLogGroup, nil, deployInfra, 6,
		[]string{"LogGroup", "/aws/ecs/bellyfed-local", "next: go tool mage infra:adopt local"}, nothing},

	{"a release fails", "released", nil, []string{"SPLITECS_IMAGE=v3", "SPLITECS_LOCAL_SCENARIO=exit:3"}, deployService, 7,
		[]string{"the service is back on bellyfed-local-service:2", "exit code 3", "next: go tool mage service:status local"}, nothing},
	{"the first release fails", "pushed", nil, []string{"SPLITECS_IMAGE=v1", "SPLITECS_LOCAL_SCENARIO=exit"}, deployService, 8,
		[]string{"there is no service", "exit code 1", "next: go tool mage service:status local"}, nothing},

	{"time is up", "empty", nil, []string{"SPLITECS_TIMEOUT=500ms", slow}, deployInfra, 9,
		[]string{"not done after SPLITECS_TIMEOUT=500ms", "goes on", "next: go tool mage infra:status local"}, nothing},
	{"SIGINT", "empty", nil, []string{"SPLITECS_LOCAL_SCENARIO=fault:cloudformation:ExecuteChangeSet:interrupt-after"}, deployInfra, 10,
		[]string{"interrupted", "goes on", "next: go tool mage infra:deploy local"}, nothing},
	{"SIGTERM", "empty", nil, []string{"SPLITECS_LOCAL_SCENARIO=fault:cloudformation:ExecuteChangeSet:terminate-after"}, deployInfra, 10,
		[]string{"interrupted", "goes on", "next: go tool mage infra:deploy local"}, nothing},

	{"a release is under way", "released", beginRelease, []string{crawling, "SPLITECS_IMAGE=v2"}, []string{"service:diff", "local"}, 11,
		[]string{"changes can be computed once it is done", "next: go tool mage service:status local"}, nothing},
}

// takeLogGroup makes something that the infra stack wants to make.
func takeLogGroup(o *operator) {
	o.t.Helper()
	server, err := awslocal.Open(awslocal.Options{Dir: o.state})
	if err != nil {
		o.t.Fatal(err)
	}
	if _, err := cloudwatchlogs.NewFromConfig(server.Config()).CreateLogGroup(o.t.Context(), &cloudwatchlogs.CreateLogGroupInput{
		LogGroupName: aws.String("/aws/ecs/bellyfed-local"),
	}); err != nil {
		o.t.Error(err)
	}
	if err := server.Close(); err != nil {
		o.t.Error(err)
	}
}

// beginRelease begins a release and leaves it to itself.
func beginRelease(o *operator) {
	o.t.Helper()
	out, errs, code := o.runs([]string{crawling, "SPLITECS_IMAGE=v3", "SPLITECS_LOCAL_SCENARIO=fault:cloudformation:ExecuteChangeSet:terminate-after"}, deployService...)
	o.wants(10, out, errs, code, "goes on")
}

// did is what was done in the state.
func (o *operator) did() []string {
	o.t.Helper()
	lines, err := ledger.Read(o.t.Context(), o.state)
	if err != nil {
		o.t.Fatal(err)
	}
	return lines
}

// Each documented exit code, in the compiled magefile and through go tool mage, which hands it on: with what could not be
// done, why, and the next command on stderr, and with nothing but results on stdout. That go tool mage does so is tried
// with one ending of each code; with -full, with all of them.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	program := compiled(t)
	states := map[string]*operator{}
	for _, state := range []string{"empty", "pushed", "released"} {
		states[state] = newOperator(t, program)
	}
	states["pushed"].pushes("v1", "v2")
	states["released"].pushes("v1", "v2", "v3")
	for _, image := range []string{"v1", "v2"} {
		states["released"].must([]string{"SPLITECS_IMAGE=" + image}, deployService...)
	}
	had := map[string][]string{}
	for name, o := range states {
		had[name] = o.did()
	}
	codes := map[int]bool{}
	for _, e := range endings {
		ways := map[string][]string{"compiled": {program}}
		if !codes[e.code] || *full {
			ways["go tool mage"] = []string{"go", "tool", "mage"}
		}
		codes[e.code] = true
		for way, command := range ways {
			t.Run(e.name+", "+way, func(t *testing.T) {
				if runtime.GOOS == "windows" && (e.code == 10 || e.code == 11) {
					t.Skip("there are no signals to send")
				}
				if way == "compiled" {
					t.Parallel()
				} else {
					takeTurn(t)
				}
				o := states[e.from].twin()
				o.t = t
				if e.first != nil {
					e.first(o)
				}
				o.command = command
				out, errs, code := o.runs(e.set, e.args...)
				for _, said := range e.says {
					o.wants(e.code, out, errs, code, said)
				}
				if !e.prints.MatchString(out) {
					t.Errorf("stdout is not %s:\n%s", e.prints, out)
				}
				if did := o.did(); (e.code == 2 || e.code == 4) && !slices.Equal(did, had[e.from]) {
					t.Errorf("something was changed:\n%s", cmp.Diff(had[e.from], did))
				}
				if code == 0 {
					return
				}
				_, failure, _ := strings.Cut(errs, "Error: ")
				for _, part := range []string{strings.Join(e.args, " "), "\n  why:  ", "\n  next: "} {
					if !strings.Contains(failure, part) {
						t.Errorf("the failure has no %q:\n%s", part, errs)
					}
				}
			})
		}
	}
	for code := range 12 {
		if !codes[code] {
			t.Errorf("exit code %d is not provoked", code)
		}
	}
}

package targets_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/stack"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

var (
	sequences = flag.Int("sequences", 12, "how many random sequences of operations are tried")
	sequence  = flag.Uint64("seed", 0, "seed of one sequence to try; 0 tries several")
)

// op is one thing that a user does, and what happens to the process that does it; or what somebody else does to the
// stacks, and how the user finds the way out.
type op struct {
	Name  string // deploy, bad, rollback, rollbackTo, scale, restart; foreign, lose
	Arg   string
	Fault string // of the API, as SPLITECS_LOCAL_SCENARIO has it; crash kills the process
	Leave int    // the call at which the user presses Ctrl-C; 0 never
}

// disturbed tells whether the operation may end without having done what it should.
func (o op) disturbed() bool { return o.Leave > 0 || strings.HasPrefix(o.Fault, "fault:") }

func (o op) String() string {
	text := o.Name
	if o.Arg != "" {
		text += " " + o.Arg
	}
	if o.Fault != "" {
		text += " with " + o.Fault
	}
	if o.Leave > 0 {
		text += fmt.Sprintf(" left at call %d", o.Leave)
	}
	return text
}

var bad = []string{"exit:3", "exit-after:3s:1", "unhealthy:500", "deaf", "oom", "no-pull"}

var faultKinds = []string{"throttle", "error", "error-after", "reset", "reset-after", "crash", "crash-after"}

// lags are no failures.
var lags = []string{"stale:30s", "missing:3", "late-logs:5s"}

// randomOp is one operation, in half of the cases with something that happens to it.
func randomOp(r *rand.Rand) op {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	var o op
	switch n := r.IntN(10); {
	case n < 1 && r.IntN(2) == 0:
		return op{Name: "foreign"}
	case n < 1:
		return op{Name: "lose", Arg: pick(slices.Sorted(maps.Keys(losses))...)}
	case n < 3:
		o = op{Name: "deploy", Arg: pick("v1", "v2", "v3")}
	case n < 5:
		o = op{Name: "bad", Arg: pick(bad...)}
	case n < 7:
		o = op{Name: "rollback"}
	case n < 8:
		o = op{Name: "rollbackTo", Arg: pick("-1", "-2", "1", "2", "3", "v1", "v2")}
	case n < 9:
		o = op{Name: "scale", Arg: pick("0", "1", "2")}
	default:
		o = op{Name: "restart"}
	}
	switch r.IntN(5) {
	case 0:
		o.Fault = fmt.Sprintf("fault:*:%s:%d", pick(faultKinds...), 1+r.IntN(40))
	case 1:
		o.Leave = 1 + r.IntN(40)
	case 2:
		o.Fault = fmt.Sprintf("%s:%d", pick(lags...), 1+r.IntN(40))
	}
	return o
}

// run is the operation as a target, with its variables.
func (o op) run() (f func(targets.Set, context.Context) error, set []string) {
	switch o.Name {
	case "deploy":
		return serviceDeploy, []string{"SPLITECS_IMAGE=" + o.Arg}
	case "bad":
		return serviceDeploy, []string{"SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO=" + o.Arg}
	case "rollbackTo":
		return rollbackTo(o.Arg), nil
	case "scale":
		return scale(int(o.Arg[0] - '0')), nil
	case "restart":
		return serviceRestart, nil
	}
	return serviceRollback, nil
}

// hangs is when an operation is given up: each takes less than a second.
const hangs = 20 * time.Second

// do runs an operation in this process.
func (w *world) do(o op) {
	f, set := o.run()
	ctx, cancel := context.WithTimeout(context.Background(), hangs)
	defer cancel()
	w.run(func(t targets.Set, _ context.Context) error {
		if o.Leave > 0 {
			t = t.WithFaults(awslocal.Fault{Call: o.Leave, Do: func(int, string) { cancel() }})
		}
		if o.Fault != "" {
			fault, err := awslocal.ParseFault(o.Fault)
			if err != nil {
				w.t.Fatal(err)
			}
			t = t.WithFaults(fault)
		}
		return f(t, ctx)
	}, set...)
}

// another is what a process of its own needs to know to do one operation in a world.
type another struct {
	Op  op
	App cfn.App
	Env map[string]string
	Dir string
}

const anotherVariable = "SPLITECS_TEST_OPERATION"

// TestAnotherProcess does one operation of TestSequences in a process of its own, which a fault may kill.
func TestAnotherProcess(t *testing.T) {
	text := os.Getenv(anotherVariable)
	if text == "" {
		return // it is not such a process
	}
	var a another
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, app: a.App, env: a.Env, dir: a.Dir}
	w.do(a.Op)
	fmt.Printf("code %d\n%s", w.code, &w.err)
}

// elsewhere does an operation in another process; killed tells whether it was.
func (w *world) elsewhere(o op) (killed bool) {
	w.t.Helper()
	text, err := json.Marshal(another{o, w.app, w.env, w.dir})
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestAnotherProcess$")
	cmd.Env = append(os.Environ(), anotherVariable+"="+string(text))
	out, err := cmd.Output()
	if err != nil {
		return true
	}
	w.err.Reset()
	w.err.Write(out)
	if _, err := fmt.Sscanf(string(out), "code %d", &w.code); err != nil {
		w.t.Fatalf("%v: %s", err, out)
	}
	return false
}

// documented are the codes with which an operation may end when nothing happens to it.
var documented = map[string][]int{
	"deploy": {0}, "bad": {7}, "rollback": {0, 4}, "rollbackTo": {0, 4}, "scale": {0}, "restart": {0},
}

// agree fails unless stack, service and template agree, what runs was deployed successfully, and nothing is left to
// do for a person.
func (w *world) agree() (problem string) {
	w.t.Helper()
	ctx := context.Background()
	w.behind(100000, func(server *awslocal.Server) {
		stacks := &stack.Stacks{API: cloudformation.NewFromConfig(server.Config()), Pause: quickly}
		st, err := stacks.Describe(ctx, w.app.Names("local").ServiceStack)
		if err != nil {
			w.t.Fatal(err)
		}
		if stack.Decide(st.Status) != stack.Change {
			problem = fmt.Sprintf("the stack is %s", st.Status)
			return
		}
		api := ecs.NewFromConfig(server.Config())
		var s ecstypes.Service
		for range 1000 { // a release is complete while the tasks of the one before still leave
			out, err := api.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: aws.String("shop-local"), Services: []string{"shop-local-service"}})
			if err != nil {
				w.t.Fatal(err)
			}
			if len(out.Services) == 0 || len(out.Services[0].Deployments) == 0 {
				problem = "there is no service"
				return
			}
			if s = out.Services[0]; len(s.Deployments) == 1 || s.Deployments[0].RolloutState != ecstypes.DeploymentRolloutStateCompleted {
				break
			}
		}
		asked := st.Outputs[cfn.OutputDeployedTaskDefinition]
		d := s.Deployments[0]
		switch {
		case len(s.Deployments) != 1 || d.RolloutState != ecstypes.DeploymentRolloutStateCompleted || d.RunningCount != d.DesiredCount:
			problem = fmt.Sprintf("the service has %d deployments, the first is %s with %d of %d tasks", len(s.Deployments), d.RolloutState, d.RunningCount, d.DesiredCount)
			return
		case aws.ToString(s.TaskDefinition) != asked:
			problem = fmt.Sprintf("the service runs %s, the stack asks for %s", aws.ToString(s.TaskDefinition), asked)
			return
		}
		definition, err := api.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String(asked)})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, v := range definition.TaskDefinition.ContainerDefinitions[0].Environment {
			if aws.ToString(v.Name) == "SPLITECS_LOCAL_SCENARIO" {
				problem = "a revision runs that never can have been deployed successfully: " + aws.ToString(v.Value)
				return
			}
		}
		drifts, err := stacks.Drifts(ctx, st.ID)
		if err != nil || len(drifts) > 0 {
			problem = fmt.Sprintf("drift: %v, %v", drifts, err)
		}
	})
	return problem
}

func quickly(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d / 100000):
		return nil
	}
}

// attempt tries one sequence on a copy of a world; problem is empty where it went well.
func attempt(origin *world, seed uint64) (done []op, problem string) {
	r := rand.New(rand.NewPCG(seed, 0))
	w := origin.twin()
	defer os.RemoveAll(filepath.Dir(w.env["SPLITECS_LOCAL_DIR"]))
	for range 2 + r.IntN(4) {
		o := randomOp(r)
		done = append(done, o)
		switch {
		case o.Name == "foreign":
			if problem := w.foreign(len(done)); problem != "" {
				return done, problem
			}
		case o.Name == "lose":
			if problem := w.loses(o.Arg); problem != "" {
				return done, problem
			}
		case strings.Contains(o.Fault, "crash"):
			w.elsewhere(o)
		default:
			w.do(o)
			if !o.disturbed() && !slices.Contains(documented[o.Name], w.code) {
				return done, fmt.Sprintf("exit code %d\n%s", w.code, &w.err)
			}
		}
		if o.disturbed() { // the user looks how it goes on
			w.run(func(t targets.Set, ctx context.Context) error {
				ctx, cancel := context.WithTimeout(ctx, hangs)
				defer cancel()
				return serviceWatch(t, ctx)
			})
			if !slices.Contains([]int{0, 7}, w.code) {
				return done, fmt.Sprintf("service:watch: exit code %d\n%s", w.code, &w.err)
			}
		}
		if problem := w.agree(); problem != "" {
			return done, problem + "\n" + w.err.String()
		}
	}
	return done, ""
}

// After any sequence of operations, disturbed or not, stack, service and template agree, the revision that runs is
// one that was deployed successfully, and nothing needs a person.
func TestSequences(t *testing.T) {
	t.Parallel()
	origin := up(t)
	origin.write("app/server.txt", "version 3")
	origin.push("v3")
	origin.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	origin.want(0)
	seeds := make(chan uint64)
	var mu sync.Mutex
	operations, failures := 0, 0
	began := time.Now()
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for seed := range seeds {
				done, problem := attempt(origin, seed)
				mu.Lock()
				operations += len(done)
				if problem != "" {
					failures++
					t.Errorf("seed %d, after %v: %s", seed, done, problem)
				}
				mu.Unlock()
			}
		})
	}
	if *sequence != 0 {
		seeds <- *sequence
	} else {
		count := *sequences
		if testing.Short() {
			count = min(count, 4)
		}
		for seed := range uint64(count) {
			seeds <- seed + 1
		}
	}
	close(seeds)
	workers.Wait()
	fmt.Printf("sequences: %d operations, %d failures, %s\n", operations, failures, time.Since(began).Round(time.Second))
}

//go:build linux

package awslocal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/remains"
)

// household is an embedded AWS whose programs a machine of its own executes.
type household struct {
	*executed
	dir     string
	machine *awslocal.Machine
}

func newHousehold(t *testing.T) *household {
	t.Helper()
	return newHouseholdIn(t, t.TempDir())
}

func newHouseholdIn(t *testing.T, folder string) *household {
	t.Helper()
	h := &household{dir: filepath.Join(folder, "state")}
	server, err := awslocal.Open(awslocal.Options{Dir: h.dir, Speed: 500})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(server.Close(), awslocal.Reset(h.dir)); err != nil {
			t.Error(err)
		}
	})
	h.executed = &executed{Test: &awslocal.Test{Server: server}, t: t, services: ecs.NewFromConfig(server.Config()), logs: cloudwatchlogs.NewFromConfig(server.Config())}
	h.start(t)
	_, err1 := h.services.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String("real")})
	_, err2 := h.logs.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/real")})
	_, err3 := ecr.NewFromConfig(server.Config()).CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: aws.String("real")})
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	h.image = pushPrograms(t, h.Test, "real")
	return h
}

// start makes sure of a machine, and is its process.
func (h *household) start(t *testing.T) (process int) {
	t.Helper()
	m, err := awslocal.StartMachine(ctx, awslocal.MachineOptions{Dir: h.dir, Speed: 500})
	if _, none := errors.AsType[*awslocal.NoProgramsError](err); none {
		t.Skip("NOT RUN:", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	h.machine = m
	st, err := m.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return st.Process
}

// service makes one of a task, and is the first that runs.
func (h *household) service(t *testing.T, c types.ContainerDefinition) (task string) {
	t.Helper()
	if _, err := h.services.CreateService(ctx, &ecs.CreateServiceInput{
		Cluster: aws.String("real"), ServiceName: aws.String("shop"), TaskDefinition: aws.String(h.define(t, nil, c)), DesiredCount: aws.Int32(1),
		LaunchType: types.LaunchTypeFargate, NetworkConfiguration: network,
	}); err != nil {
		t.Fatal(err)
	}
	return h.runs(t, "")
}

// runs waits until a task of the service runs that is another one, and is its ARN.
func (h *household) runs(t *testing.T, but string) (task string) {
	t.Helper()
	eventually(t, func() error {
		list, err := h.services.ListTasks(ctx, &ecs.ListTasksInput{Cluster: aws.String("real"), ServiceName: aws.String("shop")})
		if err != nil {
			return err
		}
		for _, task = range list.TaskArns {
			if s := aws.ToString(process{h.executed, task}.now(t).LastStatus); task != but && s == "RUNNING" {
				return nil
			}
		}
		return fmt.Errorf("of the tasks %q none runs", list.TaskArns)
	})
	return task
}

// layer is the file in the registry that has the layer of the image.
func (h *household) layer(t *testing.T) (largest string) {
	t.Helper()
	blobs, _ := filepath.Glob(filepath.Join(h.dir, "blobs", "sha256", "*", "*")) // the pattern is well formed
	size := int64(0)
	for _, name := range blobs {
		if info, err := os.Stat(name); err == nil && info.Size() > size {
			largest, size = name, info.Size()
		}
	}
	if largest == "" {
		t.Fatal("the registry has no blobs")
	}
	return largest
}

// pulls waits until a layer is being unpacked.
func (h *household) pulls(t *testing.T) {
	t.Helper()
	eventually(t, func() error {
		if begun, _ := filepath.Glob(filepath.Join(h.dir, "run", "layers", "partial", "*")); len(begun) == 0 { // the pattern is well formed
			return errors.New("no layer is being unpacked")
		}
		return nil
	})
}

// freeze stops a process: its threads stop one after another.
func freeze(t *testing.T, process int) {
	t.Helper()
	if err := syscall.Kill(process, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", process))
		for _, name := range threads {
			if text, e := os.ReadFile(name); e != nil || !strings.Contains(string(text), ") T ") {
				err = fmt.Errorf("a thread is not stopped: %s, %w", text, e)
			}
		}
		return err
	})
}

// ends waits for the end of a process that has nothing to do any more.
func ends(t *testing.T, process int) {
	t.Helper()
	eventually(t, func() error {
		if p := remains.Of(process); p != nil {
			return fmt.Errorf("%s is there still", p)
		}
		return nil
	})
}

// Who asked for the end has gone, and the machine goes on to end its tasks; the next one waits for that, and the service has its
// task again.
func TestInterruptedSwitchOff(t *testing.T) {
	t.Parallel()
	h := newHousehold(t)
	task := h.service(t, h.container("app", "ignore"))
	process{h.executed, task}.says(t, "app", "ready")
	old := h.start(t)
	asked, cancel := context.WithCancel(ctx)
	gone := make(chan error, 1)
	go func() { gone <- h.machine.SwitchOff(asked) }()
	eventually(t, func() error {
		if st, err := h.machine.Status(ctx); err != nil || !st.Off {
			return fmt.Errorf("it is not being switched off: %+v, %w", st, err)
		}
		return nil
	})
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("who asked is told %v", err)
	}
	if now := h.start(t); now == old {
		t.Error("the machine that was about to end is taken for one that goes on")
	}
	ends(t, old)
	h.runs(t, task)
	stopped := process{h.executed, task}.ended(t)
	if code := aws.ToInt32(stopped.Containers[0].ExitCode); code != 137 || stopped.StopCode != types.TaskStopCodeUserInitiated {
		t.Errorf("exit code %d, %s: %s", code, stopped.StopCode, aws.ToString(stopped.StoppedReason))
	}
}

// A machine that is stopped (SIGSTOP) accepts connections and answers none: it is ended, by whatever would use it, and what it had
// is recorded as lost.
func TestMachineThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	h := newHousehold(t)
	task := h.service(t, h.container("app", "obey"))
	old := h.start(t)
	freeze(t, old)
	if lost, err := h.Lost(ctx); err != nil || !lost {
		t.Errorf("it is not lost: %v", err)
	}
	second := h.start(t)
	ends(t, old)
	if reason := aws.ToString(process{h.executed, task}.ended(t).StoppedReason); !strings.Contains(reason, "machine") {
		t.Errorf("the task was %q", reason)
	}
	h.runs(t, task)
	freeze(t, second)
	if err := h.machine.SwitchOff(ctx); err != nil {
		t.Error(err)
	}
	ends(t, second)
	third := h.start(t)
	freeze(t, third)
	if err := awslocal.Reset(h.dir); err != nil {
		t.Error(err)
	}
	ends(t, third)
	if _, err := os.Stat(h.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is there still: %v", err)
	}
	h.start(t) // for the clean-up
}

// The layer of an image is a pipe that nobody writes to, and whoever reads it waits for ever. The machine ends all the same, and says
// where it stood.
func TestMachineThatCannotEnd(t *testing.T) {
	t.Parallel()
	h := newHousehold(t)
	blob := h.layer(t)
	if err := errors.Join(os.Remove(blob), syscall.Mkfifo(blob, 0o600)); err != nil {
		t.Fatal(err)
	}
	h.executed.start(t, h.container("app", "obey"))
	h.pulls(t)
	old := h.start(t)
	began := time.Now()
	if err := h.machine.SwitchOff(ctx); err != nil {
		t.Error(err)
	}
	ends(t, old)
	log, err := os.ReadFile(filepath.Join(h.dir, "run", "log"))
	if err != nil || !strings.Contains(string(log), "after it began to end") || !strings.Contains(string(log), "goroutine ") {
		t.Errorf("it has ended after %s, and its log does not say why so late: %v %s", time.Since(began), err, log)
	}
}

// The state cannot be written that says that tasks are to stop: they are killed, which is told, and recorded as soon as it can be.
func TestSwitchOffWhereTheStateCannotBeWritten(t *testing.T) {
	t.Parallel()
	h := &troubled{household: newHousehold(t)}
	task := h.service(t, h.container("app", "obey"))
	old := h.household.start(t)
	h.processes(t, "")
	state, aside := filepath.Join(h.dir, "state.db"), filepath.Join(h.dir, "aside")
	if err := errors.Join(os.Rename(state, aside), os.Mkdir(state, 0o700)); err != nil {
		t.Fatal(err)
	}
	err := h.machine.SwitchOff(ctx)
	if err == nil || !strings.Contains(err.Error(), "it is damaged") || !strings.Contains(err.Error(), "what was left was killed") {
		t.Errorf("it is told %v", err)
	}
	ends(t, old)
	eventually(t, func() error {
		if left := h.left(); len(left) > 0 {
			return fmt.Errorf("there are still %q", left)
		}
		return nil
	})
	if err := errors.Join(os.Remove(state), os.Rename(aside, state)); err != nil {
		t.Fatal(err)
	}
	h.household.start(t)
	h.runs(t, task)
	if reason := aws.ToString(process{h.executed, task}.ended(t).StoppedReason); !strings.Contains(reason, "the machine on which") {
		t.Errorf("the task was %q", reason)
	}
}

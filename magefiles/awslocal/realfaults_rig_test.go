//go:build linux

package awslocal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/remains"
)

// This executable is a process that asks for something, says that it has, and waits, as a target does that deploys.
const isAsker = "SPLITECS_TEST_ASKER"

// request is what it asks for.
type request struct {
	Dir    string
	Create *ecs.CreateServiceInput
	Stop   *ecs.StopTaskInput
}

func init() {
	text := os.Getenv(isAsker)
	if text == "" || os.Args[0] == "splitecs-machine" {
		return
	}
	var r request
	err := json.Unmarshal([]byte(text), &r)
	if err == nil {
		err = r.ask()
	}
	fmt.Println("asked:", err)
	select {}
}

func (r request) ask() error {
	server, err := awslocal.Open(awslocal.Options{Dir: r.Dir, Speed: 500})
	if err != nil {
		return err
	}
	client := ecs.NewFromConfig(server.Config())
	if r.Create != nil {
		_, err = client.CreateService(ctx, r.Create)
	} else {
		_, err = client.StopTask(ctx, r.Stop)
	}
	return err
}

// troubled is a service to which something happens.
type troubled struct {
	*household
	shop    *behind
	task    string             // to which it happens, by ARN
	asker   *exec.Cmd          // the process that has asked for what is under way
	layer   string             // of the image, where it cannot be read
	content []byte             // of that
	seen    []*remains.Process // of the machines that there were
}

// ask lets a process of its own ask for something.
func (h *troubled) ask(t *testing.T, r request) {
	t.Helper()
	h.stopAsking()
	r.Dir = h.dir
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	h.asker = exec.Command("/proc/self/exe")
	h.asker.Env = append(os.Environ(), isAsker+"="+string(text))
	h.asker.Stderr = os.Stderr
	out, err := h.asker.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.asker.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 1000)
	n, err := out.Read(said)
	if text := string(said[:n]); err != nil || text != "asked: <nil>\n" {
		t.Fatal(text, err)
	}
}

func (h *troubled) stopAsking() {
	if h.asker != nil {
		_, _ = h.asker.Process.Kill(), h.asker.Wait() // it has no say
	}
}

// launch makes the service of a task of these containers, behind a load balancer.
func (h *troubled) launch(t *testing.T, containers ...types.ContainerDefinition) {
	t.Helper()
	h.shop = &behind{executed: h.executed, name: "shop", group: h.balance(t, "shop")}
	definition := h.shop.revision(t, containers...)
	h.ask(t, request{Create: &ecs.CreateServiceInput{
		Cluster: aws.String("real"), ServiceName: &h.shop.name, TaskDefinition: &definition, DesiredCount: aws.Int32(1),
		LaunchType: types.LaunchTypeFargate, NetworkConfiguration: network, HealthCheckGracePeriodSeconds: aws.Int32(6),
		LoadBalancers: []types.LoadBalancer{{TargetGroupArn: &h.shop.group, ContainerName: containers[0].Name, ContainerPort: aws.Int32(3000)}},
	}})
}

// stop asks for the end of a task.
func (h *troubled) stop(t *testing.T, task string) {
	t.Helper()
	h.ask(t, request{Stop: &ecs.StopTaskInput{Cluster: aws.String("real"), Task: &task}})
}

// in waits until a task of the service is in one of these states.
func (h *troubled) in(t *testing.T, states ...string) (task string) {
	t.Helper()
	eventually(t, func() error {
		var all []string
		for _, desired := range []types.DesiredStatus{types.DesiredStatusRunning, types.DesiredStatusStopped} {
			list, err := h.services.ListTasks(ctx, &ecs.ListTasksInput{Cluster: aws.String("real"), ServiceName: &h.shop.name, DesiredStatus: desired})
			if err != nil {
				return err
			}
			for _, task = range list.TaskArns {
				now := aws.ToString(process{h.executed, task}.now(t).LastStatus)
				if slices.Contains(states, now) {
					return nil
				}
				all = append(all, now)
			}
		}
		return fmt.Errorf("no task is %q, but %q", states, all)
	})
	return task
}

// serves waits until the load balancer answers.
func (h *troubled) serves(t *testing.T) {
	t.Helper()
	eventually(t, func() error {
		st, err := h.machine.Status(ctx)
		if err != nil {
			return err
		}
		if len(st.Addresses) == 0 {
			return errors.New("there is no load balancer")
		}
		h.shop.url = st.Addresses[0].URL
		r, err := http.Get(h.shop.url + "/health")
		if err != nil {
			return err
		}
		if err := r.Body.Close(); err != nil || r.StatusCode != http.StatusOK {
			return errors.Join(err, fmt.Errorf("/health is answered %s; events %q", r.Status, h.shop.events(t)))
		}
		return nil
	})
}

// obstruct makes the image's layer a pipe, so that whoever reads it waits.
func (h *troubled) obstruct(t *testing.T) {
	t.Helper()
	h.layer = h.household.layer(t)
	var err error
	if h.content, err = os.ReadFile(h.layer); err == nil {
		err = errors.Join(os.Remove(h.layer), syscall.Mkfifo(h.layer, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// feed gives who waits for the layer this content. Whoever comes later finds the layer as it was, or what is put in its place.
func (h *troubled) feed(t *testing.T, content []byte, place func(name string) error) {
	t.Helper()
	if h.layer == "" {
		return
	}
	pipe, err := os.OpenFile(h.layer, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err := errors.Join(os.RemoveAll(h.layer), place(h.layer)); err != nil {
		t.Fatal(err)
	}
	if err == nil { // somebody waits
		_, err = pipe.Write(content)
		err = errors.Join(err, pipe.Close())
	}
	if err != nil && !errors.Is(err, syscall.ENXIO) && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}

// whole is the layer as it was.
func (h *troubled) whole(name string) error { return os.WriteFile(name, h.content, 0o600) }

// clear makes the layer readable again.
func (h *troubled) clear(t *testing.T) {
	t.Helper()
	h.feed(t, h.content, h.whole)
	h.layer = ""
}

// processes of this name below the machine, and of the task to which something happens.
func (h *troubled) processes(t *testing.T, name string) (found []int) {
	t.Helper()
	st, err := h.machine.Status(ctx)
	if err != nil {
		return nil
	}
	machine := remains.Of(st.Process)
	if machine == nil {
		return nil
	}
	others := map[int]bool{} // of other tasks
	for _, p := range append([]*remains.Process{machine}, remains.Below(machine.ID)...) {
		h.seen = append(h.seen, p)
		others[p.ID] = others[p.Parent] || p.Name() == "splitecs-task" && !strings.HasSuffix(h.task, "/"+p.Words[1])
		if p.Name() == name && !others[p.ID] {
			found = append(found, p.ID)
		}
	}
	return found
}

// hit sends a signal to the processes of a name, of which there has to be one.
func (h *troubled) hit(t *testing.T, name string, s syscall.Signal) {
	t.Helper()
	all := h.processes(t, name)
	if len(all) == 0 {
		t.Fatalf("there is no process %s", name)
	}
	for _, pid := range all {
		if err := syscall.Kill(pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Fatal(err)
		}
	}
}

// end ends the machine by a signal.
func (h *troubled) end(t *testing.T, s syscall.Signal) {
	t.Helper()
	h.hit(t, "splitecs-machine", s)
	eventually(t, func() error {
		if st, err := h.machine.Status(ctx); err == nil {
			return fmt.Errorf("process %d answers still", st.Process)
		}
		return nil
	})
}

// left is what there is of processes, mounts, ports and folders when nothing should be.
func (h *troubled) left() (all []string) {
	for _, p := range remains.Alive(h.seen) {
		all = append(all, p.String())
	}
	url := "" // it may have none
	if h.shop != nil {
		url = h.shop.url
	}
	return append(all, remains.Beside(h.dir, url)...)
}

// full fills the file system of the state folder until room is called.
func (h *troubled) full(t *testing.T) (room func()) {
	t.Helper()
	name := filepath.Join(filepath.Dir(h.dir), "full")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	piece := make([]byte, 1<<20)
	for err == nil {
		_, err = f.Write(piece)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(f.Close(), os.Remove(name)); err != nil {
			t.Error(err)
		}
	}
}

// small is a folder in a file system of its own, which has little room.
func small(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("NOT RUN: only root can make a small file system")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256m"); err != nil {
		t.Skip("NOT RUN: a small file system cannot be made here: ", err)
	}
	t.Cleanup(func() {
		eventually(t, func() error { return syscall.Unmount(dir, 0) }) // the machine's process has its log open to its end
	})
	return dir
}

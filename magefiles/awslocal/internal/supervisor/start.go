package supervisor

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecs"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/layers"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// outOfMemory is how ECS tells of a container that has used more memory than it may.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
const outOfMemory = "OutOfMemoryError: container killed due to memory usage"

// start starts the program of a container, and reports how it ends.
func (s *Supervisor) start(t *task, c *container, w ecs.Work, job ecs.Job) {
	box, err := s.home(t)
	var lines *output
	if err == nil {
		lines, err = s.execute(t, c, box, w, job)
	}
	if t.ctx.Err() != nil {
		return
	}
	if err != nil {
		why := err.Error()
		if !strings.HasPrefix(why, "Cannot") {
			why = cannotStart + why
		}
		s.report(func() { s.Tasks.NotStarted(t.id, c.name, why) })
		return
	}
	s.report(func() { s.Tasks.Started(t.id, c.name) })
	if job.Check != nil {
		t.do(func() { s.check(t, c, *job.Check) })
	}
	exit := c.box.Wait()
	lines.wait()
	if t.ctx.Err() != nil {
		return
	}
	reason := ""
	if exit.OutOfMemory {
		reason = outOfMemory
	}
	s.report(func() { s.Tasks.Exited(t.id, c.name, exit.Code, reason) })
}

// execute makes the container and starts its program.
func (s *Supervisor) execute(t *task, c *container, box *sandbox.Task, w ecs.Work, job ecs.Job) (*output, error) {
	image := c.image
	vector := job.Vector(image.Entrypoint, image.Cmd)
	if len(vector) == 0 {
		return nil, errors.New("CannotStartContainerError: Error response from daemon: no command specified")
	}
	mounts, err := s.mounts(t, image, job)
	if err != nil {
		return nil, fmt.Errorf("make volumes: %w", err)
	}
	out, stdout, stderr, err := s.newOutput(t, c)
	if err != nil {
		return nil, err
	}
	spec := sandbox.ContainerSpec{
		Name: job.Name, Hostname: w.Hostname, Layers: image.folders, Argv: vector, Env: environment(image, w, job, s.Region), Dir: firstOf(job.Directory, image.WorkingDir, "/"),
		UID: image.owner.UID, GID: image.owner.GID, Groups: image.owner.Groups, ReadOnly: job.ReadOnly, Mounts: mounts, Files: files(w, job),
		Init: job.Init, Memory: job.Memory, ShmMB: job.SharedMemory, Stdout: stdout, Stderr: stderr,
	}
	for _, name := range slices.Sorted(maps.Keys(job.Ulimits)) {
		spec.Ulimits = append(spec.Ulimits, sandbox.Ulimit{Name: name, Soft: uint64(job.Ulimits[name][0]), Hard: uint64(job.Ulimits[name][1])})
	}
	started, err := box.Start(t.ctx, spec)
	if err != nil {
		out.wait()
		return nil, err
	}
	lacks := slices.Clone(started.Lacks)
	for _, name := range job.Lacking {
		lacks = append(lacks, name+" of the task definition is not executed")
	}
	for i := range lacks {
		lacks[i] = "[embedded AWS] " + lacks[i]
	}
	s.report(func() { s.Tasks.Write(t.id, c.name, lacks) })
	t.mu.Lock()
	c.spec, c.box = spec, started
	t.mu.Unlock()
	return out, nil
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// defaultPath is the PATH of a program whose image has none, as containerd has it.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// environment of a program: what the image says, what Fargate adds, what the task says; the later wins.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html
func environment(image *unpacked, w ecs.Work, job ecs.Job, region string) []string {
	all := map[string]string{"PATH": defaultPath, "HOME": image.home}
	for _, pair := range image.Env {
		name, value, _ := strings.Cut(pair, "=")
		all[name] = value
	}
	maps.Copy(all, map[string]string{
		"AWS_EXECUTION_ENV": "AWS_ECS_FARGATE", "AWS_REGION": region, "AWS_DEFAULT_REGION": region,
		"ECS_CONTAINER_METADATA_URI": "http://" + metadataHost + "/v3/" + job.RuntimeID, "ECS_CONTAINER_METADATA_URI_V4": "http://" + metadataHost + "/v4/" + job.RuntimeID,
		"ECS_AGENT_URI": "http://" + metadataHost + "/api/" + job.RuntimeID, "AWS_ENDPOINT_URL": "http://" + hostAddress.String() + endpointPort,
	})
	if w.Role != "" {
		all["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials/" + w.ID
	}
	maps.Copy(all, job.Environment)
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		pairs = append(pairs, name+"="+all[name])
	}
	return pairs
}

// files of /etc that a container's platform gives it.
func files(w ecs.Work, job ecs.Job) map[string][]byte {
	var hosts strings.Builder
	fmt.Fprintf(&hosts, "127.0.0.1 localhost\n%s %s\n%s %s\n", w.Address, w.Hostname, hostAddress, hostName)
	for _, name := range slices.Sorted(maps.Keys(job.Hosts)) {
		fmt.Fprintf(&hosts, "%s %s\n", job.Hosts[name], name)
	}
	return map[string][]byte{
		"/etc/hosts": []byte(hosts.String()), "/etc/hostname": []byte(w.Hostname + "\n"), "/etc/resolv.conf": []byte("nameserver " + dnsAddress.String() + "\n"),
	}
}

// mounts are the volumes of a container: those of the task, which hold at first what the image has at their paths, the image's
// own, and memory.
func (s *Supervisor) mounts(t *task, image *unpacked, job ecs.Job) ([]sandbox.Mount, error) {
	var all []sandbox.Mount
	has := map[string]bool{}
	volume := func(path, name string, readOnly bool) error {
		dir := filepath.Join(t.dir, "volumes", name)
		if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
			if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
				return err
			}
			if err := layers.Copy(image.folders, path, dir, image.owner); err != nil {
				return err
			}
		}
		has[path] = true
		all = append(all, sandbox.Mount{Target: path, Source: dir, ReadOnly: readOnly})
		return nil
	}
	t.mu.Lock() // containers of a task share volumes
	defer t.mu.Unlock()
	for i, m := range job.Mounts {
		name := "v-" + m.Volume
		if m.Volume == "" {
			name = fmt.Sprintf("c-%s-%d", job.Name, i)
		}
		if err := volume(m.Path, name, m.ReadOnly); err != nil {
			return nil, err
		}
	}
	for i, path := range image.Volumes {
		if !has[path] {
			if err := volume(path, fmt.Sprintf("i-%s-%d", job.Name, i), false); err != nil {
				return nil, err
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(job.Tmpfs)) {
		all = append(all, sandbox.Mount{Target: path, SizeMB: job.Tmpfs[path]})
	}
	return all, nil
}

package supervisor

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecs"
)

// What programs are told of their task: the endpoint of its metadata, version 4, and that of its role's credentials, which are
// good for the embedded AWS alone.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate-response.html

type containerMetadata struct {
	DockerID                   string `json:"DockerId"`
	Name                       string
	DockerName                 string
	Image                      string
	ImageID                    string
	DesiredStatus, KnownStatus string
	Limits                     limits
	CreatedAt, StartedAt       time.Time `json:",omitzero"`
	Type                       string
	ContainerARN               string
	Networks                   []network
	Snapshotter                string
}

type limits struct {
	CPU    float64
	Memory int64 // MiB
}

type network struct {
	NetworkMode    string
	IPv4Addresses  []string
	PrivateDNSName string
}

type taskMetadata struct {
	Cluster, TaskARN, Family, Revision, DesiredStatus, KnownStatus string
	Limits                                                         limits
	AvailabilityZone                                               string
	LaunchType                                                     string
	ServiceName                                                    string `json:",omitempty"`
	Containers                                                     []containerMetadata
}

// metadata answers a task's questions for itself.
func (s *Supervisor) metadata(t *task) http.Handler {
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v) // the program's matter
	}
	find := func(w http.ResponseWriter, r *http.Request) *ecs.Job {
		for i, job := range t.now().Containers {
			if job.RuntimeID == r.PathValue("id") {
				return &t.now().Containers[i]
			}
		}
		http.Error(w, "V4 container metadata handler: unable to get container ID from request", http.StatusNotFound)
		return nil
	}
	mux.HandleFunc("GET /v4/{id}", func(w http.ResponseWriter, r *http.Request) {
		if job := find(w, r); job != nil {
			answer(w, describe(t.now(), *job))
		}
	})
	mux.HandleFunc("GET /v4/{id}/task", func(w http.ResponseWriter, r *http.Request) {
		if find(w, r) != nil {
			answer(w, describeTask(t.now()))
		}
	})
	mux.HandleFunc("GET /v4/{id}/stats", func(w http.ResponseWriter, r *http.Request) {
		if job := find(w, r); job != nil {
			answer(w, t.stats(job.Name))
		}
	})
	mux.HandleFunc("GET /v2/credentials/{id}", func(w http.ResponseWriter, r *http.Request) {
		if role := t.now().Role; role != "" && r.PathValue("id") == t.id {
			answer(w, map[string]string{
				"RoleArn": role, "AccessKeyId": "local", "SecretAccessKey": "local", "Token": "local",
				"Expiration": time.Now().Add(6 * time.Hour).UTC().Format(time.RFC3339),
			})
			return
		}
		http.Error(w, `{"code":"InvalidIdInRequest","message":"CredentialsHandler: Invalid credentials ID"}`, http.StatusBadRequest)
	})
	return mux
}

// now is what is wanted of the task now.
func (t *task) now() ecs.Work {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.work
}

func describe(w ecs.Work, job ecs.Job) containerMetadata {
	return containerMetadata{
		DockerID: job.RuntimeID, Name: job.Name, DockerName: job.Name, Image: job.Image, ImageID: job.Digest,
		DesiredStatus: "RUNNING", KnownStatus: "RUNNING", Limits: limits{CPU: 2, Memory: job.Memory >> 20}, Type: "NORMAL", ContainerARN: job.ARN,
		Networks: []network{{"awsvpc", []string{w.Address}, w.Hostname}}, Snapshotter: "overlayfs",
	}
}

func describeTask(w ecs.Work) taskMetadata {
	m := taskMetadata{
		Cluster: w.Cluster, TaskARN: w.ARN, Family: w.Family, Revision: itoa(w.Revision), DesiredStatus: "RUNNING", KnownStatus: "RUNNING",
		Limits: limits{float64(w.CPU) / 1024, w.Memory >> 20}, AvailabilityZone: w.Zone, LaunchType: "FARGATE", ServiceName: w.Service,
	}
	for _, job := range w.Containers {
		if job.RuntimeID != "" {
			m.Containers = append(m.Containers, describe(w, job))
		}
	}
	return m
}

// stats of a container, as far as they are known, in the form of Docker's.
func (t *task) stats(name string) map[string]any {
	t.mu.Lock()
	c := t.containers[name]
	t.mu.Unlock()
	out := map[string]any{"name": strings.TrimSpace(name), "read": time.Now().UTC()}
	if c == nil || c.box == nil {
		return out
	}
	if u, err := c.box.Use(); err == nil {
		out["memory_stats"] = map[string]any{"usage": u.Memory}
		out["cpu_stats"] = map[string]any{"cpu_usage": map[string]any{"total_usage": u.CPU.Nanoseconds()}}
	}
	return out
}

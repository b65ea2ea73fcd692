package targets_test

import (
	"testing"

	"github.com/bellyfed/splitecs/cfn"
)

// nextServer is a world with an image of a Next.js server that says where to listen in its variables alone, and a check
// that asks the loopback address.
func nextServer(t *testing.T) *world {
	t.Helper()
	w := newWorld(t).timed()
	w.app.Image = cfn.Image{Command: []string{"node", "server.js"}, Env: map[string]string{"HOSTNAME": "0.0.0.0"}}
	w.holds(w.app.Image.Command, []string{"env"})
	w.app.Container.HealthCheckCommand = []string{"CMD", "node", "-e", "fetch('http://127.0.0.1:3000/health')"}
	w.infra()
	w.push("v1")
	return w
}

// Fargate's runtime sets HOSTNAME over the image's, and Next.js then listens there alone.
func TestHostnameOfTheImageAlone(t *testing.T) {
	t.Parallel()
	w := nextServer(t)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(8, "why:  own-address: the program listens on the task's own address only", ":3000 alone: HOSTNAME is the runtime's",
		"failed container health checks", "next: set the variable HOSTNAME to 0.0.0.0 in Container.Variables")
}

// What the task definition says counts for the program, and so does what the command says.
func TestHostnameOfTheTask(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*cfn.App){
		"Variables":         func(a *cfn.App) { a.Container.Variables = map[string]string{"HOSTNAME": "0.0.0.0"} },
		"Container.Command": func(a *cfn.App) { a.Container.Command = []string{"env", "HOSTNAME=0.0.0.0", "node", "server.js"} },
		"a check elsewhere": func(a *cfn.App) { a.Container.HealthCheckCommand = []string{"CMD", "node", "server.js", "healthy"} },
		"no check":          func(a *cfn.App) { a.Container.HealthCheckCommand = nil },
	} {
		w := nextServer(t)
		change(&w.app)
		w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
		if w.code != 0 {
			t.Errorf("%s: exit code %d\n%s", name, w.code, &w.err)
		}
	}
}

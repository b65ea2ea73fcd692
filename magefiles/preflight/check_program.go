package preflight

import (
	"fmt"
	"net"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/internal/argv"
)

// Program is what is known of the program in an image.
type Program struct {
	NextJS bool // it is a Next.js server; by its image's own word, or by what that looks like
	// What follows is known by the image's own word alone.
	Home, Dist string   // where the server stands, and the build below it
	BasePath   string   // that every address begins with
	Writes     []string // folders that it writes to
	// Public are the values of NEXT_PUBLIC_ variables that the build is known to have had, and PublicAtRunTime an application
	// that hands them to browsers by itself.
	Public          map[string]string
	PublicAtRunTime bool
	// HealthCheck is what the build's routes say against Wanted.HealthCheckPath; empty where nothing is known.
	HealthCheck string
}

var programChecks = []check{
	{Description{
		Name: "address", Finds: "a Next.js server that listens on the task's own name alone, because HOSTNAME is left to the container's runtime (warning)", Permissions: imagePermissions,
	}, checkAddress},
	{Description{
		Name: "idle connections", Finds: "a server that closes idle connections before the load balancer does, which then answers 502 now and then (warning)", Permissions: imagePermissions,
	}, checkKeepAlive},
	{Description{
		Name: "writable folders", Finds: "an empty volume over what a Next.js build rendered; folders that a Next.js server writes to and that are read-only (warning)", Permissions: imagePermissions,
	}, checkWritable},
	{Description{
		Name: "base path", Finds: "a health check that asks outside of the basePath of a Next.js application (warning)", Permissions: imagePermissions,
	}, checkBasePath},
	{Description{
		Name: "health check path", Finds: "a path that no route of the Next.js build answers, or that it redirects (warning)", Permissions: imagePermissions,
	}, checkRoute},
}

// variable is the value that the program will find: the task definition's goes before the image's. Of a secret only that
// it is given is known.
func (f Facts) variable(name string) (value string, given bool) {
	if value, given = f.Wanted.Variables[name]; given {
		return value, true
	}
	if _, given = f.Wanted.Secrets[name]; given {
		return "", true
	}
	value, given = f.Image.Value.Env[name]
	return value, given
}

// executed is the vector of what the container runs.
func (f Facts) executed() []string {
	return argv.Of(f.Wanted.EntryPoint, f.Wanted.Command, f.Image.Value.EntryPoint, f.Image.Value.Command)
}

// checkAddress: the server of a standalone build listens on HOSTNAME. Fargate's runtime puts the task's name there, over
// the image's variable. https://github.com/vercel/next.js/issues/58657
func checkAddress(f Facts) []Finding {
	if f.Image.State != Known || !f.Image.Value.Program.NextJS || f.Wanted.Port == 0 {
		return nil
	}
	line := strings.Join(f.executed(), " ")
	value, variable := f.Wanted.Variables["HOSTNAME"]
	_, secret := f.Wanted.Secrets["HOSTNAME"]
	set := setsHostname.FindStringSubmatch(line)
	switch {
	case set != nil && variable && value != everyAddress && value != set[1]:
		return []Finding{{
			Level: Warning, What: "variable HOSTNAME",
			Why:  fmt.Sprintf("says %q, and the image's command lets the server listen on %q, whatever the variable says", value, set[1]),
			Next: fmt.Sprintf(`set App.Image.Env["HOSTNAME"] to %q and push a new image, or take the variable out`, value),
		}}
	case strings.Contains(line, "HOSTNAME") || nextStart.MatchString(line): // the latter does not read it
		return nil
	case variable && onlyItself(value):
		return []Finding{{
			Level: Warning, What: "variable HOSTNAME",
			Why:  fmt.Sprintf("lets the Next.js server listen on %s alone, where the load balancer does not reach it", value),
			Next: fmt.Sprintf("set it to %q", everyAddress),
		}}
	case variable || secret:
		return nil
	}
	return []Finding{{
		Level: Warning, What: "image",
		Why:  "has a Next.js server, which listens on HOSTNAME; Fargate's runtime puts the task's own name there, whatever the image says, and then nothing answers on 127.0.0.1",
		Next: `set Container.Variables["HOSTNAME"] to "0.0.0.0"`,
	}}
}

const everyAddress = "0.0.0.0"

// setsHostname is how the command of an image that was made here sets the variable before the server reads it.
var setsHostname = lazyregexp.New(`process\.env\.HOSTNAME="([^"]*)"`)

// nextStart is a server of Next.js that is no standalone one: it reads neither HOSTNAME nor KEEP_ALIVE_TIMEOUT, listens on
// all addresses, and has an option for the time of idle connections.
// https://nextjs.org/docs/app/api-reference/cli/next#next-start-options
var nextStart = lazyregexp.New(`(?:^|[\s/])next start\b`)

// keepAliveOption is that option, in milliseconds.
var keepAliveOption = lazyregexp.New(`--keepAliveTimeout[= ]+([0-9]+)`)

// onlyItself tells whether nobody outside of the task reaches an address.
func onlyItself(address string) bool {
	ip := net.ParseIP(address)
	return address == "localhost" || ip != nil && ip.IsLoopback()
}

// keepAliveVariables say how long servers keep idle connections, with the unit of their numbers; nextJS are those that mean
// it in a Next.js server alone, for others have names like that for something else.
//
//   - https://nextjs.org/docs/app/api-reference/config/next-config-js/output (server.js)
//   - https://www.uvicorn.org/settings/#timeouts
var keepAliveVariables = []struct {
	name   string
	unit   time.Duration
	nextJS bool
}{
	{"KEEP_ALIVE_TIMEOUT", time.Millisecond, true},
	{"UVICORN_TIMEOUT_KEEP_ALIVE", time.Second, false},
}

func checkKeepAlive(f Facts) []Finding {
	idle := f.Wanted.IdleTimeout
	if f.Image.State != Known || f.Wanted.Port == 0 || idle == 0 {
		return nil
	}
	enough := int((idle + 5*time.Second) / time.Millisecond)
	if line := strings.Join(f.executed(), " "); nextStart.MatchString(line) {
		if given := keepAliveOption.FindStringSubmatch(line); given != nil {
			if n, err := strconv.Atoi(given[1]); err == nil && time.Duration(n)*time.Millisecond > idle {
				return nil
			}
		}
		return []Finding{{
			Level: Warning, What: "command",
			Why:  fmt.Sprintf("starts a Next.js server that closes idle connections before the load balancer, which reuses them for %s: requests on one that was just closed end with 502", idle),
			Next: fmt.Sprintf("add --keepAliveTimeout %d to next start, which reads no variable for it", enough),
		}}
	}
	for _, v := range keepAliveVariables {
		text, given := f.variable(v.name)
		n, err := strconv.Atoi(text)
		if !given || err != nil || v.nextJS && !f.Image.Value.Program.NextJS {
			continue
		}
		if keeps := time.Duration(n) * v.unit; keeps <= idle {
			return []Finding{{
				Level: Warning, What: "variable " + v.name,
				Why:  fmt.Sprintf("closes idle connections after %s, and the load balancer reuses them for %s: requests on one that was just closed end with 502", keeps, idle),
				Next: fmt.Sprintf("set it to %d", (idle+5*time.Second)/v.unit),
			}}
		}
	}
	if _, given := f.variable("KEEP_ALIVE_TIMEOUT"); !given && f.Image.Value.Program.NextJS {
		return []Finding{{
			Level: Warning, What: "image",
			Why:  fmt.Sprintf("has a Next.js server, which closes idle connections after 5 s, and the load balancer reuses them for %s: requests on one that was just closed end with 502", idle),
			Next: fmt.Sprintf(`set Container.Variables["KEEP_ALIVE_TIMEOUT"] to "%d" (where a script runs next start, add --keepAliveTimeout %d to that instead)`, enough, enough),
		}}
	}
	return nil
}

// checkWritable: Fargate fills a volume with what the image has in its place where the image declares it, and only there.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
func checkWritable(f Facts) []Finding {
	p := f.Image.Value.Program
	if f.Image.State != Known || !p.NextJS || p.Home == "" {
		return nil
	}
	var all []Finding
	for _, mounted := range f.Wanted.WritablePaths {
		if hides(mounted, p) && !slices.Contains(f.Image.Value.Volumes, mounted) {
			all = append(all, Finding{
				Level: Error, What: "writable path " + mounted,
				Why:  "would be empty: the build's files are there, and ECS copies them into the volume only where the image declares it",
				Next: "SPLITECS_ENV=" + f.Wanted.Place + " go tool mage image:push   # a new image, which declares it; or take it out of Container.WritablePaths",
			})
		}
	}
	if !f.Wanted.ReadOnlyRoot {
		return all
	}
	for _, folder := range p.Writes {
		if !slices.ContainsFunc(f.Wanted.WritablePaths, func(mounted string) bool { return below(folder, mounted) }) {
			all = append(all, Finding{
				Level: Warning, What: "folder " + folder,
				Why:  "is read-only, and the Next.js server writes to it: " + loses(folder),
				Next: "add it to Container.WritablePaths, or leave that empty: these folders are its default",
			})
		}
	}
	return all
}

// hides tells whether a volume at a path lies over files of the build.
func hides(mounted string, p Program) bool {
	if slices.ContainsFunc(p.Writes, func(folder string) bool { return below(mounted, folder) }) {
		return false
	}
	dist := path.Join(p.Home, p.Dist)
	// What the server needs is found from its folder upwards; tools make .cache there.
	if at, inside, found := strings.Cut(mounted+"/", "/node_modules/"); found && below(p.Home, at) && !strings.HasPrefix(inside, ".cache/") {
		return true
	}
	return below(p.Home, mounted) || below(dist, mounted) || below(mounted, dist) || below(mounted, path.Join(p.Home, "public"))
}

// below tells whether a path is a folder or lies in it.
func below(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/")
}

func loses(folder string) string {
	switch path.Base(folder) {
	case "cache":
		return "each image is made anew for each request"
	case "route-cache":
		return "each page that is rendered anew leaves lines of ENOENT in the log"
	}
	return "what it writes there is lost"
}

func checkBasePath(f Facts) []Finding {
	base := f.Image.Value.Program.BasePath
	if f.Image.State != Known || base == "" || f.Wanted.Port == 0 || below(f.Wanted.HealthCheckPath, base) {
		return nil
	}
	return []Finding{{
		Level: Warning, What: "health check",
		Why:  fmt.Sprintf("asks for %s, and the Next.js application answers below its basePath %s alone", f.Wanted.HealthCheckPath, base),
		Next: "set Container.HealthCheckPath to " + path.Join(base, f.Wanted.HealthCheckPath),
	}}
}

func checkRoute(f Facts) []Finding {
	p := f.Image.Value.Program
	if f.Image.State != Known || p.HealthCheck == "" || f.Wanted.Port == 0 || p.BasePath != "" && !below(f.Wanted.HealthCheckPath, p.BasePath) {
		return nil // outside of basePath is told apart
	}
	why, next, _ := strings.Cut(p.HealthCheck, ": ")
	return []Finding{{Level: Warning, What: "health check", Why: why, Next: next}}
}

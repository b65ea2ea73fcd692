package preflight

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// wordsChecks compare what an image says of the container with what the task definition says, which goes before it or which
// alone counts. They are made when the image is built, too.
var wordsChecks = []check{
	{Description{
		Name: "image user", Finds: "a container that runs as another user than the image's own (warning)", Permissions: imagePermissions,
	}, checkImageUser},
	{Description{
		Name: "image volumes", Finds: "a volume of the image that the task has not, on a read-only root filesystem (warning)", Permissions: imagePermissions,
	}, checkImageVolumes},
	{Description{
		Name: "image health check", Finds: "a HEALTHCHECK of the image, which ECS ignores, where the task has none (warning)", Permissions: imagePermissions,
	}, checkImageHealth},
	{Description{
		Name: "health check command", Finds: "a health check whose program or shell is not in the image, as far as that is known", Permissions: imagePermissions,
	}, checkHealthCommand},
	{Description{
		Name: "stop signal", Finds: "a STOPSIGNAL that ends the program at once, or that is another program's (warning)", Permissions: imagePermissions,
	}, checkStopSignal},
	{Description{
		Name: "public variables", Finds: "variables NEXT_PUBLIC_… of a Next.js server, which came into the files for browsers when it was built (warning)", Permissions: imagePermissions,
	}, checkPublic},
}

// CheckWords judges an image that was just built: what it says against what is configured. Pure.
func CheckWords(f Facts) []Finding {
	return judge(f, slices.Concat([]check{portCheck}, commandChecks, wordsChecks))
}

// wellKnownUsers are the numbers of users whom official images have by name.
var wellKnownUsers = map[string]string{"root": "0", "node": "1000", "nonroot": "65532", "nobody": "65534"}

// number is the number of a user, as far as it is known; else the name.
func (i Image) number(user string) string {
	name, _, _ := strings.Cut(user, ":")
	if n, known := i.Users[name]; known {
		return n
	}
	if n, known := wellKnownUsers[name]; known {
		return n
	}
	return name
}

func checkImageUser(f Facts) []Finding {
	img := f.Image.Value
	if f.Image.State != Known || f.Wanted.User == "" || img.User == "" || img.number(img.User) == "0" || img.number(img.User) == img.number(f.Wanted.User) {
		return nil
	}
	return []Finding{{
		Level: Warning, What: "user",
		Why:  fmt.Sprintf("the image says USER %s, and the container runs as %s: files that are that user's alone are closed to it", img.User, f.Wanted.User),
		Next: fmt.Sprintf("set Container.User to %q, or to \"image\"", img.User),
	}}
}

func checkImageVolumes(f Facts) []Finding {
	if f.Image.State != Known || !f.Wanted.ReadOnlyRoot {
		return nil
	}
	var all []Finding
	for _, v := range f.Image.Value.Volumes {
		if slices.Contains(f.Image.Value.OwnVolumes, v) || slices.ContainsFunc(f.Wanted.WritablePaths, func(mounted string) bool { return below(v, mounted) }) {
			continue
		}
		all = append(all, Finding{
			Level: Warning, What: "volume " + v, Why: "the image declares it (VOLUME), and the task definition mounts nothing there: on the read-only root filesystem it cannot be written to",
			Next: "add it to Container.WritablePaths",
		})
	}
	return all
}

// checkImageHealth: ECS looks at health checks of the task definition alone.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
func checkImageHealth(f Facts) []Finding {
	test := f.Image.Value.HealthCheck
	if f.Image.State != Known || len(test) == 0 || f.Wanted.HealthCheck {
		return nil
	}
	if test[0] != "CMD" && test[0] != "CMD-SHELL" {
		test = append([]string{"CMD"}, test...)
	}
	return []Finding{{
		Level: Warning, What: "health check", Why: "the image has a HEALTHCHECK, which ECS ignores, and the task definition has none",
		Next: fmt.Sprintf("set Container.HealthCheckCommand to %q, or to an empty list that is not nil, where the load balancer's is enough", test),
	}}
}

// checkHealthCommand: a check that cannot run fails, and ECS replaces each task.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
func checkHealthCommand(f Facts) []Finding {
	if f.Image.State != Known || f.Image.Value.NoHealthCheck == "" {
		return nil
	}
	return []Finding{{
		Level: Error, What: "health check", Why: "cannot run in the image: " + f.Image.Value.NoHealthCheck + "; each task would be unhealthy, and the deployment fail",
		Next: f.Image.Value.HealthCheckNext,
	}}
}

// checkStopSignal: a task that is stopped gets the image's STOPSIGNAL, else SIGTERM.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html
func checkStopSignal(f Facts) []Finding {
	signal := strings.ToUpper(f.Image.Value.StopSignal)
	if f.Image.State != Known || signal == "" {
		return nil
	}
	if n, named := signalNumbers[signal]; named {
		signal = n
	}
	if !strings.HasPrefix(signal, "SIG") {
		signal = "SIG" + signal
	}
	another := len(f.Wanted.Command) > 0 || f.Image.Value.Program.NextJS
	why := ""
	switch {
	case signal == "SIGTERM":
		return nil
	case signal == "SIGKILL", signal == "SIGSTOP":
		why = "a task that is stopped ends at once, in the middle of its requests"
	case another && signal != "SIGINT":
		why = "a task that is stopped gets it in place of SIGTERM, and what it executes is not the program that the image was made for"
	default:
		return nil
	}
	return []Finding{{
		Level: Warning, What: "stop signal", Why: fmt.Sprintf("the image says STOPSIGNAL %s: %s", f.Image.Value.StopSignal, why),
		Next: "build the image with STOPSIGNAL SIGTERM, or on another base",
	}}
}

// signalNumbers are the signals that STOPSIGNAL may name by number (signal(7), x86 and ARM).
var signalNumbers = map[string]string{"1": "SIGHUP", "2": "SIGINT", "3": "SIGQUIT", "9": "SIGKILL", "10": "SIGUSR1", "12": "SIGUSR2", "15": "SIGTERM", "19": "SIGSTOP", "28": "SIGWINCH"}

// publicPrefix begins the names of variables whose values `next build` writes into the files for browsers.
// https://nextjs.org/docs/app/guides/environment-variables#bundling-environment-variables-for-the-browser
const publicPrefix = "NEXT_PUBLIC_"

func checkPublic(f Facts) []Finding {
	p := f.Image.Value.Program
	if f.Image.State != Known || !p.NextJS || p.PublicAtRunTime {
		return nil
	}
	var all []Finding
	for _, name := range slices.Sorted(maps.Keys(f.Wanted.Variables)) {
		if !strings.HasPrefix(name, publicPrefix) {
			continue
		}
		built, known := p.Public[name]
		if known && built == f.Wanted.Variables[name] {
			continue
		}
		why := "has no effect in browsers: next build writes the value that it has then into their files"
		if known {
			why += fmt.Sprintf(", which was %q, and the task has %q", built, f.Wanted.Variables[name])
		}
		all = append(all, Finding{
			Level: Warning, What: "variable " + name, Why: why,
			Next: "give it to next build, one build for each environment whose value differs, or hand it to browsers from the server under another name",
		})
	}
	return all
}

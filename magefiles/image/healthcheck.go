package image

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// HealthCheck tells whether the command of a container's health check, in the form that ECS takes ("CMD" or "CMD-SHELL" and
// what follows), cannot run in the image: its program, the shell or what these need is not in it. ECS would replace each task
// as unhealthy. Nil is also what is not known. The base is listed only where neither the layers nor its configuration tell.
// The error is that of ctx.
func (b *Built) HealthCheck(ctx context.Context, command []string) (*NotStartable, error) {
	if b.asked == nil {
		return nil, nil
	}
	check := healthCheckOf(b.asked.config, command)
	return check.stuck(func(x execution) (*listing, *NotStartable) { return b.asked.lacks(ctx, x) }), b.asked.err(ctx)
}

// healthCheck is the command of a health check in an image.
type healthCheck struct {
	image v1.Config
	words []string // in the exec form
	shell bool     // words are ["/bin/sh", "-c", TEXT] by CMD-SHELL
}

func healthCheckOf(c v1.Config, command []string) healthCheck {
	if len(command) < 2 {
		return healthCheck{image: c}
	}
	if command[0] != "CMD-SHELL" {
		return healthCheck{image: c, words: command[1:]}
	}
	return healthCheck{image: c, words: []string{systemShell, "-c", command[1]}, shell: true}
}

// systemShell runs what stands behind CMD-SHELL.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
const systemShell = "/bin/sh"

// execution is that of some words as the check is executed. The task may have other variables for Node.js than the image.
func (h healthCheck) execution(words []string) execution {
	x := executionOf(h.image, nil)
	x.words, x.nodeOptions = words, ""
	return x
}

// stuck is what the check needs and the image lacks. lacks tells of one execution what is missing, and what the image holds
// where that was looked at.
func (h healthCheck) stuck(lacks func(execution) (*listing, *NotStartable)) *NotStartable {
	if len(h.words) == 0 {
		return nil
	}
	all, missing := lacks(h.execution(h.words))
	switch {
	case missing != nil && h.shell && len(h.image.Shell) > 0 && path.Base(missing.File) == path.Base(systemShell):
		if _, missing := lacks(h.execution(h.image.Shell[:1])); missing == nil {
			return nil // engines may take the image's own
		}
	case missing != nil:
	case isShell(h.words[0]) && len(h.words) == 3 && h.words[1] == "-c":
		all, missing = h.fails(h.words[2], lacks)
	}
	if missing == nil {
		return nil
	}
	missing.Next = h.next(missing, all)
	return missing
}

func isShell(program string) bool {
	return slices.Contains([]string{"sh", "bash", "ash", "dash"}, path.Base(program))
}

// fails is the program for want of which a line of a shell is certain to fail; nil where it may succeed.
func (h healthCheck) fails(line string, lacks func(execution) (*listing, *NotStartable)) (all *listing, missing *NotStartable) {
	list, ok := andOrList(line)
	if !ok || strings.Contains(line, "PATH=") {
		return nil, nil
	}
	failing := false
	for i, step := range list {
		if i > 0 && step.or != failing {
			continue // A || B runs B where A fails, A && B where it may not have
		}
		words := step.words
		if len(words) > 1 && words[0] == "exec" {
			words = words[1:]
		}
		switch {
		case len(words) == 0:
			failing = false
		case words[0] == "false", words[0] == "exit" && len(words) == 2 && strings.Trim(words[1], "0") != "":
			failing = true
			if missing == nil {
				return nil, nil // it is meant to
			}
		case words[0] == "cd":
			return nil, nil
		case builtin[words[0]] || !programName(words[0]):
			failing = false
		default:
			holds, lacking := lacks(h.execution(words))
			failing = lacking != nil
			if failing && missing == nil {
				all, missing = holds, lacking
			}
		}
		if step.or && !failing {
			return nil, nil // something else was tried, and may do
		}
	}
	if !failing {
		return nil, nil
	}
	return all, missing
}

// builtin are the words that a shell knows itself, and those that busybox's does.
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
var builtin = set(". : [ [[ alias bg break case command continue do done echo elif else esac eval exec exit export fg fi for getopts hash if jobs kill local let printf pwd " +
	"read readonly return set shift source test then times trap true type ulimit umask unalias unset until wait while ! { }")

// programName tells whether a word of a shell is what it says, without variables or assignments.
func programName(word string) bool { return !strings.ContainsAny(word, "$`=*?[]{}<>~") }

// alternatives are programs with which people ask a server.
var alternatives = []string{"curl", "wget", "node", "python3", "python", "php", "ruby", "bun", "deno"}

func (h healthCheck) next(missing *NotStartable, all *listing) (next []string) {
	if missing.Denied {
		return []string{"chmod +x it where it is built, or name the program that runs it in Container.HealthCheckCommand"}
	}
	const field = "Container.HealthCheckCommand"
	var have []string
	if h.shell && missing.File == systemShell {
		next = append(next, "write it without a shell, as CMD with the words of a program that is there")
	}
	if all != nil {
		x := h.execution(nil)
		for _, program := range alternatives {
			if x.lookUp(all, program) != nil {
				have = append(have, program)
			}
		}
		if others := all.named(path.Base(missing.File)); len(others) > 0 {
			next = append(next, fmt.Sprintf("name it as it lies there: %s = []string{\"CMD\", %q, …}", field, others[0]))
		}
	}
	if len(have) > 0 {
		next = append(next, fmt.Sprintf("ask by %s, which the image has: %s = []string{\"CMD\", %q, …}", strings.Join(have, " or "), field, have[0]))
	}
	return append(next,
		fmt.Sprintf("put a program that asks into the image and name it, %s = []string{\"CMD\", \"/PROGRAM\"} (beside a Go program: App.Image.Go.Programs)", field),
		"or set "+field+" to []string{}, where the load balancer's check is enough")
}

// lacks is what an execution needs and the image does not have, and what it has where the whole of it was looked at.
func (q *question) lacks(ctx context.Context, x execution) (*listing, *NotStartable) {
	missing := x.missing(q.own)
	switch {
	case missing == nil:
		return q.all, nil
	case q.own.partial:
		return nil, nil
	case q.hasShell && missing.File == systemShell:
		return nil, nil
	case q.brings[path.Base(x.words[0])] && !strings.Contains(x.words[0], "/") && x.lookUp(q.own, x.words[0]) == nil:
		if script := x.noScript(q.own); script == nil || !within(script.File, []string{x.workingDir}) {
			return nil, nil
		}
	}
	all := q.everything(ctx)
	if all == nil {
		return nil, nil
	}
	return all, x.missing(all)
}

// shellRan tells whether a step of a base was run by its shell. Docker's legacy builder writes "#(nop)" where none was.
func shellRan(cf *v1.ConfigFile) bool {
	return slices.ContainsFunc(cf.History, func(h v1.History) bool {
		run := strings.TrimPrefix(h.CreatedBy, "RUN ")
		return strings.HasPrefix(run, systemShell+" -c ") && !strings.Contains(run, "#(nop)")
	})
}

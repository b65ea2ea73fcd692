package rollout

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// programSignatures are programs that end by themselves. What the last lines say is more particular than the code.
var programSignatures = []signature{
	{
		name: "architecture", logs: []string{"exec format error"},
		what:   "the image is built for another processor architecture",
		detail: clue.lastLine, likely: of(Architecture, Image),
		advice: "build the image for the environment's Architecture, or set Architecture to the image's; a script has to begin with #! and its interpreter",
		look:   lookLog, page: guide + "ecs-arm64.html",
	},
	{
		name: "out-of-memory", source: fromTask, says: []string{"OutOfMemory"},
		what: "the container ran out of memory",
		likely: func(_ clue, c Change) bool {
			return c.Kind == Memory || c.Kind == Image || c.Kind == Variable && c.Was
		},
		advice: "raise the environment's Memory, or let the program use less",
		look:   lookTask, page: pageMemory,
	},
	byLastLines("heap-exhausted", []string{"heap out of memory|java heap space|java.lang.outofmemoryerror"},
		"the program's own heap is full", "raise the heap's limit (NODE_OPTIONS=--max-old-space-size=…, -Xmx…) and the environment's Memory"),
	{
		name: "variable-removed", source: fromTask, when: func(c clue) bool { return c.ended() && misses(c) },
		sees: "the last lines name a variable that is there no more",
		what: "the program misses a variable that the revision before had", detail: func(c clue) string { return c.lastLine() + ended(c) },
		likely: isMissing,
		advice: "add the variable to Variables or Secrets again",
		look:   lookDefinition, page: pageStopped,
	},
	byLastLines("port-in-use", []string{"eaddrinuse|address already in use"},
		"the program's port is in use: two programs in the container want it", "start one program, or give them different ports"),
	byWrite("read-only", onReadOnlyRoot, "`EROFS` or `read-only file system`, or where the root filesystem is read-only and the folder no volume: `permission denied` of a write, Node's `ENOENT … mkdir`, `attempt to write a readonly database`",
		"the program writes to the read-only root filesystem", "name the folder in Container.WritablePaths, or set Container.WritableRootFilesystem", nameFolder),
	byWrite("not-writable", onForeignFolder, "`permission denied` of a write (`mkdir`, `unlink`, `rename`, a `.log` …) elsewhere, or of any file of a writable path",
		"the program may not write to a folder", "give the folder to Container.User in the image; one of WritablePaths has to be declared a volume there, or it belongs to root", giveFolder),
	byLastLines("module-missing", []string{"cannot find module|module_not_found|modulenotfounderror|could not find or load main class|noclassdeffounderror|cannot open shared object file|error loading shared libraries"},
		"a module of the program is not in the image", "build the image with all dependencies; a Next.js standalone build needs its own node_modules beside it"),
	byLastLines("name-unresolved", []string{" enotfound|'enotfound|\"enotfound|eai_again|no such host|could not resolve host|name or service not known|name resolution"},
		"a host's name that the program needs cannot be resolved", "look at the name in the variables, and at DNS resolution and DNS host names of the VPC"),
	byLastLines("login-refused", []string{"authentication failed|access denied for user|wrongpass|noauth authentication required|invalid password"},
		"another service refuses the program's credentials", "look at user and password in Secrets, and whether they were rotated"),
	byLastLines("certificate", []string{"self-signed certificate|self signed certificate|unable to verify the first certificate|unable_to_verify|signed by unknown authority|certificate has expired|certificate verify failed|x509:"},
		"the program does not trust another service's certificate", "put the authority's certificate into the image, or name the host as the certificate does"),
	byLastLines("connection-refused", []string{"econnrefused|connection refused"},
		"the program cannot connect to another service: nothing listens there", "look at host and port in the variables: localhost is the container itself"),
	byLastLines("connection-timeout", []string{"etimedout|connection timed out|i/o timeout|connect timeout|connection timeout|timed out"},
		"the program cannot reach another service in time", "let the other side's security group take the task's, and look at the subnets' routes"),
	byLastLines("file-denied", []string{"eacces|permission denied|operation not permitted|eperm"},
		"the program may not use a file or a port", "give the file to Container.User in the image; ports below 1024 need another user"),
	missingFolder(byLastLines("file-missing", []string{"enoent|no such file or directory"},
		"a file that the program needs is not in the image", "add the file to the image; paths begin at WorkingDir")),
	// Last of these, for programs warn of variables that they can do without.
	byLastLines("variable-missing", []string{"environment variable|env variable|env var |is not set|must be set|missing env|missing required"},
		"the program misses a variable", "add the variable to Variables or Secrets"),
	byExitCode("command-missing", "the shell did not find the command", "look at Image.Entrypoint and Container.Command, and at what the image holds", ofProgram, 127),
	byExitCode("command-denied", "the command could not be executed", "make it executable in the image, and look at Container.User", ofProgram, 126),
	byExitCode("killed", "the program was killed (SIGKILL), and ECS had not asked its task to stop", "raise the environment's Memory where the program used much of it; where another container ended the task, the program took longer than its stop timeout", of(Memory, Image), 137),
	byExitCode("crashed", "the program crashed", "SPLITECS_TASK=stopped go tool mage service:logs {env}   # its last lines; native modules have to fit the image's base and architecture", ofProgram, 132, 133, 134, 135, 136, 139),
	byExitCode("ended", "the program ended by itself, without an error; a service's program has to go on", "let the program run in the foreground, and look at the command", ofProgram, 0),
	{
		name: "exited-at-start", source: fromTask, when: func(c clue) bool { return c.ended() && c.task.Ran < atStart },
		sees: "exit code, within 10 s", what: "the program ended by itself at its start", detail: exitCode, likely: ofProgram,
		advice: "SPLITECS_TASK=stopped go tool mage service:logs {env}   # its last lines; compare its variables and secrets with those of the previous revision",
		look:   lookLog, page: pageStopped,
	},
	{
		name: "exited", source: fromTask, when: clue.ended,
		sees: "exit code, later", what: "the program ended by itself", detail: exitCode, likely: ofProgram,
		advice: "SPLITECS_TASK=stopped go tool mage service:logs {env}   # its last lines: it had started, and something ended it",
		look:   lookLog, page: pageStopped,
	},
}

// atStart is how long a program may run and still have ended at its start.
const atStart = 10 * time.Second

// byLastLines recognises why a program ended.
func byLastLines(name string, logs []string, what, advice string) signature {
	return signature{
		name: name, source: fromTask, logs: logs, when: clue.ended, what: what, likely: ofProgram,
		detail: func(c clue) string { return strings.TrimSpace(telling(c.log, logs)) + ended(c) },
		advice: advice, look: lookLog, page: pageStopped,
	}
}

// byExitCode recognises exit codes.
func byExitCode(name, what, advice string, likely func(clue, Change) bool, codes ...int32) signature {
	words := make([]string, len(codes))
	for i, code := range codes {
		words[i] = fmt.Sprint(code)
	}
	return signature{
		name: name, source: fromTask, when: func(c clue) bool { return c.ended() && slices.Contains(codes, *c.task.Exit) },
		sees: "exit code " + strings.Join(words, ", "), what: what, detail: exitCode, likely: likely,
		advice: advice, look: lookLog, page: pageStopped,
	}
}

// ended tells whether the task's program ended by itself: how it ends when it is asked to stop tells nothing.
func (c clue) ended() bool {
	return c.source == fromTask && c.task.Exit != nil && c.task.failed() && !c.task.unhealthy() &&
		(c.task.Code == "" || c.task.Code == string(types.TaskStopCodeEssentialContainerExited))
}

func exitCode(c clue) string { return strings.TrimPrefix(ended(c), "; ") }

// ended is how: ; exit code 3, 4 s after its start.
func ended(c clue) string { return fmt.Sprintf("; exit code %d%s", *c.task.Exit, after(c.task)) }

// telling is the line of the log that has the words.
func telling(log string, words []string) string {
	for line := range strings.Lines(log) {
		if has(strings.ToLower(line), words) {
			return line
		}
	}
	return ""
}

// isMissing tells of a variable or secret that it vanished and that the last lines name it.
func isMissing(c clue, change Change) bool {
	return (change.Kind == Variable || change.Kind == Secret) && !change.Is && strings.Contains(c.log, change.Name)
}

// misses tells whether one of them is missing.
func misses(c clue) bool {
	return slices.ContainsFunc(c.seen.Changes, func(change Change) bool { return isMissing(c, change) })
}

func after(t Task) string {
	switch {
	case t.Ran <= 0:
		return ""
	case t.Ran < time.Second:
		return ", right after its start"
	}
	return fmt.Sprintf(", %.0f s after its start", t.Ran.Seconds())
}

//go:build ignore
// +build ignore

package main

import (
	_context "context"
	_flag "flag"
	_fmt "fmt"
	_io "io"
	_log "log"
	_os "os"
	_signal "os/signal"
	_filepath "path/filepath"
	_sort "sort"
	_strconv "strconv"
	_strings "strings"
	_syscall "syscall"
	_tabwriter "text/tabwriter"
	_time "time"
	splitecs_mageimport "github.com/bellyfed/splitecs"
	
)

func main() {
	// Use local types and functions in order to avoid name conflicts with additional magefiles.
	type arguments struct {
		Verbose       bool          // print out log statements
		List          bool          // print out a list of targets
		Help          bool          // print out help for a specific target
		Timeout       _time.Duration // set a timeout to running the targets
		Args          []string      // args contain the non-flag command-line arguments
	}

	parseBool := func(env string) bool {
		val := _os.Getenv(env)
		if val == "" {
			return false
		}		
		b, err := _strconv.ParseBool(val)
		if err != nil {
			_log.Printf("warning: environment variable %s is not a valid bool value: %v", env, val)
			return false
		}
		return b
	}

	parseDuration := func(env string) _time.Duration {
		val := _os.Getenv(env)
		if val == "" {
			return 0
		}		
		d, err := _time.ParseDuration(val)
		if err != nil {
			_log.Printf("warning: environment variable %s is not a valid duration value: %v", env, val)
			return 0
		}
		return d
	}
	args := arguments{}
	fs := _flag.FlagSet{}
	fs.SetOutput(_os.Stdout)

	// default flag set with ExitOnError and auto generated PrintDefaults should be sufficient
	fs.BoolVar(&args.Verbose, "v", parseBool("MAGEFILE_VERBOSE"), "show verbose output when running targets")
	fs.BoolVar(&args.List, "l", parseBool("MAGEFILE_LIST"), "list targets for this binary")
	fs.BoolVar(&args.Help, "h", parseBool("MAGEFILE_HELP"), "print out help for a specific target")
	fs.DurationVar(&args.Timeout, "t", parseDuration("MAGEFILE_TIMEOUT"), "timeout in duration parsable format (e.g. 5m30s)")
	fs.Usage = func() {
		_fmt.Fprintf(_os.Stdout, `
%s [options] [target]

Commands:
  -l    list targets in this binary
  -h    show this help

Options:
  -h    show description of a target
  -t <string>
        timeout in duration parsable format (e.g. 5m30s)
  -v    show verbose output when running targets
 `[1:], _filepath.Base(_os.Args[0]))
	}
	if err := fs.Parse(_os.Args[1:]); err != nil {
		// flag will have printed out an error already.
		return
	}
	args.Args = fs.Args()
	if args.Help && len(args.Args) == 0 {
		fs.Usage()
		return
	}
		
	var printName = func(str string) string {
	// color is ANSI color type
	type color int

	// If you add/change/remove any items in this constant,
	// you will need to run "stringer -type=color" in this directory again.
	// NOTE: Please keep the list in an alphabetical order.
	const (
		black color = iota
		red
		green
		yellow
		blue
		magenta
		cyan
		white
		brightblack
		brightred
		brightgreen
		brightyellow
		brightblue
		brightmagenta
		brightcyan
		brightwhite
	)

	// AnsiColor are ANSI color codes for supported terminal colors.
	var ansiColor = map[color]string{
		black:         "\u001b[30m",
		red:           "\u001b[31m",
		green:         "\u001b[32m",
		yellow:        "\u001b[33m",
		blue:          "\u001b[34m",
		magenta:       "\u001b[35m",
		cyan:          "\u001b[36m",
		white:         "\u001b[37m",
		brightblack:   "\u001b[30;1m",
		brightred:     "\u001b[31;1m",
		brightgreen:   "\u001b[32;1m",
		brightyellow:  "\u001b[33;1m",
		brightblue:    "\u001b[34;1m",
		brightmagenta: "\u001b[35;1m",
		brightcyan:    "\u001b[36;1m",
		brightwhite:   "\u001b[37;1m",
	}

	const colorName = "blackredgreenyellowbluemagentacyanwhitebrightblackbrightredbrightgreenbrightyellowbrightbluebrightmagentabrightcyanbrightwhite"

	var colorIndex = [...]uint8{0, 5, 8, 13, 19, 23, 30, 34, 39, 50, 59, 70, 82, 92, 105, 115, 126}

	colorToLowerString := func(i color) string {
		if i < 0 || i >= color(len(colorIndex)-1) {
			return "color(" + _strconv.FormatInt(int64(i), 10) + ")"
		}
		return colorName[colorIndex[i]:colorIndex[i+1]]
	}

	// ansiColorReset is an ANSI color code to reset the terminal color.
	const ansiColorReset = "\033[0m"

	// defaultTargetAnsiColor is a default ANSI color for colorizing targets.
	// It is set to Cyan as an arbitrary color, because it has a neutral meaning
	var defaultTargetAnsiColor = ansiColor[cyan]

	getAnsiColor := func(color string) (string, bool) {
		colorLower := _strings.ToLower(color)
		for k, v := range ansiColor {
			colorConstLower := colorToLowerString(k)
			if colorConstLower == colorLower {
				return v, true
			}
		}
		return "", false
	}

	// Terminals which  don't support color:
	//
	//	TERM=vt100
	//	TERM=cygwin
	//	TERM=xterm-mono
	var noColorTerms = map[string]bool{
		"vt100":      false,
		"cygwin":     false,
		"xterm-mono": false,
	}

	// terminalSupportsColor checks if the current console supports color output
	//
	// Supported:
	//
	//	linux, mac, or windows's ConEmu, Cmder, putty, git-bash.exe, pwsh.exe
	//
	// Not supported:
	//
	//	windows cmd.exe, powerShell.exe
	terminalSupportsColor := func() bool {
		envTerm := _os.Getenv("TERM")
		if _, ok := noColorTerms[envTerm]; ok {
			return false
		}
		return true
	}

	// enableColor reports whether the user has requested to enable a color output.
	enableColor := func() bool {
		b, _ := _strconv.ParseBool(_os.Getenv("MAGEFILE_ENABLE_COLOR"))
		return b
	}

	// targetColor returns the ANSI color which should be used to colorize targets.
	targetColor := func() string {
		s, exists := _os.LookupEnv("MAGEFILE_TARGET_COLOR")
		if exists {
			if c, ok := getAnsiColor(s); ok {
				return c
			}
		}
		return defaultTargetAnsiColor
	}

	// store the color terminal variables, so that the detection isn't repeated for each target
	var enableColorValue = enableColor() && terminalSupportsColor()
	var targetColorValue = targetColor()

	if enableColorValue {
		return _fmt.Sprintf("%s%s%s", targetColorValue, str, ansiColorReset)
	}

	return str
}


	list := func() error {
		_fmt.Println(`Bellyfed's deployment, and the chores of this repository.
`)
		targets := map[string]string{
			"bench": "runs every benchmark with its allocations.",
			"faults": "makes something go wrong, or a signal come, at every call of deployments.",
			"format": "fails when gofmt would change a file.",
			"kills": "kills local:up 200 times at random moments.",
			"lint": "runs gofmt, go vet for every system, staticcheck and actionlint.",
			"nextJS": "builds a Next.js application with npm, pushes it, pulls it back, runs it.",
			"race": "runs the tests under the race detector.",
			"sequences": "tries 1,000 random sequences of operations, disturbed or not.",
			"test": "runs every test and says at its end which independent judges were missing.",
			"tree": "writes the large application of docs/performance.md to dir.",
			"image:build": "builds the image and prints its digest.",
			"image:list": "shows the images of env: tag, digest, size, commit, and where they run.",
			"image:promote": "copies an image by digest between two environments; its reference on stdout.",
			"image:push": "builds and pushes the image; repository@sha256:… on stdout.",
			"infra:adopt": "deploys the infra stack of env and takes over what exists under its names.",
			"infra:deploy": "creates or updates the infra stack of env and prints its outputs.",
			"infra:destroy": "deletes every stack of env, once it is approved.",
			"infra:diff": "shows what infra:deploy would change in env; it changes nothing.",
			"infra:policy": "prints the IAM policy of the role that deploys env.",
			"infra:status": "shows the infra stack of env and its outputs.",
			"infra:synth": "prints the infra template of env; it needs no credentials.",
			"local:reset": "forgets the state of the embedded AWS.",
			"local:serve": "puts the embedded AWS on a port, for the aws CLI.",
			"local:up": "deploys everything to the embedded AWS: both stacks and an image.",
			"service:deploy": "releases an image to env and waits until it runs.",
			"service:diff": "shows what service:deploy would change in env; it changes nothing.",
			"service:history": "shows the latest deployments of env and how they ended.",
			"service:logs": "prints what the tasks of env have written.",
			"service:prune": "deregisters revisions of env that no rollback can need.",
			"service:restart": "replaces the tasks of env by new ones of the same revision.",
			"service:rollback": "returns env to the last revision that was deployed successfully.",
			"service:rollbackTo": "returns env to a good revision: a number, -2, a tag or a digest.",
			"service:run": "runs a command once in env, such as a migration.",
			"service:scale": "sets how many tasks env runs now; auto-scaling goes on from there.",
			"service:status": "shows stack, deployments, tasks, health, image and scaling of env.",
			"service:synth": "prints the service template of env; it needs no credentials.",
			"service:verify": "tells what would make a deployment to env fail; it changes nothing.",
			"service:watch": "follows the deployment of env that is under way to its end.",
		}

		keys := make([]string, 0, len(targets))
		for name := range targets {
			keys = append(keys, name)
		}
		_sort.Strings(keys)

		_fmt.Println("Targets:")
		w := _tabwriter.NewWriter(_os.Stdout, 0, 4, 4, ' ', 0)
		for _, name := range keys {
			_fmt.Fprintf(w, "  %v\t%v\n", printName(name), targets[name])
		}
		err := w.Flush()
		return err
	}

	var ctx _context.Context
	ctxCancel := func(){}

	// by deferring in a closure, we let the cancel function get replaced
	// by the getContext function.
	defer func() {
		ctxCancel()
	}()

	getContext := func() (_context.Context, func()) {
		if ctx == nil {
			if args.Timeout != 0 {
				ctx, ctxCancel = _context.WithTimeout(_context.Background(), args.Timeout)
			} else {
				ctx, ctxCancel = _context.WithCancel(_context.Background())
			}
		}

		return ctx, ctxCancel
	}

	runTarget := func(logger *_log.Logger, fn func(_context.Context) error) interface{} {
		var err interface{}
		ctx, cancel := getContext()
		d := make(chan interface{})
		go func() {
			defer func() {
				err := recover()
				d <- err
			}()
			err := fn(ctx)
			d <- err
		}()
		sigCh := make(chan _os.Signal, 1)
		_signal.Notify(sigCh, _syscall.SIGINT)
		select {
		case <-sigCh:
			logger.Println("cancelling mage targets, waiting up to 5 seconds for cleanup...")
			cancel()
			cleanupCh := _time.After(5 * _time.Second)

			select {
			// target exited by itself
			case err = <-d:
				return err
			// cleanup timeout exceeded
			case <-cleanupCh:
				return _fmt.Errorf("cleanup timeout exceeded")
			// second SIGINT received
			case <-sigCh:
				logger.Println("exiting mage")
				return _fmt.Errorf("exit forced")
			}
		case <-ctx.Done():
			cancel()
			e := ctx.Err()
			_fmt.Printf("ctx err: %v\n", e)
			return e
		case err = <-d:
			// we intentionally don't cancel the context here, because
			// the next target will need to run with the same _context.
			return err
		}
	}
	// This is necessary in case there aren't any targets, to avoid an unused
	// variable error.
	_ = runTarget

	handleError := func(logger *_log.Logger, err interface{}) {
		if err != nil {
			logger.Printf("Error: %+v\n", err)
			type code interface {
				ExitStatus() int
			}
			if c, ok := err.(code); ok {
				_os.Exit(c.ExitStatus())
			}
			_os.Exit(1)
		}
	}
	_ = handleError

	// Set MAGEFILE_VERBOSE so mg.Verbose() reflects the flag value.
	if args.Verbose {
		_os.Setenv("MAGEFILE_VERBOSE", "1")
	} else {
		_os.Setenv("MAGEFILE_VERBOSE", "0")
	}

	_log.SetFlags(0)
	if !args.Verbose {
		_log.SetOutput(_io.Discard)
	}
	logger := _log.New(_os.Stderr, "", 0)
	if args.List {
		if err := list(); err != nil {
			_log.Println(err)
			_os.Exit(1)
		}
		return
	}

	if args.Help {
		if len(args.Args) < 1 {
			logger.Println("no target specified")
			_os.Exit(2)
		}
		switch _strings.ToLower(args.Args[0]) {
			case "bench":
				_fmt.Println("Bench runs every benchmark with its allocations.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage bench\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "faults":
				_fmt.Println("Faults makes something go wrong, or a signal come, at every call of deployments. Tests try some calls.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage faults\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "format":
				_fmt.Println("Format fails when gofmt would change a file.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage format\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "kills":
				_fmt.Println("Kills kills local:up 200 times at random moments. It completes the job after each few.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage kills\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "lint":
				_fmt.Println("Lint runs gofmt, go vet for every system, staticcheck and actionlint.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage lint\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "nextjs":
				_fmt.Println("NextJS builds a Next.js application with npm, pushes it, pulls it back, runs it.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage nextjs\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "race":
				_fmt.Println("Race runs the tests under the race detector. Not those of the root: they run compiled programs, into which it does not see. The longest suites are shortened: Test has them as they are.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage race\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "sequences":
				_fmt.Println("Sequences tries 1,000 random sequences of operations, disturbed or not. Tests try some.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage sequences\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "test":
				_fmt.Println("Test runs every test and says at its end which independent judges were missing.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage test\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "tree":
				_fmt.Println("Tree writes the large application of docs/performance.md to dir.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage tree <dir>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "image:build":
				_fmt.Println("Build builds the image and prints its digest.\n\n\tSPLITECS_ENV: the environment, or ENV/SERVICE, one of its Services; default App.DefaultEnvironment\n\tSPLITECS_SOURCE: Next.js build, Go main package, folder, archive or OCI layout; default App.Image.Source\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 built; 2 configuration or source; 3 access to the base image; 5 build failed;\n\t            9 timed out; 10 interrupted\n\n\tgo tool mage image:build\n\tSPLITECS_SOURCE=./cmd/server go tool mage image:build")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage image:build\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "image:list":
				_fmt.Println("List shows the images of env: tag, digest, size, commit, and where they run.\n\n\tenv: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 shown; 2 configuration; 3 access to AWS; 4 no infra stack; 9 timed out; 10 interrupted\n\n\tgo tool mage image:list dev")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage image:list <env>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "image:promote":
				_fmt.Println("Promote copies an image by digest between two environments; its reference on stdout.\n\nBoth are in one account, whose credentials the run has; they may be in two regions.\n\n\tfrom: the environment whose repository has it, or ENV/SERVICE, one of its Services\n\tto: the environment that is to have it, or ENV/SERVICE\n\tSPLITECS_IMAGE: tag, commit, digest or reference of the image; default: that of the current commit\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 copied, or there already; 2 configuration; 3 access to AWS; 4 no such image or infra stack;\n\t            5 copy failed; 9 timed out; 10 interrupted\n\n\tgo tool mage image:promote dev qa")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage image:promote <from> <to>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "image:push":
				_fmt.Println("Push builds and pushes the image; repository@sha256:… on stdout.\n\n\tSPLITECS_ENV: the environment, or ENV/SERVICE, one of its Services; default App.DefaultEnvironment\n\tSPLITECS_SOURCE: Next.js build, Go main package, folder, archive or OCI layout; default App.Image.Source\n\tSPLITECS_TAG: default: branch or version, day and short name of the commit\n\tSPLITECS_REPOSITORY: any repository; default: the environment's in ECR\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 pushed, or there already; 2 configuration, source or no commit; 3 access to AWS;\n\t            4 no infra stack; 5 build or push failed; 9 timed out; 10 interrupted\n\n\tSPLITECS_ENV=dev go tool mage image:push")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage image:push\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "infra:adopt":
				_fmt.Println("Adopt deploys the infra stack of env and takes over what exists under its names.\n\nA cluster, a repository and a log group that belong to no stack become part of the infra stack, with what is in them;\nthen they are brought to the configuration, and the rest is made.\n\n\tenv: an environment of the App, or local, the embedded AWS\n\tSPLITECS_APPROVE: 1 approves what is replaced or deleted, where nobody can be asked\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 done, or nothing to change; 2 configuration; 3 access to AWS;\n\t            4 refused or not approved; 6 stack failed; 9 timed out; 10 interrupted;\n\t            11 another deployment is under way\n\n\tgo tool mage infra:adopt dev")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage infra:adopt <env>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "infra:deploy":
				_fmt.Println("Deploy creates or updates the infra stack of env and prints its outputs.\n\nIt shows its change set first, and asks where something that holds data or has an address would be lost. A stack\nthat is in the middle of something is followed first, one whose creation failed is made anew.\n\n\tenv: an environment of the App, or local, the embedded AWS\n\tSPLITECS_APPROVE: 1 approves what is replaced or deleted, where nobody can be asked\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 done, or nothing to change; 2 configuration; 3 access to AWS;\n\t            4 refused or not approved; 6 stack failed; 9 timed out; 10 interrupted;\n\t            11 another deployment is under way\n\n\tgo tool mage infra:deploy dev\n\tSPLITECS_APPROVE=1 go tool mage infra:deploy dev")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage infra:deploy <env>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "infra:destroy":
				_fmt.Println("Destroy deletes every stack of env, once it is approved.\n\nIt tells what is lost before it asks.\n\n\tenv: an environment of the App, or local, the embedded AWS\n\tSPLITECS_APPROVE: 1 approves it, where nobody can be asked\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 deleted, or nothing there; 2 configuration; 3 access to AWS;\n\t            4 protected or not approved; 6 stack failed; 9 timed out; 10 interrupted;\n\t            11 another deployment is under way\n\n\tgo tool mage infra:destroy dev")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage infra:destroy <env>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "infra:diff":
				_fmt.Println("Diff shows what infra:deploy would change in env; it changes nothing.\n\n\tenv: an environment of the App, or local, the embedded AWS\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 shown; 2 configuration; 3 access to AWS; 4 refused by CloudFormation; 9 timed out;\n\t            10 interrupted; 11 the stack is in the middle of something\n\n\tgo tool mage infra:diff dev")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage infra:diff <env>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "infra:policy":
				_fmt.Println("Policy prints the IAM policy of the role that deploys env.\n\nIt needs no credentials.\n\n\tenv: an environment of the App, or local, the embedded AWS\n\texit codes: 0 printed; 2 configuration\n\n\taws iam put-role-policy --role-name ROLE --policy-name deploy --policy-document \"$(go tool mage infra:policy dev)\"")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage infra:policy <env>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "infra:status":
				_fmt.Println("Status shows the infra stack of env and its outputs.\n\nWith its last operation, its distance to the configuration, and what was changed behind its back (drift).\n\n\tenv: an environment of the App, or local, the embedded AWS\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 shown; 2 configuration; 3 access to AWS; 4 there is no stack; 9 timed out;\n\t            10 interrupted\n\n\tgo tool mage infra:status dev")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage infra:status <env>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "infra:synth":
				_fmt.Println("Synth prints the infra template of env; it needs no credentials.\n\n\tenv: an environment of the App, or local, the embedded AWS\n\texit codes: 0 printed; 2 configuration\n\n\tgo tool mage infra:synth dev >infra.yaml")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage infra:synth <env>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "local:reset":
				_fmt.Println("Reset forgets the state of the embedded AWS.\n\n\tSPLITECS_LOCAL_DIR: the state; default .splitecs/local\n\texit codes: 0 removed, or nothing there; 1 the folder is not such a state; 2 configuration\n\n\tgo tool mage local:reset")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage local:reset\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "local:serve":
				_fmt.Println("Serve puts the embedded AWS on a port, for the aws CLI.\n\nIt is 127.0.0.1:4566, until it is interrupted; stdout and stderr tell what to export.\n\n\tSPLITECS_LOCAL_SCENARIO: a failure to rehearse, such as exit:3 or fault:ecs:*:throttle\n\tSPLITECS_LOCAL_DIR: the state; default .splitecs/local\n\tSPLITECS_LOCAL_SPEED: how much faster than AWS, default 100\n\texit codes: 0 ended by Ctrl-C; 1 the port is in use; 2 configuration\n\n\tgo tool mage local:serve")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage local:serve\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "local:up":
				_fmt.Println("Up deploys everything to the embedded AWS: both stacks and an image.\n\nWhere the source is not there, it is a sample application.\n\n\tSPLITECS_SOURCE: Next.js build, Go main package, folder, archive or OCI layout; default App.Image.Source\n\tSPLITECS_LOCAL_SCENARIO: a failure to rehearse, such as exit:3 or fault:ecs:*:throttle\n\tSPLITECS_LOCAL_DIR: the state; default .splitecs/local\n\tSPLITECS_LOCAL_SPEED: how much faster than AWS, default 100\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json\n\texit codes: 0 runs; 2 configuration; 5 build or push failed; 6 stack failed;\n\t            7 failed and back on the last good revision; 8 failed and not healthy; 9 timed out;\n\t            10 interrupted\n\n\tgo tool mage local:up")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage local:up\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "service:deploy":
				_fmt.Println("Deploy releases an image to env and waits until it runs.\n\nIt pins the digest, starts a service that stands at 0 tasks, and says why where it fails.\n\n\tenv: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services\n\tSPLITECS_IMAGE: tag, commit, digest or reference; default: the image of the current commit\n\tSPLITECS_APPROVE: 1 approves what is replaced or deleted, where nobody can be asked\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 runs, or nothing to change; 1 runs, and AfterDeploy failed; 2 configuration;\n\t            3 access to AWS; 4 no infra stack, no such image, or refused; 6 stack failed;\n\t            7 failed and back on the last good revision; 8 failed and not healthy; 9 timed out;\n\t            10 interrupted; 11 another deployment is under way\n\n\tgo tool mage service:deploy dev\n\tgo tool mage service:deploy dev/worker\n\tSPLITECS_IMAGE=main-20261104-4d2f9c1 go tool mage service:deploy prod")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage service:deploy <env>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "service:diff":
				_fmt.Println("Diff shows what service:deploy would change in env; it changes nothing.\n\n\tenv: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services\n\tSPLITECS_IMAGE: tag, commit, digest or reference; default: that of the current commit, else the one deployed\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 shown; 2 configuration; 3 access to AWS; 4 no infra stack, or no such image;\n\t            9 timed out; 10 interrupted; 11 the stack is in the middle of something\n\n\tgo tool mage service:diff dev")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage service:diff <env>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "service:history":
				_fmt.Println("History shows the latest deployments of env and how they ended.\n\nWhen, which image and commit, by whom.\n\n\tenv: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 shown; 2 configuration; 3 access to AWS; 4 there is no service; 9 timed out;\n\t            10 interrupted\n\n\tgo tool mage service:history prod")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage service:history <env>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "service:logs":
				_fmt.Println("Logs prints what the tasks of env have written.\n\n\tenv: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services\n\tSPLITECS_SINCE: how far back; default 1h\n\tSPLITECS_TASK: stopped, all or the id of a task; default: the tasks that run\n\tSPLITECS_FOLLOW: 1 goes on until interrupted\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 printed; 2 configuration; 3 access to AWS; 4 there is no service; 9 timed out;\n\t            10 interrupted\n\n\tgo tool mage service:logs prod\n\tSPLITECS_TASK=stopped SPLITECS_SINCE=24h go tool mage service:logs prod")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage service:logs <env>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "service:prune":
				_fmt.Println("Prune deregisters revisions of env that no rollback can need.\n\n\tenv: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services\n\tSPLITECS_APPROVE: 1 approves it, where nobody can be asked\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 done; their number is on stdout; 2 configuration; 3 access to AWS;\n\t            4 not approved, or there is no service; 9 timed out; 10 interrupted\n\n\tSPLITECS_APPROVE=1 go tool mage service:prune dev")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage service:prune <env>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "service:restart":
				_fmt.Println("Restart replaces the tasks of env by new ones of the same revision.\n\n\tenv: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 they run; 2 configuration; 3 access to AWS; 4 there is no service; 6 stack failed;\n\t            7 failed and back on the last good revision; 8 failed and not healthy; 9 timed out;\n\t            10 interrupted; 11 another deployment is under way\n\n\tgo tool mage service:restart prod")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage service:restart <env>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "service:rollback":
				_fmt.Println("Rollback returns env to the last revision that was deployed successfully.\n\nA deployment that is under way is taken back. Run again, it goes one revision further back.\n\n\tenv: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 runs; 2 configuration; 3 access to AWS; 4 there is no such revision; 6 stack failed;\n\t            7 failed and back on the last good revision; 8 failed and not healthy; 9 timed out;\n\t            10 interrupted; 11 another deployment is under way\n\n\tgo tool mage service:rollback prod")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage service:rollback <env>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "service:rollbackto":
				_fmt.Println("RollbackTo returns env to a good revision: a number, -2, a tag or a digest.\n\n\tenv: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services\n\tto: the number of a revision, -2 for the second last good one, the tag, commit or digest of its image\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 runs; 2 configuration; 3 access to AWS; 4 it was never deployed successfully;\n\t            6 stack failed; 7 failed and back on the last good revision; 8 failed and not healthy;\n\t            9 timed out; 10 interrupted; 11 another deployment is under way\n\n\tgo tool mage service:rollbackTo prod 41\n\tgo tool mage service:rollbackTo prod -2")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage service:rollbackto <env> <to>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "service:run":
				_fmt.Println("Run runs a command once in env, such as a migration.\n\nIn a task of the service's revision. Its lines go to stdout.\n\n\tenv: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services\n\tcommand: its words, quoted as in a shell; no shell runs it\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: the command's own; 2 configuration, or no command; 3 access to AWS;\n\t            4 there is no service; 9 timed out; 10 interrupted\n\n\tgo tool mage service:run dev \"node migrate.js --to latest\"")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage service:run <env> <command>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "service:scale":
				_fmt.Println("Scale sets how many tasks env runs now; auto-scaling goes on from there.\n\n\tenv: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services\n\tcount: within MinTasks and MaxTasks, or 0, which stops the service\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 they run; 2 configuration, or out of bounds; 3 access to AWS; 4 there is no service;\n\t            8 they do not get up; 9 timed out; 10 interrupted\n\n\tgo tool mage service:scale dev 2")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage service:scale <env> <count>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "service:status":
				_fmt.Println("Status shows stack, deployments, tasks, health, image and scaling of env.\n\n\tenv: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 shown; 2 configuration; 3 access to AWS; 4 there is no service; 9 timed out;\n\t            10 interrupted\n\n\tgo tool mage service:status dev")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage service:status <env>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "service:synth":
				_fmt.Println("Synth prints the service template of env; it needs no credentials.\n\n\tenv: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services\n\texit codes: 0 printed; 2 configuration\n\n\tgo tool mage service:synth dev >service.yaml")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage service:synth <env>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "service:verify":
				_fmt.Println("Verify tells what would make a deployment to env fail; it changes nothing.\n\n\tenv: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services\n\tSPLITECS_IMAGE: tag, commit, digest or reference of the image; default: that of the current commit\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 no errors, warnings perhaps; 2 configuration; 3 access to AWS; 4 errors, or no infra stack;\n\t            9 timed out; 10 interrupted\n\n\tSPLITECS_IMAGE=main-20260102-0123abc go tool mage service:verify dev")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage service:verify <env>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				case "service:watch":
				_fmt.Println("Watch follows the deployment of env that is under way to its end.\n\n\tenv: an environment of the App, or local, the embedded AWS; or ENV/SERVICE, one of its Services\n\tSPLITECS_TIMEOUT: a limit such as 45m; SPLITECS_OUTPUT: auto, plain or json; AWS_PROFILE, AWS_REGION, …\n\texit codes: 0 complete, or nothing under way; 2 configuration; 3 access to AWS;\n\t            4 there is no service; 7 failed and back on the last good revision;\n\t            8 failed and not healthy; 9 timed out; 10 interrupted\n\n\tgo tool mage service:watch prod")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage service:watch <env>\n\n")
				var aliases []string
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
				default:
				logger.Printf("Unknown target: %q\n", args.Args[0])
				_os.Exit(2)
		}
	}
	if len(args.Args) < 1 {
		if err := list(); err != nil {
			logger.Println("Error:", err)
			_os.Exit(1)
		}
		return
	}
	for x := 0; x < len(args.Args); {
		target := args.Args[x]
		x++

		// resolve aliases
		switch _strings.ToLower(target) {
		
		}

		switch _strings.ToLower(target) {
		
			case "bench":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Bench\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Bench")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Bench(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "faults":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Faults\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Faults")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Faults(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "format":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Format\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Format")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Format(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "kills":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Kills\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Kills")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Kills(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "lint":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Lint\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Lint")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Lint(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "nextjs":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"NextJS\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "NextJS")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return NextJS(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "race":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Race\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Race")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Race(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "sequences":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Sequences\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Sequences")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Sequences(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "test":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Test\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Test")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Test(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "tree":
				expected := x + 1
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Tree\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Tree")
				}
				
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return Tree(arg0)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
		
		
			
				case "image:build":
					expected := x + 0
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Image:Build\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Image:Build")
					}
					
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Image{}.Build(ctx)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "image:list":
					expected := x + 1
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Image:List\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Image:List")
					}
					
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Image{}.List(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "image:promote":
					expected := x + 2
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Image:Promote\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Image:Promote")
					}
					
			arg0 := args.Args[x]
			x++
			arg1 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Image{}.Promote(ctx, arg0, arg1)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "image:push":
					expected := x + 0
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Image:Push\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Image:Push")
					}
					
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Image{}.Push(ctx)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "infra:adopt":
					expected := x + 1
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Infra:Adopt\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Infra:Adopt")
					}
					
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Infra{}.Adopt(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "infra:deploy":
					expected := x + 1
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Infra:Deploy\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Infra:Deploy")
					}
					
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Infra{}.Deploy(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "infra:destroy":
					expected := x + 1
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Infra:Destroy\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Infra:Destroy")
					}
					
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Infra{}.Destroy(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "infra:diff":
					expected := x + 1
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Infra:Diff\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Infra:Diff")
					}
					
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Infra{}.Diff(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "infra:policy":
					expected := x + 1
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Infra:Policy\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Infra:Policy")
					}
					
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Infra{}.Policy(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "infra:status":
					expected := x + 1
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Infra:Status\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Infra:Status")
					}
					
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Infra{}.Status(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "infra:synth":
					expected := x + 1
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Infra:Synth\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Infra:Synth")
					}
					
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Infra{}.Synth(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "local:reset":
					expected := x + 0
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Local:Reset\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Local:Reset")
					}
					
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Local{}.Reset(ctx)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "local:serve":
					expected := x + 0
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Local:Serve\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Local:Serve")
					}
					
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Local{}.Serve(ctx)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "local:up":
					expected := x + 0
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Local:Up\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Local:Up")
					}
					
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Local{}.Up(ctx)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "service:deploy":
					expected := x + 1
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Service:Deploy\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Service:Deploy")
					}
					
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Service{}.Deploy(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "service:diff":
					expected := x + 1
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Service:Diff\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Service:Diff")
					}
					
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Service{}.Diff(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "service:history":
					expected := x + 1
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Service:History\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Service:History")
					}
					
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Service{}.History(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "service:logs":
					expected := x + 1
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Service:Logs\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Service:Logs")
					}
					
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Service{}.Logs(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "service:prune":
					expected := x + 1
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Service:Prune\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Service:Prune")
					}
					
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Service{}.Prune(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "service:restart":
					expected := x + 1
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Service:Restart\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Service:Restart")
					}
					
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Service{}.Restart(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "service:rollback":
					expected := x + 1
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Service:Rollback\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Service:Rollback")
					}
					
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Service{}.Rollback(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "service:rollbackto":
					expected := x + 2
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Service:RollbackTo\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Service:RollbackTo")
					}
					
			arg0 := args.Args[x]
			x++
			arg1 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Service{}.RollbackTo(ctx, arg0, arg1)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "service:run":
					expected := x + 2
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Service:Run\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Service:Run")
					}
					
			arg0 := args.Args[x]
			x++
			arg1 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Service{}.Run(ctx, arg0, arg1)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "service:scale":
					expected := x + 2
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Service:Scale\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Service:Scale")
					}
					
			arg0 := args.Args[x]
			x++
				arg1, err := _strconv.Atoi(args.Args[x])
				if err != nil {
					logger.Printf("can't convert argument %q to int\n", args.Args[x])
					_os.Exit(2)
				}
				x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Service{}.Scale(ctx, arg0, arg1)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "service:status":
					expected := x + 1
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Service:Status\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Service:Status")
					}
					
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Service{}.Status(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "service:synth":
					expected := x + 1
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Service:Synth\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Service:Synth")
					}
					
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Service{}.Synth(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "service:verify":
					expected := x + 1
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Service:Verify\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Service:Verify")
					}
					
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Service{}.Verify(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
				case "service:watch":
					expected := x + 1
					if expected > len(args.Args) {
						// note that expected and args at this point include the arg for the target itself
						// so we subtract 1 here to show the number of args without the target.
						logger.Printf("not enough arguments for target \"Service:Watch\", expected %v, got %v\n", expected-1, len(args.Args)-1)
						_os.Exit(2)
					}
					if args.Verbose {
						logger.Println("Running target:", "Service:Watch")
					}
					
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return splitecs_mageimport.Service{}.Watch(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
					handleError(logger, ret)
		default:
			logger.Printf("Unknown target specified: %q\n", target)
			_os.Exit(2)
		}
	}
}





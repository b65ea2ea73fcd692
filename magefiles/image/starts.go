package image

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// NotStartable says that what a container of the image executes is not in the image: the task would end at once, with
// CannotStartContainerError or with the interpreter's own error.
type NotStartable struct {
	File   string   // that is missing, as it is asked for: "node", "/app/run", "/lib64/ld-linux-x86-64.so.2"
	Reason string   // in words, for a person
	Denied bool     // it is there, and nobody may execute it
	Next   []string // what to do about it
}

func (e *NotStartable) Error() string { return "the image cannot start: " + e.Reason }

// defaultPath is where a runtime looks for a program where the image does not say.
// https://github.com/opencontainers/runc/blob/main/libcontainer/system/linux.go
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// starterAt is how much of a file has to be seen to know what starts it.
const starterAt = 8 << 10

// starterOf is what the kernel starts in a file's place: "#!" with the line behind it of a script, the path of the loader
// of a program that is linked dynamically; else empty. execve(2)
func starterOf(r io.ReaderAt) string {
	head := make([]byte, 256)
	n, _ := r.ReadAt(head, 0) // a short file
	head = head[:n]
	if bytes.HasPrefix(head, []byte("#!")) {
		line, _, _ := bytes.Cut(head, []byte("\n"))
		return string(line)
	}
	l, err := readLinked(r)
	if err != nil {
		return ""
	}
	return l.interpreter
}

// execution is what a container executes, and where.
type execution struct {
	words      []string
	path       string // the variable PATH
	workingDir string

	nodeOptions string // the variable NODE_OPTIONS
	nodePath    bool   // whether NODE_PATH says where packages are
}

// executionOf is what an image starts, or command in place of its own.
func executionOf(c v1.Config, command []string) execution {
	x := execution{words: slices.Concat(c.Entrypoint, c.Cmd), path: defaultPath, workingDir: "/" + inner(c.WorkingDir)}
	if len(command) > 0 {
		x.words = slices.Concat(c.Entrypoint, command)
	}
	for _, variable := range c.Env {
		if value, is := strings.CutPrefix(variable, "PATH="); is {
			x.path = value
		}
		if value, is := strings.CutPrefix(variable, "NODE_OPTIONS="); is {
			x.nodeOptions = value
		}
		x.nodePath = x.nodePath || strings.HasPrefix(variable, "NODE_PATH=")
	}
	return x
}

// places are where a program may be: a name without a slash is looked for along PATH, as runtimes do it.
func (x execution) places(program string) (places []string) {
	if strings.Contains(program, "/") {
		return []string{x.at(program)}
	}
	for _, dir := range strings.Split(x.path, ":") {
		places = append(places, x.at(path.Join(dir, program)))
	}
	return places
}

// at is a path as the program finds it.
func (x execution) at(name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(x.workingDir, name)
}

// missing is what the vector needs and l does not have, or has without the permission; nil where all of it is there.
func (x execution) missing(l *listing) *NotStartable {
	if len(x.words) == 0 || x.words[0] == "" {
		return nil // told as an image that starts nothing
	}
	program := x.words[0]
	found := x.lookUp(l, program)
	if found == nil {
		return x.noProgram(l, program)
	}
	if !found.executable {
		return x.forbidden(program)
	}
	if missing := x.noStarter(l, program, l.starter(*found)); missing != nil {
		return missing
	}
	return x.noScript(l)
}

// forbidden is a program that is there and that nobody may execute.
func (x execution) forbidden(program string) *NotStartable {
	return &NotStartable{
		File: program, Denied: true,
		Reason: fmt.Sprintf("%s, which it executes, has no execute permission: the task would end with \"permission denied\"", program),
		Next: []string{
			"chmod +x it where it is built (archives of a CI's artifacts lose modes, and Windows has none)",
			"or name the program that runs it in App.Image.Command",
		},
	}
}

// lookUp finds a program: as runtimes do it, the first one that may be executed; where none may, the first one.
func (x execution) lookUp(l *listing, program string) (first *listed) {
	for _, place := range x.places(program) {
		e, _, found := l.find(place)
		if !found || e.kind != regular {
			continue
		}
		if e.executable {
			return &e
		}
		if first == nil {
			first = &e
		}
	}
	return first
}

func (x execution) noProgram(l *listing, program string) *NotStartable {
	e := &NotStartable{File: program}
	where := ""
	if !strings.Contains(program, "/") {
		where = " along PATH (" + x.path + ")"
	}
	e.Reason = fmt.Sprintf("%s, which it executes, is not in it%s", program, where)
	if others := l.named(path.Base(program)); len(others) > 0 {
		e.Reason += "; it has " + strings.Join(others, ", ")
		e.Next = append(e.Next, fmt.Sprintf("name it as it lies there: App.Image.Command = []string{%q, …}", others[0]))
	}
	if base := baseOf(path.Base(program)); base != "" {
		e.Next = append(e.Next, fmt.Sprintf("set App.Image.Base to an image that has %s, such as %q", program, base))
	}
	if len(e.Next) == 0 {
		e.Next = []string{"put it into the source, or set App.Image.Base to an image that has it; App.Image.Command says what is executed, paths begin at WorkingDir (" + x.workingDir + ")"}
	}
	return e
}

// noStarter is the loader or the interpreter that a program needs and l does not have.
func (x execution) noStarter(l *listing, program, starter string) *NotStartable {
	line, script := strings.CutPrefix(starter, "#!")
	if !script {
		if starter == "" {
			return nil
		}
		if _, _, found := l.find(starter); found {
			return nil
		}
		next := "link it statically, or set App.Image.Base to an image with its C library"
		if c := loaderLibc(starter); c != "" {
			next = fmt.Sprintf("link it statically (Go: CGO_ENABLED=0), or set App.Image.Base to an image with %s, such as %q", c, imageOf[c])
		}
		return &NotStartable{File: starter, Reason: fmt.Sprintf("%s is linked dynamically and needs %s, which is not in it: the system will say \"no such file or directory\" of the program", program, starter), Next: []string{next}}
	}
	if strings.HasSuffix(line, "\r") {
		return &NotStartable{File: program, Reason: fmt.Sprintf("the first line of %s ends with a carriage return (Windows), which becomes a part of the interpreter's name", program),
			Next: []string{"write the script with line feeds alone (git: *.sh text eol=lf in .gitattributes)"}}
	}
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil
	}
	interpreter := words[0]
	if x.lookUp(l, x.at(interpreter)) == nil {
		return &NotStartable{File: interpreter, Reason: fmt.Sprintf("%s is a script for %s, which is not in it", program, interpreter),
			Next: []string{fmt.Sprintf("set App.Image.Base to an image that has %s, or begin the script with an interpreter that the base has", interpreter)}}
	}
	if path.Base(interpreter) != "env" {
		return nil
	}
	for _, word := range words[1:] {
		if strings.HasPrefix(word, "-") || strings.Contains(word, "=") {
			continue
		}
		if x.lookUp(l, word) == nil {
			missing := x.noProgram(l, word)
			missing.Reason = fmt.Sprintf("%s is a script for %s, which is not in it", program, word)
			return missing
		}
		return nil
	}
	return nil
}

// scripts are the endings of the files that an interpreter is given, by its name.
var scripts = map[string][]string{
	"node": {".js", ".mjs", ".cjs"}, "nodejs": {".js", ".mjs", ".cjs"}, "bun": {".js", ".mjs", ".cjs", ".ts"}, "deno": {".js", ".mjs", ".ts"},
	"python": {".py"}, "python3": {".py"}, "java": {".jar"}, "ruby": {".rb"}, "php": {".php"}, "perl": {".pl"}, "sh": {".sh"}, "bash": {".sh"},
}

// interactive are programs that wait for what somebody types where they are given nothing to run: what official images of
// languages and distributions start by default. https://github.com/docker-library/official-images
var interactive = set("node nodejs bun python python3 pypy3 irb jshell php sh bash ash dash")

// nothingToRun is an interpreter alone: without a terminal it reads the end of its input, and the task ends at once.
func (x execution) nothingToRun() *NotStartable {
	if len(x.words) != 1 || !interactive[path.Base(x.words[0])] || strings.Contains(x.words[0], "/") && !within(x.words[0], []string{"/bin", "/usr"}) {
		return nil
	}
	return &NotStartable{
		File:   x.words[0],
		Reason: fmt.Sprintf("it starts %s with nothing to run, which ends at once without a terminal: nothing says what of the source is started", x.words[0]),
		Next: []string{
			"say what is started in App.Image.Command, as " + commandOf([]string{path.Base(x.words[0]), "FILE"}),
			"or name one of the forms whose program is known: " + KnownForms,
		},
	}
}

// noScript is the file that an interpreter is told to run and l does not have. It is the first word that looks like one,
// where no option that is not known may have it for its value.
func (x execution) noScript(l *listing) *NotStartable {
	if missing := x.noPreload(l); missing != nil {
		return missing
	}
	endings, words := scripts[path.Base(x.words[0])], x.words
	if path.Base(x.words[0]) == "node" {
		options, run := nodeOptions(x.words[1:])
		words = append(words[:1:1], run[:min(len(run), 1)]...) // what follows are the program's arguments
		if len(run) > 1 && slices.Contains(endings, path.Ext(run[1])) && len(options) > 0 {
			if last := options[len(options)-1]; last.value == "" && !plainOptions[last.name] {
				return nil // run[0] may be the value of an option that is not known
			}
		}
	}
	for i, word := range words[1:] {
		option := strings.HasPrefix(word, "-")
		if option && !strings.Contains(word, "=") && word != "-jar" && i+2 < len(words) && !plainOptions[word] {
			if slices.Contains(endings, path.Ext(words[i+2])) {
				return nil // it may be the option's value
			}
			continue
		}
		if option || !slices.Contains(endings, path.Ext(word)) {
			continue
		}
		if _, _, found := l.find(x.at(word)); found {
			return nil
		}
		e := &NotStartable{File: x.at(word), Reason: fmt.Sprintf("%s, which %s is to run, is not in it", x.at(word), x.words[0])}
		if others := l.named(path.Base(word)); len(others) > 0 {
			e.Reason += "; it has " + strings.Join(others, ", ")
		}
		e.Next = []string{"name it in App.Image.Command as it lies in the image, where the source is at WorkingDir (" + x.workingDir + ")"}
		return e
	}
	return nil
}

// plainOptions have no value behind them.
var plainOptions = set("-u -O -B -I -s -E -ea --enable-source-maps --expose-gc --no-warnings --inspect --preserve-symlinks --trace-warnings -server")

// starter is what starts a file; empty where nothing but itself does, or where it cannot be read.
func (l *listing) starter(e listed) string {
	if e.item == nil {
		return e.starter
	}
	if len(e.plan.made) > 0 {
		return "" // none of them is a program
	}
	f, err := e.plan.openFile(*e.item)
	if err != nil {
		return ""
	}
	defer f.Close()
	return starterOf(f)
}

// shownPlaces is how many places of a file are named.
const shownPlaces = 3

// named are the programs of a name, wherever they lie.
func (l *listing) named(base string) (places []string) {
	l.settle()
	for name, e := range l.names {
		if path.Base(name) == base && e.kind == regular {
			places = append(places, "/"+name)
		}
	}
	slices.SortFunc(places, func(a, b string) int {
		if d := strings.Count(a, "/") - strings.Count(b, "/"); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return places[:min(len(places), shownPlaces)]
}

// baseOf is an image that has a program; empty where it is not known.
func baseOf(program string) string {
	switch program {
	case "node", "npm", "npx":
		return NodeBase
	case "python", "python3":
		return "public.ecr.aws/docker/library/python:3-slim"
	case "java":
		return "public.ecr.aws/docker/library/eclipse-temurin:25-jre"
	case "sh", "bash":
		return imageOf[glibc]
	}
	return ""
}

// imageOf is an image with a C library and little else.
var imageOf = map[libc]string{
	glibc: "public.ecr.aws/docker/library/debian:stable-slim",
	musl:  "public.ecr.aws/docker/library/alpine:3",
}

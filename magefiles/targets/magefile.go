package targets

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
)

// askedVariable is set in a magefile that another one of the same program asks for its targets.
const askedVariable = "SPLITECS_ASKED_FOR_TARGETS"

// askLimit ends the wait for an answer: the init functions of a magefile run before it.
const askLimit = 20 * time.Second

// CheckCommandLine reads the command line of a compiled magefile, as Mage will read it, before any target runs. Where it
// asks for help behind a target, that is printed and the process ends with 0. Where it is wrong, the process ends with
// 2, and has done nothing.
//
// It is for init, the only time at which a library in a magefile comes before Mage. In a process that is not a magefile
// that Mage compiled, it does nothing; neither where Mage's flags -l and -h are given. A line that the library
// understands by itself costs nothing. Else it asks the magefile, by running it with -h and -l, which targets there are.
func (t Set) CheckCommandLine() {
	words := targetWords(os.Args[1:], os.Getenv)
	if len(words) == 0 || os.Getenv(askedVariable) != "" {
		return
	}
	fine := judge(t.App, words, ours).fine()
	if fine && importedAtOnce(ours) {
		return
	}
	compiled, imported := look(ours)
	if !compiled || imported && fine {
		return
	}
	t = t.withDefaults()
	whole := &magefile{library: ours, run: askMagefile, seen: map[string]entry{}}
	v := judge(t.App, words, whole)
	switch {
	case whole.err != nil:
		t.console().Note("the command line is not checked beforehand: %v", whole.err)
	case v.help != "":
		help, _, err := askMagefile("-h", v.help)
		if err == nil {
			t.console().Document(help)
			os.Exit(int(console.Done))
		}
		t.console().Note("ask for help: %v", err)
		os.Exit(int(console.Unexpected))
	case !v.fine():
		f := console.NewFilter(t.Getenv).Failure(v.failure(words))
		t.console().Fail(f)
		if !f.Told {
			fmt.Fprintf(t.Err, "Error: %v\n", f) // as Mage prints those of targets
		}
		os.Exit(f.ExitStatus())
	}
}

// targetWords are the words behind the flags that Mage gives every magefile; none where it lists, helps, or refuses.
func targetWords(args []string, getenv func(string) string) []string {
	yes := func(name string) bool { v, _ := strconv.ParseBool(getenv(name)); return v }
	flags := flag.NewFlagSet("mage", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	flags.Bool("v", false, "")
	list := flags.Bool("l", yes("MAGEFILE_LIST"), "")
	help := flags.Bool("h", yes("MAGEFILE_HELP"), "")
	flags.Duration("t", 0, "")
	if err := flags.Parse(args); err != nil || *list || *help {
		return nil
	}
	return flags.Args()
}

// look looks into this program: whether it is a magefile that Mage compiled, and whether that has the library's targets
// under their own names.
//
// Mage gives go build a list of files, one of which it has written itself. A test or a program with a main of its own has
// no such file, and must not be run to ask it something. Of each target Mage writes a text. Where that is not found the
// magefile is asked, which costs another start.
func look(ours library) (compiled, imported bool) {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Path != "command-line-arguments" {
		return false, false
	}
	path, err := os.Executable()
	if err != nil {
		return false, false
	}
	program, err := os.Open(path)
	if err != nil {
		return false, false
	}
	defer program.Close()
	// Put together here: as constants they would be in every program that has this package. In the table of source files
	// a name ends with a zero byte.
	source := strings.Join([]string{"/mage", "output", "file.go\x00"}, "_")
	found := contains(program, source, ours.mark())
	return found[0], found[1]
}

// mark is a text that Mage writes of a target of the library, where that is imported under its own name: all are
// imported together. It is put together here, too.
func (l library) mark() string {
	namespace, method, _ := strings.Cut(l[0].name, ":")
	return fmt.Sprintf("for target %q, expected", upperFirst(namespace)+":"+upperFirst(method))
}

// importedAtOnce finds the mark where Linux's programs have their texts, which is most of what [look] finds out at a
// fraction of its time. Elsewhere, and where it is not found, that has to look.
func importedAtOnce(ours library) bool {
	path, err := os.Executable()
	if err != nil {
		return false
	}
	program, err := elf.Open(path)
	if err != nil {
		return false
	}
	defer program.Close()
	texts := program.Section(".rodata")
	return texts != nil && contains(texts.Open(), ours.mark())[0]
}

// contains tells which of some short texts are in r.
func contains(r io.Reader, texts ...string) []bool {
	const overlap = 256 // of two looks: longer than any of the texts
	found := make([]bool, len(texts))
	buffer := make([]byte, 256<<10)
	for kept := 0; slices.Contains(found, false); {
		n, err := r.Read(buffer[kept:])
		seen := buffer[:kept+n]
		for i, text := range texts {
			found[i] = found[i] || bytes.Contains(seen, []byte(text))
		}
		if err != nil {
			break
		}
		kept = copy(buffer, seen[max(0, len(seen)-overlap):])
	}
	return found
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func (l library) find(word string) (entry, bool) {
	for _, e := range l {
		if strings.EqualFold(e.name, word) {
			return e, true
		}
	}
	return entry{}, false
}

func (l library) names() []string {
	var all []string
	for _, e := range l {
		all = append(all, e.name)
	}
	return all
}

// magefile is the catalogue of the whole magefile, the library's targets and the others, which answers for itself.
type magefile struct {
	library library
	run     func(args ...string) (out []byte, code int, err error)
	mu      sync.Mutex       // of what follows, while several are asked for
	seen    map[string]entry // by names and aliases in lower case
	list    []string
	err     error // why it cannot be asked
}

func (m *magefile) find(word string) (entry, bool) {
	if strings.HasPrefix(word, "-") || word == "" {
		return entry{}, false
	}
	key := strings.ToLower(word)
	if _, ok := m.seen[key]; !ok && !m.ask(word) {
		m.askAliases(key)
	}
	e, ok := m.seen[key]
	return e, ok
}

// askAliases looks for an alias, which stands in the help of its target alone: first of targets that are not the
// library's, because those are called by their names.
func (m *magefile) askAliases(alias string) {
	var others, ours []string
	for _, name := range m.names() {
		if _, own := m.library.find(name); own {
			ours = append(ours, name)
		} else {
			others = append(others, name)
		}
	}
	for _, group := range [][]string{others, ours} {
		var wait sync.WaitGroup
		places := make(chan struct{}, runtime.NumCPU())
		for _, name := range group {
			wait.Go(func() {
				places <- struct{}{}
				m.ask(name)
				<-places
			})
		}
		wait.Wait()
		if _, found := m.seen[alias]; found {
			return
		}
	}
}

// ask asks for the help of a target, and tells whether there is one.
func (m *magefile) ask(name string) bool {
	help, code, err := m.run("-h", name)
	m.mu.Lock()
	defer m.mu.Unlock()
	if code == int(console.Usage) {
		return false // unknown
	}
	if err != nil {
		m.err = err
		return false
	}
	e, aliases := readHelp(string(help))
	e.name = name
	for _, listed := range m.names() { // as it is written there
		if strings.EqualFold(listed, name) {
			e.name = listed
		}
	}
	m.adopt(&e)
	m.seen[strings.ToLower(name)] = e
	for _, key := range aliases {
		m.seen[strings.ToLower(key)] = e
	}
	return true
}

// adopt makes a target the library's where it is: imported under a prefix it has the same name behind that.
func (m *magefile) adopt(e *entry) {
	for _, own := range m.library {
		if (e.name == own.name || strings.HasSuffix(e.name, ":"+own.name)) && len(e.args) == len(own.args) && len(e.options) == 0 {
			e.ours = true
			for i, a := range own.args {
				e.args[i].kind = a.kind
			}
		}
	}
}

func (m *magefile) names() []string {
	if m.list == nil && m.err == nil {
		out, _, err := m.run("-l")
		m.err = err
		m.list = readListing(string(out))
	}
	return m.list
}

var (
	listedTarget = lazyregexp.New(`(?m)^  ([^\s*]+)`)
	usageLine    = lazyregexp.New(`(?m)^Usage:\n\n\t(.*)$`)
	requiredWord = lazyregexp.New(` <([^<>\s]+)>`)
	optionWord   = lazyregexp.New(`(?m)[\[\t]-([^=\s]+)=<`)
	aliasesLine  = lazyregexp.New(`(?m)^Aliases: (.*)$`)
)

// readListing reads the names of targets off what a magefile prints with -l. Pure.
func readListing(out string) []string {
	names := []string{}
	if at := strings.LastIndex(out, "Targets:\n"); at >= 0 {
		for _, m := range listedTarget.FindAllStringSubmatch(out[at:], -1) {
			names = append(names, m[1])
		}
	}
	return names
}

// readHelp reads arguments, options and aliases off what a magefile prints with -h TARGET. Pure.
func readHelp(out string) (e entry, aliases []string) {
	all := usageLine.FindAllStringSubmatchIndex(out, -1)
	if len(all) == 0 {
		return e, nil
	}
	last := all[len(all)-1] // a comment may have such lines, too
	line, tail := out[last[2]:last[3]], out[last[2]:]
	required, _, _ := strings.Cut(line, "[")
	for _, m := range requiredWord.FindAllStringSubmatch(required, -1) {
		e.args = append(e.args, argument{name: m[1]})
	}
	for _, m := range optionWord.FindAllStringSubmatch(tail, -1) {
		e.options = append(e.options, strings.ToLower(m[1]))
	}
	if m := aliasesLine.FindStringSubmatch(tail); m != nil {
		aliases = strings.Split(m[1], ", ")
	}
	return e, aliases
}

// askMagefile runs this program with flags of Mage that only tell something.
func askMagefile(args ...string) (out []byte, code int, err error) {
	path, err := os.Executable()
	if err != nil {
		return nil, -1, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), askLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), askedVariable+"=1", "MAGEFILE_LIST=", "MAGEFILE_HELP=", "MAGEFILE_VERBOSE=", "MAGEFILE_TIMEOUT=", "MAGEFILE_ENABLE_COLOR=")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err = cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	}
	if err != nil {
		err = fmt.Errorf("ask the magefile for its targets: %w: %s", err, strings.TrimSpace(stderr.String()))
	}
	return out, code, err
}

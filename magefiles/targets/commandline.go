package targets

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
)

// Mage hands the words of its command line on one after the other, and finds a wrong one when it comes to it: what stands
// before it has run by then. Here they are read as Mage reads them, all of them, before anything runs.
// https://magefile.org/targets/

// argument is one word that a target takes.
type argument struct {
	name string // as the help has it; empty where that was not asked for
	kind argumentKind
}

type argumentKind int

const (
	foreign   argumentKind = iota // of a target of somebody else: Mage and the target judge it
	placeKind                     // an environment, or a service of it
	textKind                      // a revision, or a command
	numberKind
)

// entry is a target, as the command line knows it.
type entry struct {
	name    string
	ours    bool
	args    []argument
	options []string // its -name=value, which stand behind the arguments, in lower case
}

// usage is how the target is called.
func (e entry) usage() string {
	words := []string{e.name}
	for _, a := range e.args {
		words = append(words, "<"+a.name+">")
	}
	return strings.Join(words, " ")
}

// catalogue knows the targets of a magefile.
type catalogue interface {
	find(word string) (entry, bool) // by its name or an alias, in any letter case
	names() []string
}

// verdict is what there is to say of a command line before anything runs: the target whose help is wanted, or why the
// line is refused. Its zero value is a line that may run.
type verdict struct {
	help string
	why  string
	next []string
}

func (v verdict) fine() bool { return v.help == "" && v.why == "" }

// judge reads the words behind Mage's own flags. Pure, but for what the catalogue does.
func judge(app cfn.App, words []string, known catalogue) verdict {
	var last entry
	for x := 0; x < len(words); {
		word := words[x]
		e, ok := known.find(word)
		if !ok {
			return surplus(words, x, last, known)
		}
		x++
		last = e
		for i, a := range e.args {
			if x == len(words) {
				return missing(app, e, i)
			}
			if v := judgeArgument(app, words, x, e, a); !v.fine() {
				return v
			}
			x++
		}
		for len(e.options) > 0 && x < len(words) && strings.HasPrefix(words[x], "-") {
			name, _, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(words[x], "-")), "=")
			if !slices.Contains(e.options, name) {
				return surplus(words, x, e, known)
			}
			x++
		}
	}
	return verdict{}
}

// isHelp tells whether a word asks for help, as other tools take it behind a command.
func isHelp(word string) bool { return slices.Contains([]string{"-h", "-help", "--help"}, word) }

// isFlag tells whether a word is a flag. -2 is a number.
func isFlag(word string) bool {
	_, err := strconv.ParseFloat(word, 64)
	return strings.HasPrefix(word, "-") && err != nil
}

// judgeArgument looks at words[x], which target e takes as a.
func judgeArgument(app cfn.App, words []string, x int, e entry, a argument) verdict {
	word := words[x]
	switch {
	case !e.ours:
	case isHelp(word):
		return verdict{help: e.name}
	case isFlag(word):
		return noFlags(word, e)
	case a.kind == numberKind:
		if _, err := strconv.Atoi(word); err != nil {
			return verdict{why: fmt.Sprintf("%q is not a number: %s", word, e.usage()), next: []string{command("-h", e.name)}}
		}
	case a.kind == placeKind:
		if _, err := placeOf(app, e.name, word); err != nil {
			v := verdict{why: err.Error(), next: []string{command("-h", e.name)}}
			if near := cfn.Nearest(word, app.EnvironmentNames()); near != "" {
				v.next = []string{corrected(words, x, near)}
			}
			return v
		}
	}
	return verdict{}
}

// noFlags refuses a flag: what a target lets one choose are arguments and variables.
func noFlags(word string, e entry) verdict {
	return verdict{
		why:  fmt.Sprintf("%s takes no flag %s: %s; its help has the variables that it heeds", e.name, word, e.usage()),
		next: []string{command("-h", e.name)},
	}
}

// missing refuses a line that ends before argument i of e.
func missing(app cfn.App, e entry, i int) verdict {
	v := verdict{why: fmt.Sprintf("<%s> is missing: %s", e.args[i].name, e.usage()), next: []string{command("-h", e.name)}}
	if e.args[i].kind == placeKind {
		v.why += "; environments are " + strings.Join(app.EnvironmentNames(), ", ")
	}
	return v
}

// surplus refuses words[x], which is no target, behind target last; at the beginning of the line that has no name.
func surplus(words []string, x int, last entry, known catalogue) verdict {
	word := words[x]
	free := len(last.args) > 0 && last.args[len(last.args)-1].name == "command"
	switch {
	case last.name != "" && isHelp(word):
		return verdict{help: last.name}
	case last.ours && free:
		whole := append(slices.Clone(words[:x-1]), quoted(words[x-1:]))
		return verdict{
			why:  fmt.Sprintf("%s takes the command as one word, and %q stands behind it: put it in quotes", last.name, word),
			next: []string{command(whole...)},
		}
	case last.ours && isFlag(word):
		return noFlags(word, last)
	case strings.HasPrefix(word, "-"):
		return verdict{why: fmt.Sprintf("%q is no target, and Mage's flags stand before the first one", word), next: []string{command("-l")}}
	}
	v := verdict{why: fmt.Sprintf("there is no target %q", word), next: []string{command("-l")}}
	if last.name != "" {
		v.why = fmt.Sprintf("%q is neither an argument of %s nor a target: %s", word, last.name, last.usage())
		v.next = []string{command("-h", last.name)}
	}
	if more := last.name + "To"; last.ours && slices.Contains(known.names(), more) { // rollback, rollbackTo
		v.next = append([]string{corrected(words, x-1-len(last.args), more)}, v.next...)
		return v
	}
	near := cfn.Nearest(word, known.names())
	var within []string // rollback: service:rollback
	for _, name := range known.names() {
		if strings.HasSuffix(strings.ToLower(name), ":"+strings.ToLower(word)) {
			within = append(within, name)
		}
	}
	switch {
	case len(within) > 1:
		v.why += "; did you mean " + strings.Join(within, " or ") + "?"
	case len(within) == 1 || near != "":
		if len(within) == 1 {
			near = within[0]
		}
		v.why += "; did you mean " + near + "?"
		v.next = []string{corrected(words, x, near)}
	case !slices.ContainsFunc(known.names(), func(name string) bool { return strings.HasSuffix(name, "service:deploy") }):
		v.why += "; those of splitecs are not among the magefile's: //mage:import stands before the import of the package that has them"
	}
	return v
}

// corrected is the line with another word at x.
func corrected(words []string, x int, word string) string {
	line := make([]string, len(words))
	for i, w := range words {
		line[i] = quoted([]string{w})
	}
	line[x] = word
	return command(line...)
}

// quoted is a list of words as one word of a shell; a single one that needs no quotes has none.
func quoted(words []string) string {
	line := words[0]
	if len(words) > 1 {
		inner := make([]string, len(words))
		for i, w := range words {
			inner[i] = quoted([]string{w})
		}
		line = strings.Join(inner, " ")
		if !strings.ContainsAny(line, "\"\\$`!") {
			return `"` + line + `"`
		}
	}
	safe, err := syntax.Quote(line, syntax.LangPOSIX)
	if err != nil { // a zero byte, which no command line has
		return strconv.Quote(line)
	}
	return safe
}

// failure is the refusal as people see it.
func (v verdict) failure(words []string) *console.Failure {
	return &console.Failure{Code: console.Usage, What: strings.Join(words, " "), Why: v.why, Next: v.next}
}

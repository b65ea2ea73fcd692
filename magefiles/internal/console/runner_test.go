package console

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// runner is GitHub's, as far as it reads what a step writes: which commands it would carry out. It is written after its
// source, which is not ours to use.
// https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
// https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionCommandManager.cs
type runner struct {
	// loose compares texts as a language does, which passes over characters that are never seen. Which of both is the case
	// depends on what is installed where it runs.
	loose   bool
	stopped string // the token that lets it go on; empty where it heeds commands
	heard   []string
}

// known are the commands that it has, among them some that it has had.
var known = []string{
	"internal-set-repo-path", "set-env", "set-output", "save-state", "add-mask", "add-path", "add-matcher", "remove-matcher", "warning", "error", "notice", "debug",
	"group", "endgroup", "echo", "stop-commands",
}

func (r *runner) read(output string) {
	// As .NET's StreamReader.ReadLine ends lines.
	for line := range strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(output), "\n") {
		r.line(line)
	}
}

func (r *runner) line(line string) {
	if r.loose {
		line = strings.Map(func(c rune) rune {
			if c != '\t' && unicode.In(c, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
				return -1
			}
			return c
		}, line)
	}
	name, data, ok := r.second(line)
	if !ok {
		if name, data, ok = r.first(line); !ok {
			return
		}
	}
	name = strings.ToLower(name)
	switch {
	case r.stopped != "" && name == strings.ToLower(r.stopped):
		r.stopped = ""
		r.heard = append(r.heard, "go on")
	case r.stopped != "":
	case name == "stop-commands":
		r.stopped = data
		r.heard = append(r.heard, name)
	default:
		r.heard = append(r.heard, name)
	}
}

// second is the form ::name properties::data.
func (r *runner) second(line string) (name, data string, ok bool) {
	line, ok = strings.CutPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::")
	if !ok {
		return "", "", false
	}
	info, data, ok := strings.Cut(line, "::")
	name, _, _ = strings.Cut(info, " ")
	return name, data, ok && r.knows(name)
}

// first is the form ##[name properties]data, which may stand anywhere.
func (r *runner) first(line string) (name, data string, ok bool) {
	_, line, ok = strings.Cut(line, "##[")
	if !ok {
		return "", "", false
	}
	info, data, ok := strings.Cut(line, "]")
	name, _, _ = strings.Cut(info, " ")
	return name, data, ok && r.knows(name)
}

func (r *runner) knows(name string) bool {
	return slices.ContainsFunc(append(known, r.stopped), func(k string) bool { return k != "" && strings.EqualFold(k, name) })
}

// TestRunner holds the model to what the runner is known to do.
func TestRunner(t *testing.T) {
	for output, want := range map[string]string{
		"::error::x": "error", "  \t::error title=a,b::x": "error", "x ::error::x": "", "x\r::warning::y": "warning", "##[error]x": "error", "x ##[error]x": "error",
		"::nothing::x": "", "::error": "", "##[error": "", "::ERROR::x": "error", "::stop-commands::T\n::error::x\n##[error]x\n::T::\n::notice::x": "stop-commands go on notice",
		"\u00a0::error::x": "error", ":\u200b:error::x": "", "::stop-commands::T\n::t::": "stop-commands go on",
	} {
		var r runner
		r.read(output)
		if got := strings.Join(r.heard, " "); got != want {
			t.Errorf("%q: heard %q, want %q", output, got, want)
		}
	}
	r := runner{loose: true}
	r.read(":\u200b:error::x\n#\ufe0f#\u00ad[warning]")
	if got := strings.Join(r.heard, " "); got != "error warning" {
		t.Errorf("heard %q", got)
	}
}

// everywhere puts a text into every place of every event, and returns what the runner reads: stdout, stderr with what Mage
// prints behind it, and nothing else.
func everywhere(make func(*course) renderer, text string) []string {
	c := newCourse(make)
	c.filter = NewFilter(func(name string) string { return map[string]string{"GITHUB_ACTIONS": "true"}[name] })
	c.Step("%s", text)
	c.Note("%s", text)
	c.Note("the stack says: %s", text)
	c.Progress(Progress{Subject: text, Parent: text, State: "CREATE_IN_PROGRESS", Reason: text})
	c.Progress(Progress{Subject: "A", State: text, Reason: text})
	c.Progress(Progress{Subject: text, Parent: text, State: "CREATE_FAILED", Reason: text})
	c.Expect(text, 1, text)
	c.Quote([]Line{{"task ", text}, {text, text}})
	c.End()
	c.Result("%s", text)
	c.Result("reason  %s", text)
	c.Program([]Line{{"task ", text}, {"", text}})
	f := &Failure{Code: RolledBack, What: "x: " + text, Why: text, Evidence: []string{text, "task 1\n| " + text}, Next: []string{text}}
	c.Fail(f)
	if !f.Told {
		c.err.WriteString("Error: " + c.filter.Failure(f).printed() + "\n")
	}
	return []string{c.out.String(), c.err.String()}
}

// atGitHub are the forms in which its runner may be written to.
func atGitHub() map[string]func(*course) renderer {
	some := maps.Clone(forms)
	maps.DeleteFunc(some, func(name string, _ func(*course) renderer) bool { return strings.HasPrefix(name, "terminal") })
	return some
}

// hearsNoMore fails where the runner carries out anything for a text that it does not for a harmless one.
func hearsNoMore(t *testing.T, text string) {
	t.Helper()
	for form, make := range atGitHub() {
		for i, got := range everywhere(make, text) {
			for _, loose := range []bool{false, true} {
				is := runner{loose: loose}
				is.read(got)
				if want := usual[form][i]; !slices.Equal(is.heard, want) || is.stopped != "" {
					t.Fatalf("%s, loose %t: %q makes the runner hear %q, and not %q, in\n%s", form, loose, text, is.heard, want, got)
				}
			}
		}
	}
}

// usual is what the runner hears of a harmless text, by form and stream.
var usual = func() map[string][][]string {
	all := map[string][][]string{}
	for form, make := range atGitHub() {
		for _, got := range everywhere(make, "x") {
			var r runner
			r.read(got)
			all[form] = append(all[form], r.heard)
		}
	}
	return all
}()

// pieces are what commands are made of.
var pieces = []string{
	"::", ":", "##[", "##", "#", "[", "]", "error", "add-mask", "stop-commands", "group", " ", "\n", "\r", "\r\n", "\t", "\v", "\f", "\u0085", "\u00a0", "\u2028", "\u200b", "\u200d",
	"\ufe0f", "\u00ad", "\ufeff", "\u034f", "\u3164", "\x1b[0m", "\x00", "%0A", "%3A", "title=x", ",", "x", "| ", `\x3a`, "\xff", "\U000e0041", "DB_PASSWORD=", "***", "https://a:b@", "=",
}

// built is a text of pieces.
func built(picks []byte) string {
	var b strings.Builder
	for _, p := range picks {
		b.WriteString(pieces[int(p)%len(pieces)])
	}
	return b.String()
}

var hostile = []string{
	"one\n::error::FORGED", "x\r::warning::FORGED", "##[error]FORGED", "::add-mask::e", "  ::stop-commands::x", "\u200b::error::x", ":\u200b:error::x", "#\ufe0f#[error]x", "##\u200b[error]x",
	"x\n\u00a0::error::x", "x\u2028::error::x", "x\x85::error::x", "%0A::error::x", "::error::x%0A::error::y", "x\n\x1b[0m::error::x", "::group::\n::endgroup::", "ends with ::", "ends with ##", "[error]x",
}

func TestTheRunnerHearsNothingFromOutside(t *testing.T) {
	for _, text := range hostile {
		hearsNoMore(t, text)
	}
}

func FuzzTheRunnerHearsNothingFromOutside(f *testing.F) {
	for _, text := range hostile {
		f.Add(text, []byte{12, 0, 7, 0, 34})
	}
	f.Fuzz(func(t *testing.T, text string, picks []byte) {
		hearsNoMore(t, text)
		hearsNoMore(t, built(picks))
	})
}

// What a program writes stands between marks, with a token that nobody can know.
func TestProgramsStandBetweenMarks(t *testing.T) {
	c := newCourse(forms["github"])
	c.filter = NewFilter(func(name string) string { return map[string]string{"GITHUB_ACTIONS": "true"}[name] })
	c.Program([]Line{{"12:00 a ", "one\n::error::two"}, {"12:01 a ", "three"}})
	marked := regexp.MustCompile(`^::stop-commands::([A-Z2-7]{26})\n12:00 a one\n12:00 a \\x3a:error::two\n12:01 a three\n::([A-Z2-7]{26})::\n$`)
	m := marked.FindStringSubmatch(c.out.String())
	if m == nil || m[1] != m[2] {
		t.Errorf("got\n%s", &c.out)
	}
	other := newCourse(forms["plain"])
	other.Program([]Line{{"12:00 a ", "one\ntwo"}})
	if got := other.out.String(); got != "12:00 a one\n12:00 a two\n" {
		t.Errorf("elsewhere, got %q", got)
	}
	f := c.filter.Failure(&Failure{What: "w", Evidence: []string{"task 1 stopped\n| ::error::x"}, Next: []string{"n"}})
	if got := regexp.MustCompile(`[A-Z2-7]{26}`).ReplaceAllString(f.printed(), "T"); got != "w\n::stop-commands::T\n  seen: task 1 stopped\n        | ::error::x\n::T::\n  next: n" {
		t.Errorf("got %q", got)
	}
	if f.Evidence = []string{"no program's"}; f.printed() != f.Error() {
		t.Errorf("got %q", f.printed())
	}
}

// A text that went through comes through a second time as it is.
func FuzzFilter(f *testing.F) {
	for _, text := range append(slices.Clone(hostile), "\x1b[2J", "\x1b]0;TITLE\a", "a\u202eb", "\xc3\x28") {
		f.Add(text)
	}
	filter := NewFilter(func(name string) string { return map[string]string{"GITHUB_ACTIONS": "true"}[name] })
	f.Fuzz(func(t *testing.T, text string) {
		once := filter.Text(text)
		if twice := filter.Text(once); twice != once {
			t.Errorf("%q became %q, and then %q", text, once, twice)
		}
		if !isPrintable(once) || bytes.ContainsAny([]byte(once), "\r\x1b") {
			t.Errorf("%q became %q", text, once)
		}
	})
}

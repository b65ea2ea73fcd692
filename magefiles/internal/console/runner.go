package console

import (
	"crypto/rand"
	"fmt"
	"io"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// onGitHub tells whether GitHub's runner reads what is written.
func onGitHub(getenv func(string) string) bool { return getenv("GITHUB_ACTIONS") == "true" }

// commands are beginnings of workflow commands: two colons at the beginning of a line or behind its blanks, and ##[ anywhere
// in it. The runner compares them by the rules of a language, for which characters that are never seen are not there.
// https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
// https://learn.microsoft.com/dotnet/core/extensions/globalization-icu#string-comparison
var commands = lazyregexp.New(`(?m)^([\t\p{Z}` + unseen + `]*):([` + unseen + `]*:)|(#[` + unseen + `]*#[` + unseen + `]*)\[`)

// unseen are characters that such a comparison passes over.
// https://www.unicode.org/reports/tr10/#Completely_Ignorable, and those that are so by default.
const unseen = `\x{00}-\x{08}\x{0b}-\x{1f}\x{7f}-\x{9f}\p{Cf}\x{34f}\x{115f}\x{1160}\x{17b4}\x{17b5}\x{180b}-\x{180f}\x{3164}\x{fe00}-\x{fe0f}\x{ffa0}\x{fff0}-\x{fff8}\x{e0000}-\x{e0fff}`

// unheard is a text in which the runner sees no command: the character without which there is none is told as \x3a or \x5b.
func unheard(s string) string {
	return commands.ReplaceAllStringFunc(s, func(found string) string {
		m := commands.FindStringSubmatch(found)
		if m[3] != "" {
			return m[3] + `\x5b`
		}
		return m[1] + `\x3a` + m[2]
	})
}

// bracketed writes what comes from a program between two marks, between which the runner heeds no command.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#stopping-and-starting-workflow-commands
func bracketed(w io.Writer, text string) {
	(&lines{w}).bracket(func() { fmt.Fprint(w, text) })
}

// bracket writes the marks around what is written.
func (l *lines) bracket(write func()) {
	token := rand.Text()
	fmt.Fprintf(l.w, "::stop-commands::%s\n", token)
	write()
	fmt.Fprintf(l.w, "::%s::\n", token)
}

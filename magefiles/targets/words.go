package targets

import (
	"errors"
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// shellError is why a line is no command, and would be one of a shell.
type shellError string

func (e shellError) Error() string { return string(e) }

// splitWords splits a line into words as a POSIX shell does, with its quotes and backslashes, and expands nothing: no
// shell is there to do it, and $NAME, ~, *, braces and backquotes stay as they are written. What only a shell could carry
// out (&&, |, >, $(…), NAME=value before a program) is refused. Pure.
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02
func splitWords(line string) ([]string, error) {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX), syntax.KeepComments(true)).Parse(strings.NewReader(line), "")
	if err != nil {
		if wrong, ok := errors.AsType[syntax.ParseError](err); ok {
			err = fmt.Errorf("character %d: %s", wrong.Pos.Offset()+1, wrong.Text)
		}
		return nil, err
	}
	if len(file.Stmts) == 0 && len(file.Last) == 0 {
		return nil, errors.New("it is empty")
	}
	if len(file.Stmts) != 1 || len(file.Last) > 0 || len(file.Stmts[0].Comments) > 0 {
		return nil, shellError("it is more than one command")
	}
	stmt := file.Stmts[0]
	call, simple := stmt.Cmd.(*syntax.CallExpr)
	if !simple || len(stmt.Redirs) > 0 || stmt.Negated || stmt.Background || stmt.Semicolon.IsValid() {
		return nil, shellError("it has operators outside quotes, which only a shell carries out")
	}
	if len(call.Assigns) > 0 {
		return nil, shellError(call.Assigns[0].Name.Value + "= before a program is an assignment, which only a shell carries out")
	}
	words := make([]string, len(call.Args))
	for i, word := range call.Args {
		if words[i], err = literal(line, word.Parts, false); err != nil {
			return nil, err
		}
	}
	if words[0] == "" {
		return nil, errors.New("its program is empty")
	}
	return words, nil
}

// literal is what parts of a word mean once quotes and backslashes are taken away; what a shell would expand is as it
// stands in the line.
func literal(line string, parts []syntax.WordPart, quoted bool) (string, error) {
	var b strings.Builder
	for _, part := range parts {
		written := line[part.Pos().Offset():part.End().Offset()]
		switch p := part.(type) {
		case *syntax.Lit:
			b.WriteString(unescape(p.Value, quoted))
		case *syntax.SglQuoted:
			b.WriteString(strings.Trim(written, "'"))
		case *syntax.DblQuoted:
			inner, err := literal(line, p.Parts, true)
			if err != nil {
				return "", err
			}
			b.WriteString(inner)
		case *syntax.CmdSubst:
			if !quoted && !strings.HasPrefix(written, "`") {
				return "", shellError(written + " would have to be run by a shell; in quotes it stays as it is")
			}
			b.WriteString(written)
		case *syntax.ArithmExp:
			if !quoted {
				return "", shellError(written + " would have to be computed by a shell; in quotes it stays as it is")
			}
			b.WriteString(written)
		default: // $NAME, ${NAME:-value}
			b.WriteString(written)
		}
	}
	return b.String(), nil
}

// unescape takes backslashes away: before any character, or within double quotes before those that mean something
// there. A line break behind one is gone already.
func unescape(text string, quoted bool) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && (!quoted || strings.IndexByte("$`\"\\", text[i+1]) >= 0) {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

package image

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// step is a command of a list, and whether it stands behind ||.
type step struct {
	words []string
	or    bool
}

// andOrList reads a line of a shell that is made of plain commands with && and || between them; false where it is anything else.
// A word with something in it that a shell expands has a "$".
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_09_03
func andOrList(line string) (list []step, ok bool) {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(line), "")
	if err != nil || len(file.Stmts) != 1 || len(file.Last) > 0 {
		return nil, false
	}
	return steps(file.Stmts[0], false)
}

func steps(s *syntax.Stmt, or bool) (list []step, ok bool) {
	if s.Negated || s.Background || s.Coprocess || s.Semicolon.IsValid() {
		return nil, false
	}
	switch c := s.Cmd.(type) {
	case *syntax.CallExpr:
		now := step{or: or}
		if len(c.Assigns) > 0 {
			now.words = append(now.words, "$") // the shell sets it
		}
		for _, w := range c.Args {
			now.words = append(now.words, plain(w.Parts))
		}
		return []step{now}, true
	case *syntax.BinaryCmd:
		if c.Op != syntax.AndStmt && c.Op != syntax.OrStmt {
			return nil, false
		}
		first, ok1 := steps(c.X, or)
		second, ok2 := steps(c.Y, c.Op == syntax.OrStmt)
		return append(first, second...), ok1 && ok2
	}
	return nil, false
}

// plain is a word without its quotes.
func plain(parts []syntax.WordPart) string {
	var b strings.Builder
	for _, p := range parts {
		switch p := p.(type) {
		case *syntax.Lit:
			for rest, escaped := p.Value, false; rest != ""; rest = rest[1:] {
				if escaped = rest[0] == '\\' && !escaped; !escaped {
					b.WriteByte(rest[0])
				}
			}
		case *syntax.SglQuoted:
			b.WriteString(p.Value)
		case *syntax.DblQuoted:
			b.WriteString(plain(p.Parts))
		default:
			b.WriteByte('$')
		}
	}
	return b.String()
}

package image

import (
	"path"
	"slices"
	"strings"
)

// nodeStart is what a line of package.json's scripts starts, where that is plain: Node.js with a file of the project, or a
// server of a framework that is a package. npm itself is never run: it takes memory, and signals end it, not its child
// (https://github.com/npm/cli/issues/6547).
type nodeStart struct {
	env   map[string]string // variables that the line sets
	flags []string          // of Node.js
	serve string            // the package whose program runs the file; empty is none
	file  string            // relative to the project, slash-separated
	args  []string
}

// servers are programs that run a build, by the packages that they are in.
// https://reactrouter.com/start/framework/deploying https://v2.remix.run/docs/other-api/serve
var servers = map[string]string{"react-router-serve": "@react-router/serve", "remix-serve": "@remix-run/serve"}

// otherwise are options with which Node.js does something else than to run a file of a service.
var otherwise = []string{"-e", "--eval", "-p", "--print", "-c", "--check", "-i", "--interactive", "--test", "--run", "--watch"}

// parseStart takes a line of scripts apart; false where it is not plain. Pure.
func parseStart(line string) (s nodeStart, plain bool) {
	words, ok := shellWords(line)
	if !ok {
		return s, false
	}
	if len(words) > 0 && words[0] == "exec" {
		words = words[1:]
	}
	if len(words) > 0 && (words[0] == "cross-env" || words[0] == "env") {
		words = words[1:]
	}
	for len(words) > 0 && isAssignment(words[0]) {
		name, value, _ := strings.Cut(words[0], "=")
		if s.env == nil {
			s.env = map[string]string{}
		}
		s.env[name], words = value, words[1:]
	}
	if len(words) < 2 {
		return s, false
	}
	program, words := words[0], words[1:]
	if s.serve = servers[program]; s.serve == "" && program != "node" {
		return s, false
	}
	for s.serve == "" && len(words) > 0 && strings.HasPrefix(words[0], "-") {
		name, _, valued := strings.Cut(words[0], "=")
		if slices.Contains(otherwise, name) || strings.HasPrefix(name, "--watch") || strings.HasPrefix(name, "--inspect") {
			return s, false
		}
		n := 1
		if !valued && separateValue[name] {
			n = 2
		}
		if len(words) < n {
			return s, false
		}
		s.flags, words = append(s.flags, words[:n]...), words[n:]
	}
	if len(words) == 0 {
		return s, false
	}
	s.file, s.args = path.Clean(words[0]), words[1:]
	inside := !path.IsAbs(s.file) && s.file != ".." && !strings.HasPrefix(s.file, "../")
	return s, inside && !strings.HasPrefix(s.file, "-")
}

// shellWords are the words of a line as a shell has them; false where it does more with them than to take quotes off.
func shellWords(line string) (words []string, ok bool) {
	var word strings.Builder
	var quote rune
	begun := false
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == '\'':
			word.WriteRune(r)
		case strings.ContainsRune("$`\\", r), quote == 0 && strings.ContainsRune("|&;<>()*?[]{}~#!%\n", r):
			return nil, false
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, begun = r, true
		case r == ' ' || r == '\t':
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if begun {
		words = append(words, word.String())
	}
	return words, quote == 0
}

// isAssignment tells whether a word sets a variable.
func isAssignment(word string) bool {
	name, _, is := strings.Cut(word, "=")
	return is && name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == "" && (name[0] < '0' || name[0] > '9')
}

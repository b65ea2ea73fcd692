package image

import (
	"bytes"
	"errors"
	"strings"
)

// compiling hears what `go build -v` says: a line for each package that is compiled, and for each module that is
// fetched. It tells the first of each kind.
type compiling struct {
	tell func(string)
	what string

	rest              []byte // of a line that is not complete
	fetched, compiled bool
}

func (c *compiling) Write(p []byte) (int, error) {
	c.rest = append(c.rest, p...)
	for {
		line, rest, complete := bytes.Cut(c.rest, []byte("\n"))
		if !complete {
			return len(p), nil
		}
		c.rest = rest
		switch text := string(line); {
		case strings.HasPrefix(text, "go: downloading ") && !c.fetched:
			c.fetched = true
			c.tell("fetching the modules of " + c.what)
		case isPackageLine(text) && !c.compiled:
			c.compiled = true
			c.tell("compiling " + c.what)
		}
	}
}

// isPackageLine tells whether a line is the import path of a package, and no message.
func isPackageLine(line string) bool {
	return line != "" && !strings.ContainsAny(line, " \t:#")
}

// without is a failure of the go command without the packages that it compiled before it.
func (c *compiling) without(err error) error {
	said, ok := errors.AsType[*commandError](err)
	if !ok {
		return err
	}
	var lines []string
	for line := range strings.Lines(said.said) {
		if !isPackageLine(strings.TrimSuffix(line, "\n")) {
			lines = append(lines, line)
		}
	}
	return &commandError{said: strings.TrimSpace(strings.Join(lines, "")), err: said.err}
}

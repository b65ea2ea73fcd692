package console

import "strings"

// Line is what a program wrote at once, which may be several lines.
type Line struct {
	Prefix string // tells when, and which program
	Text   string
}

// printed are its lines, each with the prefix.
func (f *Filter) printed(l Line) string {
	prefix := f.Text(l.Prefix)
	return prefix + below(prefix, f.Text(l.Text))
}

// Program writes what programs wrote to stdout, as a result. Where GitHub's runner reads it, it heeds nothing of it.
func (c *Console) Program(lines []Line) {
	if len(lines) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(c.filter.printed(l) + "\n")
	}
	if !c.filter.runner {
		c.result(b.String())
		return
	}
	var marked strings.Builder
	bracketed(&marked, b.String())
	c.result(marked.String())
}

// Quote tells what programs wrote as notes, each behind a mark.
func (c *Console) Quote(lines []Line) {
	if len(lines) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	tell := func() {
		for _, l := range lines {
			l.Prefix = Quotation + l.Prefix
			for line := range strings.SplitSeq(c.filter.printed(l), "\n") {
				c.write(Event{Kind: "note", Text: line})
			}
		}
	}
	if b, ok := c.renderer.(interface{ bracket(func()) }); ok && c.filter.runner {
		b.bracket(tell)
		return
	}
	tell()
}

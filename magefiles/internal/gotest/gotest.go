// Package gotest reads what `go test -json` says: it shows packages as they finish and failures in full, counts,
// and collects which independent judges (aws, cfn-lint, skopeo …) tests missed, and what tests left out. It runs nothing.
//
// It knows the events of go test, and which judges the tests ask for; it does not run anything. Imported by magefiles.
package gotest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// event is one line of `go test -json`; see `go doc cmd/test2json`.
type event struct {
	Action  string
	Package string
	Test    string
	Elapsed float64
	Output  string
}

// Summary is how a run ended.
type Summary struct {
	Passed, Failed, Skipped int
	// Missing are the judges that tests asked for in vain, by saying "judge missing: NAME".
	Missing []string
	// Tried are the cases that tests tried of all of theirs, where they left some out by saying "short: N of M cases".
	Tried, Cases int
	// Unended are the tests that had not ended when their package failed.
	Unended []string
}

// String is a closing line, after one about the judges and one about what was left out.
func (s Summary) String() string {
	var b strings.Builder
	if len(s.Missing) > 0 {
		fmt.Fprintf(&b, "judges missing, so their tests were skipped: %s\n", strings.Join(s.Missing, ", "))
	}
	if s.Cases > 0 {
		fmt.Fprintf(&b, "shortened: %d of %d cases of the longest tests\n", s.Tried, s.Cases)
	}
	if len(s.Unended) > 0 {
		fmt.Fprintf(&b, "not ended: %s\n", strings.Join(s.Unended, ", "))
	}
	fmt.Fprintf(&b, "%d passed, %d failed, %d skipped", s.Passed, s.Failed, s.Skipped)
	return b.String()
}

var (
	missing = regexp.MustCompile(`judge missing: ([\w.-]+)`)
	short   = regexp.MustCompile(`short: (\d{1,9}) of (\d{1,9}) cases`)
)

// Follow reads events to their end and writes what a person wants to see.
func Follow(events io.Reader, out io.Writer) (Summary, error) {
	var s Summary
	output := map[string][]string{} // of a test, until it is known how it ended
	lines := bufio.NewScanner(events)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(out, lines.Text()) // a build's own words
			continue
		}
		s.note(e, output, out)
	}
	slices.Sort(s.Missing)
	s.Missing = slices.Compact(s.Missing)
	return s, lines.Err()
}

func (s *Summary) note(e event, output map[string][]string, out io.Writer) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(out, e.Output)
	case "output":
		output[key] = append(output[key], e.Output)
		for _, m := range missing.FindAllStringSubmatch(e.Output, -1) {
			s.Missing = append(s.Missing, m[1])
		}
		if m := short.FindStringSubmatch(e.Output); m != nil {
			tried, _ := strconv.Atoi(m[1]) // they are numbers
			cases, _ := strconv.Atoi(m[2])
			s.Tried, s.Cases = s.Tried+tried, s.Cases+cases
		}
	case "pass", "skip", "fail":
		if e.Test == "" {
			if e.Action != "skip" {
				fmt.Fprintf(out, "%-4s %s %.1fs\n", e.Action, e.Package, e.Elapsed)
			}
			if e.Action == "fail" {
				fmt.Fprint(out, strings.Join(output[key], ""))
				s.showUnended(e.Package, output, out)
			}
		} else {
			s.count(e.Action)
			if e.Action == "fail" {
				fmt.Fprintf(out, "FAIL %s %s\n%s", e.Package, e.Test, strings.Join(output[key], ""))
			}
		}
		delete(output, key)
	}
}

// showUnended shows the tests that had not ended when their package failed: of a package that ran out of time, or whose
// process was killed, they alone say where it was. go test has no event for them.
func (s *Summary) showUnended(pkg string, output map[string][]string, out io.Writer) {
	for _, key := range slices.Sorted(maps.Keys(output)) {
		if name, of := strings.CutPrefix(key, pkg+" "); of && name != "" {
			fmt.Fprintf(out, "FAIL %s %s (not ended)\n%s", pkg, name, strings.Join(output[key], ""))
			s.Unended = append(s.Unended, name)
			delete(output, key)
		}
	}
}

func (s *Summary) count(action string) {
	switch action {
	case "pass":
		s.Passed++
	case "fail":
		s.Failed++
	case "skip":
		s.Skipped++
	}
}

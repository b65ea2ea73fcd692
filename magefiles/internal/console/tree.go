package console

import (
	"slices"
	"strings"
	"time"
)

// said is the state of a subject that said something and reached no state by it.
const said = "event"

// tree is what is under way, each thing below what it is part of, in the order of its beginning.
type tree struct {
	nodes    []node
	expected map[string]time.Duration // by subject, for when it begins
}

// node is one thing under way.
type node struct {
	subject, parent, state string

	far   string    // how far it has come, where its state is nothing but IN_PROGRESS
	began time.Time // by the clock of who began it
	seen  time.Time // when that was seen here
}

// row is a node as it is shown.
type row struct {
	depth          int // how many others it is below
	subject, state string
	far            string // how far it has come, as far as it tells
	age            time.Duration
	expected       time.Duration // from its beginning to its end; 0 where nothing is known
}

// underWay tells whether a state is on the way to another one: an operation, a task that starts, a target that is
// new.
func underWay(state string) bool {
	switch state {
	case "PROVISIONING", "PENDING", "ACTIVATING", "initial":
		return true
	}
	return strings.HasSuffix(state, "IN_PROGRESS")
}

// reach brings the tree up to date with progress that was made at a time, by the clock of who made it; zero is when it
// was seen. Where something ends by it, took is how long that was under way, and what is below it goes with it; 0
// where nothing ends, or where its beginning was not seen.
func (t *tree) reach(p Event, at time.Time) (took time.Duration) {
	if at.IsZero() {
		at = p.Time
	}
	i := slices.IndexFunc(t.nodes, func(n node) bool { return n.subject == p.Subject && n.parent == p.Parent })
	switch {
	case p.State == said:
	case underWay(p.State) && i < 0:
		t.nodes = append(t.nodes, node{p.Subject, p.Parent, p.State, far(p), at, p.Time})
	case underWay(p.State):
		t.nodes[i].state, t.nodes[i].far = p.State, far(p)
	case i >= 0:
		took = max(0, at.Sub(t.nodes[i].began))
		t.remove(i)
	}
	return took
}

// far is how far something has come: the text of a state that says nothing else.
func far(p Event) string {
	if p.State == "IN_PROGRESS" {
		return p.Text
	}
	return ""
}

// remove takes a node away, and what is below it.
func (t *tree) remove(i int) {
	subject := t.nodes[i].subject
	t.nodes = slices.Delete(t.nodes, i, i+1)
	for {
		child := slices.IndexFunc(t.nodes, func(n node) bool { return n.parent == subject })
		if child < 0 {
			return
		}
		t.remove(child)
	}
}

// expect says how long the next run of a subject will take.
func (t *tree) expect(subject string, d time.Duration) {
	if t.expected == nil {
		t.expected = map[string]time.Duration{}
	}
	t.expected[subject] = d
}

// rows are the nodes at a time, each after what it is part of. What is part of something that is not under way
// stands by itself.
func (t *tree) rows(now time.Time) []row {
	rows := make([]row, 0, len(t.nodes))
	placed := make([]bool, len(t.nodes))
	var place func(i, depth int)
	place = func(i, depth int) {
		n := t.nodes[i]
		placed[i] = true
		r := row{depth: depth, subject: n.subject, state: n.state, far: n.far, age: now.Sub(n.seen)}
		if !strings.Contains(n.state, "ROLLBACK") { // what goes back takes another time
			r.expected = t.expected[n.subject]
		}
		rows = append(rows, r)
		for j, child := range t.nodes {
			if !placed[j] && child.parent == n.subject {
				place(j, depth+1)
			}
		}
	}
	for i, n := range t.nodes {
		if !placed[i] && !slices.ContainsFunc(t.nodes, func(above node) bool { return above.subject == n.parent }) {
			place(i, 0)
		}
	}
	return rows
}

// Package spread makes tables of tests shorter with -short, as they are under the race detector, which makes them several
// times as long: the same code runs in each of the cases, and it sees nothing new in the hundredth. What is left out is told
// in the words that package gotest adds up. Without -short, as in "go tool mage test", everything is tried.
//
// What a test asks of another program is left out whole: neither the race detector nor what it makes slower is in there.
//
// It knows how many cases there are, and does not know what they are about. Imported by tests.
package spread

import (
	"maps"
	"slices"
	"testing"
)

// Table is the part of a table that a test tries: n cases, or one, that lie evenly in the order of their names, the first
// and the last among them.
func Table[C any](t testing.TB, n int, all map[string]C) map[string]C {
	t.Helper()
	few := map[string]C{}
	for _, name := range List(t, n, slices.Sorted(maps.Keys(all))) {
		few[name] = all[name]
	}
	return few
}

// List is the part of a list that a test tries: n cases, or one, that lie evenly in it, the first and the last among them.
func List[C any](t testing.TB, n int, all []C) []C {
	t.Helper()
	if !testing.Short() || len(all) <= n {
		return all
	}
	few := evenly(n, all)
	t.Logf("short: %d of %d cases", len(few), len(all))
	return few
}

// Outside leaves out, with -short, a test whose work is that of another program, such as a judge.
func Outside(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("short: 0 of 1 cases: another program does the work")
	}
}

func evenly[C any](n int, all []C) (few []C) {
	if n <= 1 {
		return all[:1]
	}
	for i := range n {
		few = append(few, all[i*(len(all)-1)/(n-1)])
	}
	return few
}

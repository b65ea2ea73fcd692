package targets_test

import (
	"maps"
	"slices"
	"testing"
)

// spread is what a test tries of a table: all of it; with -short, under the race detector, n cases, 2 at least, that lie
// evenly in the order of their names, the first and the last among them. The same code runs in each, and the detector,
// which makes them several times as long, sees nothing new in the hundredth. How many of how many are tried is told.
func spread[C any](t *testing.T, n int, all map[string]C) map[string]C {
	t.Helper()
	if !testing.Short() || len(all) <= n {
		return all
	}
	names, few := slices.Sorted(maps.Keys(all)), map[string]C{}
	for i := range n {
		name := names[i*(len(names)-1)/(n-1)]
		few[name] = all[name]
	}
	t.Logf("short: %d of %d cases", len(few), len(all))
	return few
}

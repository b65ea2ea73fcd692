package spread

import (
	"slices"
	"testing"
)

func TestCasesLieEvenly(t *testing.T) {
	all := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	for n, want := range map[int][]int{1: {0}, 2: {0, 9}, 3: {0, 4, 9}, 4: {0, 3, 6, 9}, 9: {0, 1, 2, 3, 4, 5, 6, 7, 9}} {
		if got := evenly(n, all); !slices.Equal(got, want) {
			t.Errorf("%d of 10: %v, want %v", n, got, want)
		}
	}
}

func TestNothingIsLeftOutOtherwise(t *testing.T) {
	want := 3
	if testing.Short() {
		want = 2
	}
	if got := Table(t, 2, map[string]int{"a": 1, "b": 2, "c": 3}); len(got) != want || got["a"] != 1 || got["c"] != 3 {
		t.Errorf("%v, want %d of them", got, want)
	}
	if got := List(t, 4, []int{1, 2, 3}); !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("of fewer: %v", got)
	}
}

func TestWhatOthersDoIsLeftOut(t *testing.T) {
	ran := false
	t.Run("of another program", func(t *testing.T) {
		Outside(t)
		ran = true
	})
	if ran == testing.Short() {
		t.Errorf("it ran: %v", ran)
	}
}

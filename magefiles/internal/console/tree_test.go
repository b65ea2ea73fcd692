package console

import (
	"slices"
	"testing"
	"time"
)

// at is progress that is seen when it is made.
func (t *tree) at(second int, parent, subject, state string) time.Duration {
	at := time.Unix(int64(second), 0)
	return t.reach(Event{Time: at, Kind: "progress", Subject: subject, Parent: parent, State: state}, at)
}

// picture is the tree as text, a line per node.
func (t *tree) picture() []string {
	var lines []string
	for _, r := range t.rows(time.Unix(100, 0)) {
		lines = append(lines, tableLine(r, 46))
	}
	return lines
}

func TestTheTreeShowsWhatIsPartOfWhat(t *testing.T) {
	var tr tree
	tr.at(0, "", "S", "UPDATE_IN_PROGRESS")
	tr.at(10, "S", "A", "UPDATE_IN_PROGRESS")
	tr.at(20, "S", "Service", "UPDATE_IN_PROGRESS")
	tr.at(30, "Service", "task 1", "PENDING")
	tr.at(30, "Service", "shop", said)
	tr.at(40, "gone", "orphan", "PENDING")
	want := []string{
		"  … S UPDATE_IN_PROGRESS  1m40s",
		"    … A UPDATE_IN_PROGRESS  1m30s",
		"    … Service UPDATE_IN_PROGRESS  1m20s",
		"      … task 1 PENDING  1m10s",
		"  … orphan PENDING  1m0s",
	}
	if got := tr.picture(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	// What is below something ends with it.
	if took := tr.at(50, "S", "Service", "UPDATE_FAILED"); took != 30*time.Second {
		t.Errorf("the service took %s", took)
	}
	if got := tr.picture(); !slices.Equal(got, []string{want[0], want[1], want[4]}) {
		t.Errorf("got %q", got)
	}
}

func TestHowLongSomethingTook(t *testing.T) {
	var tr tree
	if took := tr.at(5, "S", "A", "CREATE_COMPLETE"); took != 0 {
		t.Errorf("%s, although its beginning was not seen", took)
	}
	tr.at(10, "S", "A", "CREATE_IN_PROGRESS")
	tr.at(11, "S", "A", "CREATE_IN_PROGRESS") // Resource creation Initiated
	if took := tr.at(12, "T", "A", "CREATE_COMPLETE"); took != 0 {
		t.Errorf("%s, although that is a resource of another stack", took)
	}
	if took := tr.at(12, "S", "A", said); took != 0 {
		t.Errorf("%s, although nothing ended", took)
	}
	if took := tr.at(25, "S", "A", "CREATE_COMPLETE"); took != 15*time.Second {
		t.Errorf("got %s", took)
	}
	tr.at(40, "S", "A", "DELETE_IN_PROGRESS")
	if took := tr.at(30, "S", "A", "DELETE_COMPLETE"); took != 0 {
		t.Errorf("%s, although the clock was set back", took)
	}
}

// A thing that is said to be part of itself, or of what is part of it, does not hang the console.
func TestTheTreeHasAnEnd(t *testing.T) {
	var tr tree
	tr.at(0, "", "S", "UPDATE_IN_PROGRESS")
	tr.at(0, "S", "S", "UPDATE_IN_PROGRESS")
	tr.at(0, "B", "A", "UPDATE_IN_PROGRESS")
	tr.at(0, "A", "B", "UPDATE_IN_PROGRESS")
	if got := tr.picture(); len(got) < 2 {
		t.Errorf("got %q", got)
	}
	tr.at(1, "B", "A", "UPDATE_COMPLETE")
	tr.at(1, "", "S", "UPDATE_COMPLETE")
	if got := tr.picture(); len(got) > 0 {
		t.Errorf("left %q", got)
	}
}

func TestWhatIsLeft(t *testing.T) {
	for _, c := range []struct {
		expected, age time.Duration
		want          string
	}{
		{0, time.Minute, ""},
		{95 * time.Second, 0, "about 1m35s left"},
		{95 * time.Second, 14 * time.Second, "about 1m20s left"},
		{95 * time.Second, 80 * time.Second, "about 15s left"},
		{95 * time.Second, 94900 * time.Millisecond, "about 1s left"},
		{95 * time.Second, 95 * time.Second, "longer than usual"},
		{95 * time.Second, time.Hour, "longer than usual"},
	} {
		if got := left(c.expected, c.age); got != c.want {
			t.Errorf("%s of %s: got %q, want %q", c.age, c.expected, got, c.want)
		}
	}
	// What goes back takes another time than what goes on.
	tr := tree{}
	tr.expect("S", time.Minute)
	tr.at(90, "", "S", "UPDATE_IN_PROGRESS")
	if got := tr.picture(); !slices.Equal(got, []string{"  … S UPDATE_IN_PROGRESS  10s, about 50s left"}) {
		t.Errorf("got %q", got)
	}
	tr.at(95, "", "S", "UPDATE_ROLLBACK_IN_PROGRESS")
	if got := tr.picture(); !slices.Equal(got, []string{"  … S UPDATE_ROLLBACK_IN_PROGRESS  10s"}) {
		t.Errorf("got %q", got)
	}
}

func TestDurationsAsPeopleReadThem(t *testing.T) {
	for d, want := range map[time.Duration]string{
		38200 * time.Microsecond: "38ms", 7430 * time.Millisecond: "7.4s", 95400 * time.Millisecond: "1m35s", 65 * time.Minute: "1h5m0s",
	} {
		if got := short(d); got != want {
			t.Errorf("%d: got %q, want %q", d, got, want)
		}
	}
}

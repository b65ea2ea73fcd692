package console

import "testing"

// onATerminal puts a text into every place, and looks at the screen after each.
func onATerminal(t *testing.T, text string, columns, rows int) {
	t.Helper()
	s := newShow(t, columns, rows)
	for _, now := range []struct {
		place   string
		happens func()
	}{
		{"step", func() { s.Step("%s", text) }},
		{"note", func() { s.Note("%s", text) }},
		{"expected", func() { s.Expect(text, 1, text) }},
		{"begun", func() { s.Progress(Progress{Subject: text, State: "CREATE_IN_PROGRESS", Reason: text}) }},
		{"part", func() { s.Progress(Progress{Subject: "A", Parent: text, State: "IN_PROGRESS", Reason: text}) }},
		{"ended", func() { s.Progress(Progress{Subject: text, State: "CREATE_FAILED", Reason: text}) }},
		{"state", func() { s.Progress(Progress{Subject: "B", State: text}) }},
		{"under way", func() { s.Progress(Progress{Subject: "C", State: text + "_IN_PROGRESS"}) }},
		{"quoted", func() { s.Quote([]Line{{"task ", text}}) }},
		{"result", func() { s.Result("%s", text) }},
		{"program", func() { s.Program([]Line{{"task ", text}}) }},
	} {
		now.happens()
		s.Refresh()
		s.check(now.place)
	}
	s.End()
	if _, err := s.screen.Write([]byte("Error: " + s.filter.Failure(&Failure{What: text, Why: text, Evidence: []string{text}, Next: []string{text}}).Error() + "\n")); err != nil {
		t.Fatal(err)
	}
}

var moving = []string{
	"\x1b[2J", "\x1b]0;TITLE\a", "\x1b[1A\x1b[Kforged", "a\rb", "a\r\nb", "a\bb", "\x9b2J", "\u009b2J", "\u202eabc", "\u2066a\u2069", "a\tb", "a\vb\fc", "\x0e\x0f", "\x05", "\x1bc", "\xff\xfe", "\u2028x\u2029",
	"長い" + "\u0301", "one\ntwo\n", "\n\n", "",
}

func TestNothingFromOutsideMovesTheCursor(t *testing.T) {
	for _, text := range moving {
		onATerminal(t, text, 80, 24)
		onATerminal(t, text, 7, 3)
	}
}

func FuzzNothingFromOutsideMovesTheCursor(f *testing.F) {
	for _, text := range moving {
		f.Add(text, uint8(80), uint8(24))
	}
	f.Fuzz(func(t *testing.T, text string, columns, rows uint8) {
		if len(text) > 2000 {
			t.Skip() // a screen is small
		}
		onATerminal(t, text, 2+int(columns)%120, 1+int(rows)%40)
	})
}

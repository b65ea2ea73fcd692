package targets

import (
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
)

// meter tells how far the steps of an image have come: several times a second where that is a line of a live table,
// now and then where each time is a line of its own.
type meter struct {
	session *session
	every   time.Duration

	mu     sync.Mutex
	shown  map[string]time.Time // steps under way that were told of
	totals map[string]int64
	begun  map[string]time.Time
}

func (s *session) meter() *meter {
	m := &meter{session: s, every: 5 * time.Second, shown: map[string]time.Time{}, totals: map[string]int64{}, begun: map[string]time.Time{}}
	if f, ok := s.Err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		m.every = 100 * time.Millisecond
	}
	return m
}

// report is what [image.Options.Progress] takes. A step that is over before it would be told of is not.
func (m *meter) report(p image.Progress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	last, shown := m.shown[p.Step]
	if !shown {
		if _, known := m.begun[p.Step]; !known {
			m.begun[p.Step] = now
		}
		last = m.begun[p.Step]
	}
	if p.Doing != "" {
		m.shown[p.Step] = now
		m.session.console.Progress(console.Progress{Subject: p.Step, State: "IN_PROGRESS", Reason: p.Doing})
		return
	}
	if shown && p.Complete == p.Total {
		m.totals[p.Step] = p.Total
	}
	if p.Total == 0 || p.Complete == p.Total || now.Sub(last) < m.every {
		return
	}
	m.shown[p.Step], m.totals[p.Step] = now, p.Total
	m.session.console.Progress(console.Progress{
		Subject: p.Step, State: "IN_PROGRESS", Reason: fmt.Sprintf("%.1f of %.1f MB", float64(p.Complete)/1e6, float64(p.Total)/1e6),
	})
}

// end tells that the steps under way are complete.
func (m *meter) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for step := range m.shown {
		m.session.console.Progress(console.Progress{Subject: step, State: "COMPLETE", Reason: fmt.Sprintf("%.1f MB", float64(m.totals[step])/1e6)})
	}
	clear(m.shown)
}

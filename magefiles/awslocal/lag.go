package awslocal

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// lag keeps what is needed to answer as AWS does now and then: with what was true before the last write.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
type lag struct {
	now    func() time.Time                  // of the simulated world
	scaled func(time.Duration) time.Duration // what AWS time takes there

	mu      sync.Mutex
	written map[string]write // the last one, by service
	answers map[string]*seen // by operation and question
	missed  map[string]int   // times, by the question for tasks
}

// write to a service: when, and how many there were.
type write struct {
	at    time.Time
	count int
}

// seen are the answers to a question: the last one, with how many writes there were by then, and the last one from before
// the last write.
type seen struct {
	last, before *answer
	writes       int
}

func newLag(now func() time.Time, scaled func(time.Duration) time.Duration) *lag {
	return &lag{now: now, scaled: scaled, written: map[string]write{}, answers: map[string]*seen{}, missed: map[string]int{}}
}

// lagging is a lag, and whether it has begun.
type lagging struct {
	Fault
	on bool
}

// answer of a call.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

func (a *answer) send(w http.ResponseWriter, body []byte) {
	for name, values := range a.header {
		if name != "Content-Length" {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // a client that has gone is told nothing
}

// reads tells whether an action changes nothing.
func reads(action string) bool {
	return slices.ContainsFunc([]string{"Describe", "List", "Get", "Batch", "Filter"}, func(verb string) bool { return strings.HasPrefix(action, verb) })
}

// serve answers a call as the lags say. What those need that have not begun is kept.
func (l *lag) serve(w http.ResponseWriter, c apiCall, lags []lagging, inner func(http.ResponseWriter)) {
	fresh := &answer{header: http.Header{}, status: http.StatusOK}
	inner(fresh)
	l.mu.Lock()
	defer l.mu.Unlock()
	key := c.Operation() + " " + c.Question()
	body := fresh.body.Bytes()
	for _, f := range lags {
		switch {
		case fresh.status >= 300:
		case f.Kind == Stale && !reads(c.Action):
			l.written[c.Service.Name] = write{l.now(), l.written[c.Service.Name].count + 1}
		case f.Kind == Stale:
			if old := l.stale(key, c.Service.Name, f); old != nil {
				body = old.body.Bytes()
			} else {
				l.answers[key].last = fresh
			}
		case f.Kind == Missing && f.on && c.Operation() == "ecs:DescribeTasks":
			if l.missed[key]++; l.missed[key] <= f.Times {
				body = missingTasks(c.Question())
			}
		case f.Kind == LateLogs && f.on:
			body = withoutLate(body, l.now().Add(-l.scaled(f.Delay)))
		}
	}
	fresh.send(w, body)
}

// stale is the answer from before the last write, where that is what a read gets.
func (l *lag) stale(key, service string, f lagging) *answer {
	known, last := l.answers[key], l.written[service]
	if known == nil {
		known = &seen{writes: last.count}
		l.answers[key] = known
	}
	if known.writes != last.count {
		known.before, known.writes = known.last, last.count
	}
	if f.on && l.now().Before(last.at.Add(l.scaled(f.Delay))) {
		return known.before
	}
	return nil
}

// missingTasks is the answer of ECS to who asks for tasks that it does not know yet.
func missingTasks(question string) []byte {
	var asked struct {
		Tasks []string `json:"tasks"`
	}
	_ = json.Unmarshal([]byte(question), &asked) // it was served
	type failure struct {
		ARN    string `json:"arn"`
		Reason string `json:"reason"`
	}
	failures := []failure{}
	for _, t := range asked.Tasks {
		failures = append(failures, failure{t, "MISSING"})
	}
	body, _ := json.Marshal(map[string]any{"tasks": []struct{}{}, "failures": failures}) // plain data
	return body
}

// withoutLate is an answer of CloudWatch Logs without the events that it took after a time.
func withoutLate(body []byte, since time.Time) []byte {
	var out map[string]json.RawMessage
	var events []map[string]json.RawMessage
	if json.Unmarshal(body, &out) != nil || json.Unmarshal(out["events"], &events) != nil {
		return body
	}
	events = slices.DeleteFunc(events, func(e map[string]json.RawMessage) bool {
		var taken int64
		return json.Unmarshal(e["ingestionTime"], &taken) == nil && time.UnixMilli(taken).After(since)
	})
	if events == nil {
		events = []map[string]json.RawMessage{}
	}
	out["events"], _ = json.Marshal(events) // it was JSON
	shorter, _ := json.Marshal(out)
	return shorter
}

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
	now func() time.Time // of AWS

	mu      sync.Mutex
	written map[string]time.Time // by service
	answers map[string]*answer   // by operation and question, from before the last write
	missed  map[string]int       // times, by the question for tasks
}

func newLag(now func() time.Time) *lag {
	return &lag{now: now, written: map[string]time.Time{}, answers: map[string]*answer{}, missed: map[string]int{}}
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

// serve answers a call as the lags among its faults say.
func (l *lag) serve(w http.ResponseWriter, c apiCall, hits []Fault, inner func(http.ResponseWriter)) {
	fresh := &answer{header: http.Header{}, status: http.StatusOK}
	inner(fresh)
	l.mu.Lock()
	defer l.mu.Unlock()
	service, action := c.Service.Name, c.Action
	key := c.Operation() + " " + c.Question()
	body, good := fresh.body.Bytes(), fresh.status < 300
	for _, f := range hits {
		switch {
		case !good:
		case f.Kind == Stale && !reads(action):
			l.written[service] = l.now()
		case f.Kind == Stale:
			if old := l.answers[key]; old != nil && l.now().Before(l.written[service].Add(f.Delay)) {
				body = old.body.Bytes()
			} else {
				l.answers[key] = fresh
			}
		case f.Kind == Missing && c.Operation() == "ecs:DescribeTasks":
			if l.missed[key]++; l.missed[key] <= f.Times {
				body = missingTasks(c.Question())
			}
		case f.Kind == LateLogs:
			body = withoutLate(body, l.now().Add(-f.Delay))
		}
	}
	fresh.send(w, body)
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

// Package crowd asks a server by many connections at once while something happens to what is behind it, and counts which
// answers were not those that were wanted. Half of the requests are POST, which no client repeats by itself.
//
// It knows HTTP, and does not know who answers. Imported by tests.
package crowd

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// connections is how many ask at once.
const connections = 50

// Crowd asks until it is told to stop.
type Crowd struct {
	client *http.Client
	url    string
	wanted func(body string) bool

	asked, failed atomic.Int64
	mu            sync.Mutex
	why           map[string]int
	stop          func()
	group         sync.WaitGroup
}

// Options are how a crowd asks.
type Options struct {
	URL    string
	Wanted func(body string) bool // the answer is 200 and this; nil: anything
	GET    bool                   // no POST: the page is for reading alone
}

// Gather begins to ask. It stops with the test at the latest.
func Gather(t testing.TB, o Options) *Crowd {
	c := &Crowd{url: o.URL, wanted: o.Wanted, why: map[string]int{}}
	stop := make(chan struct{})
	c.stop = sync.OnceFunc(func() {
		close(stop)
		c.group.Wait()
		c.client.CloseIdleConnections()
	})
	t.Cleanup(c.stop)
	c.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}, Timeout: 30 * time.Second}
	for range connections {
		c.group.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if why := c.ask(i%2 == 0 && !o.GET); why != "" {
					c.failed.Add(1)
					c.mu.Lock()
					c.why[why]++
					c.mu.Unlock()
				}
				c.asked.Add(1)
			}
		})
	}
	return c
}

// ask says what is wrong with an answer.
func (c *Crowd) ask(post bool) string {
	method, body := http.MethodGet, io.Reader(nil)
	if post {
		method, body = http.MethodPost, strings.NewReader("an order")
	}
	q, err := http.NewRequest(method, c.url, body)
	if err != nil {
		return err.Error()
	}
	r, err := c.client.Do(q)
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK || c.wanted != nil && !c.wanted(string(text)) {
		return fmt.Sprintf("%d %.40q %v", r.StatusCode, text, err)
	}
	return ""
}

// Asked is how many answers there were so far.
func (c *Crowd) Asked() int64 { return c.asked.Load() }

// Await waits until there were n answers.
func (c *Crowd) Await(n int64) {
	for c.Asked() < n {
		time.Sleep(time.Millisecond)
	}
}

// End stops asking. why is how often what was wrong.
func (c *Crowd) End() (asked, failed int64, why map[string]int) {
	c.stop()
	return c.asked.Load(), c.failed.Load(), c.why
}

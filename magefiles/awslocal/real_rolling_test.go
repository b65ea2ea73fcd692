//go:build linux

package awslocal_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
)

// crowd asks by 50 connections until it is told to stop.
type crowd struct {
	asked, failed atomic.Int64
	mu            sync.Mutex
	why           map[string]int
	stop          chan struct{}
	group         sync.WaitGroup
}

func gather(url string) *crowd {
	c := &crowd{stop: make(chan struct{}), why: map[string]int{}}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 50}, Timeout: 30 * time.Second}
	for range 50 {
		c.group.Go(func() {
			defer client.CloseIdleConnections()
			for i := 0; ; i++ {
				select {
				case <-c.stop:
					return
				default:
				}
				if why := requested(client, url, i%2 == 0); why != "" {
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

// requested sends a GET or a POST, which nobody repeats, and says what is wrong with the answer.
func requested(client *http.Client, url string, post bool) string {
	method, body := http.MethodGet, io.Reader(nil)
	if post {
		method, body = http.MethodPost, strings.NewReader("an order")
	}
	q, err := http.NewRequest(method, url+"/page", body)
	if err != nil {
		return err.Error()
	}
	r, err := client.Do(q)
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	if text, err := io.ReadAll(r.Body); r.StatusCode != http.StatusOK || !strings.Contains(string(text), "/page at ip-10-0-") || err != nil {
		return fmt.Sprintf("%d %.40q %v", r.StatusCode, text, err)
	}
	return ""
}

func (c *crowd) end() (asked, failed int64) {
	close(c.stop)
	c.group.Wait()
	return c.asked.Load(), c.failed.Load()
}

// rolls replaces both tasks of a service so often, and until so many requests were made. The program answers after 20 ms.
func rolls(t *testing.T, a *executed, graceful bool, times int, requests int64) (asked, failed int64, why map[string]int) {
	t.Helper()
	behaviour := []string{"slow", "20ms", ",", "serve", ":3000"}
	if !graceful {
		behaviour = append([]string{"abrupt", ","}, behaviour...)
	}
	app := func(version int) string { return fmt.Sprint("version ", version, " ") }
	first := greeting(app(0), a.container("app", behaviour...))
	b := a.serve(t, 2, first)
	b.answers(t, "/page", http.StatusOK, app(0))
	b.settled(t)
	c := gather(b.url)
	for i := 1; i <= times || c.asked.Load() < requests; i++ {
		if _, err := a.services.UpdateService(ctx, &ecs.UpdateServiceInput{
			Cluster: aws.String("real"), Service: &b.name, TaskDefinition: aws.String(b.revision(t, greeting(app(i), a.container("app", behaviour...)))),
		}); err != nil {
			t.Fatal(err)
		}
		b.settled(t)
		b.answers(t, "/page", http.StatusOK, app(i))
		for c.asked.Load() < int64(i)*requests/int64(times) && c.asked.Load() < requests {
			time.Sleep(time.Millisecond)
		}
	}
	asked, failed = c.end()
	t.Logf("%d of %d requests failed: %v", failed, asked, c.why)
	return asked, failed, c.why
}

// Rolling updates by ECS's own scheduler lose no request.
func TestRealRollingUpdatesLoseNothing(t *testing.T) {
	a := executes(t)
	times, requests := 10, int64(16000)
	if testing.Short() {
		times, requests = 2, 2000
	}
	for name, graceful := range map[string]bool{"graceful": true, "abrupt": false} {
		t.Run(name, func(t *testing.T) {
			if asked, failed, why := rolls(t, a, graceful, times, requests); failed > 0 || asked < requests {
				t.Errorf("%d of %d requests failed: %v", failed, asked, why)
			}
		})
	}
}

// With SIGTERM before the load balancer knows they do, so the test above can fail.
func TestRealRollingUpdatesInTheWrongOrder(t *testing.T) {
	a := executes(t, awslocal.Hasty)
	for name, graceful := range spread.Table(t, 1, map[string]bool{"graceful": true, "abrupt": false}) {
		t.Run(name, func(t *testing.T) {
			if asked, failed, _ := rolls(t, a, graceful, 2, 1000); failed == 0 {
				t.Errorf("none of %d requests failed", asked)
			}
		})
	}
}

//go:build linux

package awslocal_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/crowd"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
)

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
	c := crowd.Gather(t, crowd.Options{URL: b.url + "/page", Wanted: func(body string) bool { return strings.Contains(body, "/page at ip-10-0-") }})
	for i := 1; i <= times || c.Asked() < requests; i++ {
		if _, err := a.services.UpdateService(ctx, &ecs.UpdateServiceInput{
			Cluster: aws.String("real"), Service: &b.name, TaskDefinition: aws.String(b.revision(t, greeting(app(i), a.container("app", behaviour...)))),
		}); err != nil {
			t.Fatal(err)
		}
		b.settled(t)
		b.answers(t, "/page", http.StatusOK, app(i))
		c.Await(min(int64(i)*requests/int64(times), requests))
	}
	asked, failed, why = c.End()
	t.Logf("%d of %d requests failed: %v", failed, asked, why)
	return asked, failed, why
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

package crowd

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func TestACrowdCountsWhatWasNotWanted(t *testing.T) {
	var n, posts atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posts.Add(1)
		}
		switch n.Add(1) {
		case 10:
			w.WriteHeader(http.StatusBadGateway)
		case 20:
			_, _ = io.WriteString(w, "another page")
		case 30:
			panic(http.ErrAbortHandler) // the connection ends
		default:
			_, _ = io.WriteString(w, "the page")
		}
	}))
	defer s.Close()
	c := Gather(t, Options{URL: s.URL, Wanted: func(body string) bool { return body == "the page" }})
	c.Await(500)
	asked, failed, why := c.End()
	// A GET whose connection has ended may be repeated by the client.
	if asked < 500 || failed < 2 || failed > 3 || why[`502 "" <nil>`] != 1 || why[`200 "another page" <nil>`] != 1 {
		t.Errorf("%d of %d failed: %v", failed, asked, why)
	}
	if posts.Load() == 0 {
		t.Error("nothing was posted")
	}
	for w := range why {
		if strings.Contains(w, "the page") {
			t.Errorf("what was wanted failed: %s", w)
		}
	}
}

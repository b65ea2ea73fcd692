//go:build linux

package browser

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/internal/remains"
)

// A browser that never comes to an end is ended, with what it has started, and tried once more.
func TestABrowserThatHangsIsTriedOnceMore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script := filepath.Join(dir, "browser")
	content := `#!/bin/sh
if [ -e ` + dir + `/pid ]; then
  for a; do case "$a" in --screenshot=*) echo painted > "${a#--screenshot=}";; esac; done
  exit
fi
sleep 300 &
echo $! > ` + dir + `/pid
wait
`
	if err := os.WriteFile(script, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := Screenshot(t, script, "http://127.0.0.1:1/", 300*time.Millisecond); string(got) != "painted\n" {
		t.Errorf("painted %q", got)
	}
	text, err := os.ReadFile(filepath.Join(dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); remains.Of(pid) != nil; time.Sleep(time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatalf("process %d goes on", pid)
		}
	}
}

// Package browser starts a browser without a screen, which judges what pages show and what they may do.
//
// It knows the names of browsers and how they are ended, and does not know what they visit. Imported by tests.
package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// names of browsers that take the same arguments, the smallest first.
var names = []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// Find finds one. Where there is none, the test is skipped, and on CI it fails.
func Find(t testing.TB) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("judge missing: chromium")
	}
	t.Skip("judge missing: chromium")
	return ""
}

// Command is one with a profile of its own. When ctx is done it is killed with everything that it has started: on Debian its
// name is a script's, which does not pass on that it was killed.
func Command(ctx context.Context, t testing.TB, path string, args ...string) *exec.Cmd {
	all := append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--mute-audio", "--hide-scrollbars",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir=" + filepath.Join(t.TempDir(), "profile"),
	}, args...)
	cmd := exec.CommandContext(ctx, path, all...)
	cmd.WaitDelay = time.Second
	killed(cmd)
	return cmd
}

// Screenshot is the picture of a page, as a browser paints it. A browser that does not come to an end is tried once more: it
// waits now and then for a process of its own that has gone.
func Screenshot(t testing.TB, path, url string, patience time.Duration) []byte {
	t.Helper()
	for tries := 1; ; tries++ {
		picture, err := screenshot(t, path, url, patience)
		if err == nil {
			return picture
		}
		if tries == 2 {
			t.Fatalf("a browser paints no picture of %s: %v", url, err)
		}
		t.Logf("a browser paints no picture of %s: %v; once more", url, err)
	}
}

func screenshot(t testing.TB, path, url string, patience time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	file := filepath.Join(t.TempDir(), "page.png")
	err := Command(ctx, t, path, "--window-size=1024,768", "--virtual-time-budget=5000", "--screenshot="+file, url).Run()
	if err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

//go:build unix

package targets

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

// windowSizes are the sizes of a terminal as they change.
func windowSizes(ctx context.Context, fd int) (sizes <-chan [2]int, stop func()) {
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGWINCH)
	out := make(chan [2]int)
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-changed:
			}
			columns, rows, err := term.GetSize(fd)
			if err != nil {
				continue
			}
			select {
			case out <- [2]int{rows, columns}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, func() {
		signal.Stop(changed)
		cancel()
	}
}

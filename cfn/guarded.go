package cfn

import (
	"fmt"
	"runtime"
	"strings"
)

// guarded calls a function of the user's and turns its panic into an error with the place it came from: Mage would tell
// the value alone.
func guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v (%s)", p, panickedAt())
		}
	}()
	return f()
}

// panickedAt is the line that panicked, seen from a deferred function that recovers: the first below the runtime's own.
func panickedAt() string {
	var callers [32]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers[:])])
	panicking := false
	for {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if panicking && !inRuntime {
			return fmt.Sprintf("%s:%d", frame.File, frame.Line)
		}
		panicking = panicking || inRuntime && frame.Function != "runtime.Callers"
		if !more {
			return "unknown"
		}
	}
}

package targets

import (
	"context"
	"io"
	"os"
	"testing"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
)

// Ctrl-C at a question ends the run as an interruption does, and not as a refusal.
func TestAQuestionCanBeInterrupted(t *testing.T) {
	in, typed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer typed.Close()
	ctx, cancel := context.WithCancel(context.Background())
	s := &session{needs: needs{Set: Set{In: in, Err: io.Discard}, name: "infra:deploy", place: cfn.Place{Env: "dev"}, ended: ctx.Done()}}
	refused := &console.Failure{Code: console.Preflight}

	if _, err := typed.WriteString("dev\n"); err != nil {
		t.Fatal(err)
	}
	if answer := s.ask("? "); answer != "dev" {
		t.Errorf("the answer is %q", answer)
	}
	if f := s.failure(ctx, refused); f.Code != console.Preflight {
		t.Errorf("a refusal ends with %d", f.Code)
	}
	cancel()
	if answer := s.ask("? "); answer != "" {
		t.Errorf("the answer is %q", answer)
	}
	if f := s.failure(ctx, refused); f.Code != console.Interrupted {
		t.Errorf("an interruption ends with %d", f.Code)
	}
}

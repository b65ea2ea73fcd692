package awstest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// Record is how the operations of a service have ended.
type Record struct {
	service *wire.Service
	mu      sync.Mutex
	served  map[string]int
	refused map[string]bool
}

// NewRecord makes a record of a service. What [Record.Wire] serves is recorded.
func NewRecord(s *wire.Service) *Record {
	return &Record{service: s, served: map[string]int{}, refused: map[string]bool{}}
}

// Wire is the service, recorded.
func (r *Record) Wire() *wire.Service {
	s := *r.service
	s.Operations = map[string]wire.Operation{}
	for name, op := range r.service.Operations {
		s.Operations[name] = func(ctx context.Context, decode func(any) error) (any, error) {
			out, err := op(ctx, decode)
			var e *wire.Error
			r.mu.Lock()
			defer r.mu.Unlock()
			switch {
			case err == nil:
				r.served[name]++
			case errors.As(err, &e) && e.Code != "SerializationException":
				r.refused[name] = true
			}
			return out, err
		}
	}
	return &s
}

// Served is how often an operation has been served.
func (r *Record) Served(operation string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.served[operation]
}

// Complete fails the test unless each operation has been served and has been refused. harmless names those that
// nothing can be wrong with, and says why.
func (r *Record) Complete(t testing.TB, harmless map[string]string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(r.service.Operations)) {
		if r.served[name] == 0 {
			t.Errorf("%s has not been served", name)
		}
		if _, ok := harmless[name]; ok == r.refused[name] {
			t.Errorf("%s: refused %t, harmless %t", name, r.refused[name], ok)
		}
	}
	for name := range harmless {
		if r.service.Operations[name] == nil {
			t.Errorf("%s is no operation of %s", name, r.service.Name)
		}
	}
}

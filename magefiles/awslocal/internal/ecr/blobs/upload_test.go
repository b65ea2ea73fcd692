package blobs

import (
	"errors"
	"strings"
	"testing"
)

// An upload ends where a layer is too large, whether that is announced or only seen, and at once where it is announced.
func TestAnUploadIsBounded(t *testing.T) {
	s := New(t.TempDir())
	s.max = 10
	for name, c := range map[string]struct {
		parts     []string
		announced int64
		large     bool
	}{
		"as large as may be":   {parts: []string{"12345", "67890"}, announced: -1},
		"a byte more, in all":  {parts: []string{"12345", "678901"}, announced: -1, large: true},
		"a byte more, at once": {parts: []string{"12345678901"}, announced: -1, large: true},
		"announced":            {parts: []string{""}, announced: 11, large: true},
	} {
		id, err := s.Start("app")
		if err != nil {
			t.Fatal(err)
		}
		u, err := s.Resume("app", id)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range c.parts {
			if _, err = u.Append(strings.NewReader(part), c.announced); err != nil {
				break
			}
		}
		if errors.Is(err, ErrLarge) != c.large || !c.large && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := u.Discard(); err != nil {
			t.Error(err)
		}
	}
}

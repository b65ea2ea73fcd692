package targets

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// placeSecrets puts placeholders into the embedded AWS for the secrets of the environment's containers, which are in
// another account.
// What somebody stored there stays as it is.
func (s *session) placeSecrets(ctx context.Context) error {
	secrets := s.place.Environment.AllSecrets()
	if len(secrets) == 0 {
		return nil
	}
	placed, err := s.server.PlaceSecrets(ctx, slices.Collect(maps.Values(secrets))...)
	if err == nil && len(placed) > 0 {
		s.console.Note("placeholders stand in on the embedded AWS for %s", strings.Join(placed, ", "))
	}
	return err
}

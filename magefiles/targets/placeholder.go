package targets

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// placeSecrets puts placeholders into the embedded AWS for the environment's secrets, which are in another account.
// What somebody stored there stays as it is.
func (s *session) placeSecrets(ctx context.Context) error {
	if len(s.environment.Secrets) == 0 {
		return nil
	}
	placed, err := s.server.PlaceSecrets(ctx, slices.Collect(maps.Values(s.environment.Secrets))...)
	if err == nil && len(placed) > 0 {
		s.console.Note("placeholders stand in on the embedded AWS for %s", strings.Join(placed, ", "))
	}
	return err
}

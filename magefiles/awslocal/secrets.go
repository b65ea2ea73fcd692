package awslocal

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/secretsmanager"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ssm"
)

// secrets are what tasks read: those of Secrets Manager and the parameters of SSM.
type secrets struct {
	*secretsmanager.Service
	parameters *ssm.Service
}

// HasParameter asks SSM.
func (s secrets) HasParameter(name string) bool { return s.parameters.HasParameter(name) }

// Parameter asks SSM.
func (s secrets) Parameter(name string) string {
	_, value, _ := s.parameters.Value(name)
	return value
}

// PlaceSecrets makes sure that there is something behind every reference to a secret in the form that task
// definitions have: the ARN of a Secrets Manager secret, optionally with :json-key:version-stage:version-id, or of a
// parameter of SSM. Where nothing is stored under the ARN, a placeholder is, with the JSON keys that are referred to.
// What was stored by a call of the API stays as it is. placed are the ARNs whose placeholder is new or has changed.
// A task whose secret is not there does not start.
func (s *Server) PlaceSecrets(ctx context.Context, references ...string) (placed []string, err error) {
	keys := map[string][]string{} // of a secret, by ARN
	for _, reference := range references {
		arn, key := reference, ""
		// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
		if parts := strings.Split(reference, ":"); len(parts) == 10 && parts[2] == "secretsmanager" {
			arn, key = strings.Join(parts[:7], ":"), parts[7]
		}
		keys[arn] = append(keys[arn], strings.Fields(key)...)
	}
	err = s.world.Do(ctx, func() error {
		for _, arn := range slices.Sorted(maps.Keys(keys)) {
			made := false
			switch {
			case strings.Contains(arn, ":secretsmanager:"):
				made = s.services.secrets.Place(arn, keys[arn])
			case strings.Contains(arn, ":ssm:"):
				made = s.services.secrets.parameters.Place(arn)
			}
			if made {
				placed = append(placed, arn)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("place secrets: %w", err)
	}
	return placed, nil
}

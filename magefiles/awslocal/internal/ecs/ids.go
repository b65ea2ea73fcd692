package ecs

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// digits is a new identifier of 19 decimal digits, as deployments and service revisions have.
func (s *Service) digits() string {
	n, _ := strconv.ParseUint(s.w.Hex(15), 16, 64) // hexadecimal by construction
	return fmt.Sprintf("%d%018d", 1+n%9, n%1_000_000_000_000_000_000)
}

// short is a new identifier such as service deployments have.
func (s *Service) short() string {
	raw, _ := hex.DecodeString(s.w.Hex(32))
	return base64.RawURLEncoding.EncodeToString(raw)[:21]
}

// lastPart is what follows the last slash: the name in an ARN, or the name itself.
func lastPart(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

func (s *Service) clusterARN(name string) string { return s.acct.ARN("ecs", "cluster/"+name) }

// invalid is the answer to most bad parameters.
func invalid(format string, args ...any) error {
	return wire.Errorf("InvalidParameterException", format, args...)
}

// clientError is ECS's answer where it has no more specific one.
func clientError(format string, args ...any) error {
	return wire.Errorf("ClientException", format, args...)
}

// cluster finds an ACTIVE cluster by name or ARN; no name means "default".
func (s *Service) cluster(ref string) (*cluster, error) {
	name := lastPart(ref)
	if name == "" {
		name = "default"
	}
	c := s.state.Clusters.Get(name)
	if c == nil || c.Status != "ACTIVE" || (strings.HasPrefix(ref, "arn:") && ref != c.ClusterARN) {
		return nil, wire.Errorf("ClusterNotFoundException", "Cluster not found.")
	}
	return c, nil
}

// page cuts one page out of items. The token is the position to go on from.
func page[T any](items []T, token string, size *int, standard, most int) ([]T, string, error) {
	n := standard
	if size != nil {
		if *size < 1 || *size > most {
			return nil, "", invalid("maxResults must be between 1 and %d.", most)
		}
		n = *size
	}
	from := 0
	if token != "" {
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err == nil {
			from, err = strconv.Atoi(string(raw))
		}
		if err != nil || from < 0 || from > len(items) {
			return nil, "", invalid("Invalid token.")
		}
	}
	if from+n >= len(items) {
		return items[from:], "", nil
	}
	return items[from : from+n], base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(from + n))), nil
}

// sortedKeys of a map.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// or is the value that p points to, else d.
func or[T any](p *T, d T) T {
	if p == nil {
		return d
	}
	return *p
}

//go:build linux

package targets_test

import "testing"

// mistake is something that goes wrong with an application on Fargate, and is told when its image is built.
type mistake struct {
	of   string
	make func(t *testing.T, v *visit)
	code int
	said []string
}

package image

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// warnings are what the build shows of an application that will not do what is wanted, with what to do about it.
func (b *nextBuild) warnings(spec Spec, facts Program) ([]string, error) {
	tried, err := b.tried()
	if err != nil {
		return nil, err
	}
	unanswered := ""
	if r := b.routes(spec.HealthCheckPath); r != nil && spec.HealthCheckPath != "" {
		unanswered = r.unanswered(spec.HealthCheckPath)
	}
	var all []string
	for _, warning := range []string{tried, unanswered, b.stale(), b.changingActions(spec.ActionsKey), unwritable(spec, facts)} {
		if warning != "" {
			all = append(all, warning)
		}
	}
	return all, nil
}

// changingActions warns where the application has Server Actions and the build made a key for them by itself: their
// names then change with each build, and a form that a visitor has open while a release goes on is answered with an
// error. https://nextjs.org/docs/app/guides/self-hosting#server-functions-encryption-key
func (b *nextBuild) changingActions(key string) string {
	var actions struct {
		Node map[string]any `json:"node"`
		Edge map[string]any `json:"edge"`
		Key  string         `json:"encryptionKey"`
	}
	if !b.read(&actions, "server", "server-reference-manifest.json") || len(actions.Node)+len(actions.Edge) == 0 || actions.Key == "" {
		return ""
	}
	const remedy = "give `next build` and this target the same NEXT_SERVER_ACTIONS_ENCRYPTION_KEY (openssl rand -base64 32), kept as a secret"
	switch {
	case key == "":
		return "the application has Server Actions, and nothing tells that the next build will name them alike: a form that is open during a release may fail; " + remedy
	case key != actions.Key && !b.readsKeyAtRunTime():
		return "the application has Server Actions that were built with another NEXT_SERVER_ACTIONS_ENCRYPTION_KEY than the one here: a form that is open during a release may fail; " + remedy
	}
	return ""
}

// readsKeyAtRunTime tells whether this Next.js reads the key where it runs, and writes one of its own into the build
// (seen in 14.2.35; 16.4.6 writes the one that it is given).
func (b *nextBuild) readsKeyAtRunTime() bool {
	major, _, _ := strings.Cut(b.version, ".")
	n, err := strconv.Atoi(major)
	return err == nil && n < 15
}

// unwritable warns where pages that the server renders anew cannot be written.
func unwritable(spec Spec, facts Program) string {
	var folders []string
	for _, folder := range facts.Rerenders {
		if spec.ReadOnlyRoot && !within(folder, spec.Volumes) {
			folders = append(folders, folder)
		}
	}
	if len(folders) == 0 {
		return ""
	}
	return fmt.Sprintf("Next.js %s writes pages that it renders anew among those of the build, and the root filesystem is read-only: "+
		"they stay in memory, and each one writes lines of ENOENT to the log. To have them written, add %s to Container.WritablePaths, "+
		"which ECS fills from the image; Next.js 16.4 writes elsewhere", facts.Version, strings.Join(folders, ", "))
}

// within tells whether a folder is one of others, or in one of them.
func within(folder string, others []string) bool {
	return slices.ContainsFunc(others, func(other string) bool {
		return folder == other || strings.HasPrefix(folder, strings.TrimSuffix(other, "/")+"/")
	})
}

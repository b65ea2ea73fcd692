package image

import (
	"path"
	"slices"
	"strings"
)

// secretLooking tells whether a file of this name usually holds a secret. Names alone are looked at: what is in a file
// is nobody's business here. What a package of node_modules ships is public already.
func secretLooking(name string) bool {
	if isDependency(name) {
		return false
	}
	base := strings.ToLower(path.Base(name))
	if rest, ok := strings.CutPrefix(base, ".env"); ok && (rest == "" || rest[0] == '.') {
		return !slices.Contains([]string{".example", ".sample", ".template", ".defaults", ".d.ts"}, rest)
	}
	switch base {
	case ".npmrc", ".yarnrc", ".netrc", ".pgpass", ".git-credentials", ".dockercfg", ".htpasswd", "kubeconfig",
		"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519":
		return true
	case "credentials":
		return path.Base(path.Dir(name)) == ".aws"
	case "config.json":
		return path.Base(path.Dir(name)) == ".docker"
	}
	return slices.Contains([]string{".pem", ".key", ".p12", ".pfx", ".jks", ".keystore"}, path.Ext(base))
}

package image

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// Secret is a file that usually holds a secret.
type Secret struct {
	Name string // in the image
	// Variables that it gives values to, where it is one that programs read them from (.env).
	Variables []string
}

// SecretsError says that an image holds files which look like secrets, where Spec.RefuseSecrets does not want any.
type SecretsError struct {
	Secrets []Secret // in order of their names; where there are none, Unseen
	// Unseen is a layer of a finished image that could not be looked at, and why.
	Unseen string
}

// namedSecrets is how many of them the error names.
const namedSecrets = 20

func (e *SecretsError) Error() string {
	if len(e.Secrets) == 0 {
		return e.Unseen + ": whether there are secrets in it is not known"
	}
	var names []string
	for _, s := range e.Secrets[:min(len(e.Secrets), namedSecrets)] {
		names = append(names, s.String())
	}
	if more := len(e.Secrets) - namedSecrets; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return "files in the image look like secrets, which everybody who may pull it can read: " + strings.Join(names, ", ")
}

// String is the file's name, quoted where it has characters that do not print.
func (s Secret) String() string {
	if quoted := fmt.Sprintf("%q", s.Name); quoted != `"`+s.Name+`"` {
		return quoted
	}
	return s.Name
}

// judgedByContent tells whether what is in a file of a suspicious name may clear it.
func judgedByContent(name string) bool {
	return isDotenv(name) || strings.EqualFold(path.Ext(name), ".pem") || isPackageManagers(name)
}

// isPackageManagers tells whether a file is the configuration of npm, pnpm or Yarn: each project of a newer Yarn has one.
func isPackageManagers(name string) bool { return packageManagers[strings.ToLower(path.Base(name))] }

var packageManagers = set(".npmrc .pnpmrc .yarnrc .yarnrc.yml")

// loginOfPackages is what these log in with, but for a variable that stands in its place: _authToken, npmAuthIdent, a password
// in an address. https://docs.npmjs.com/cli/v11/configuring-npm/npmrc#auth-related-configuration
var loginOfPackages = lazyregexp.New(`(?im)^[^#;\n]*(?:_auth|authtoken|authident|password|secret|\bkey\b|\bcert\b)["']?[ \t]*[:= \t][ \t]*["']?[^\s"'$]|://[^/\s]*:[^/\s$]+@`)

// hasNoLogin tells whether the configuration of a package manager holds what everybody may have.
func hasNoLogin(head []byte) bool { return !loginOfPackages.Match(head) }

// suspectContent names a file that judgedByContent is true of, unless its content clears it: variables that every browser
// gets, certificates alone, or settings without a login.
func (b *builder) suspectContent(name string, content io.Reader) error {
	if isDotenv(name) {
		names, err := variablesIn(content)
		if err != nil {
			return fmt.Errorf("look at %s: %w", name, err)
		}
		if !public(names) {
			b.suspect("/"+name, names)
		}
		return nil
	}
	head, err := io.ReadAll(io.LimitReader(content, smallFile+1))
	if err != nil {
		return fmt.Errorf("look at %s: %w", name, err)
	}
	clear := isCertificate
	if isPackageManagers(name) {
		clear = hasNoLogin
	}
	if len(head) > smallFile || !clear(head) {
		b.suspect("/"+name, nil)
	}
	return nil
}

// suspectHead names a file of a finished image by its name or by what it begins with.
func (b *builder) suspectHead(name string, head []byte) error {
	switch {
	case !published.MatchString(name) && holdsKey(head):
		b.suspect("/"+name, nil)
	case !secretLooking(name):
	case judgedByContent(name):
		return b.suspectContent(name, bytes.NewReader(head))
	default:
		b.suspect("/"+name, nil)
	}
	return nil
}

func (b *builder) suspect(name string, variables []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if known, ok := b.secrets[name]; !ok || len(known.Variables) == 0 {
		b.secrets[name] = Secret{Name: name, Variables: variables}
	}
}

// suspected are the files that were named and are not allowed; an error where none are wanted.
func (b *builder) suspected() (all []Secret, err error) {
	for _, name := range slices.Sorted(maps.Keys(b.secrets)) {
		if !allowed(b.spec.AllowedSecrets, name) {
			all = append(all, b.secrets[name])
		}
	}
	switch {
	case !b.spec.RefuseSecrets:
		b.warnings = append(b.warnings, b.unseen...)
		return all, nil
	case len(all) > 0:
		return nil, &SecretsError{Secrets: all}
	case len(b.unseen) > 0:
		return nil, &SecretsError{Unseen: b.unseen[0]}
	}
	return nil, nil
}

// allowed tells whether a pattern is that of a file, or of a folder above it.
func allowed(patterns []string, name string) bool {
	for ; name != "/" && name != "."; name = path.Dir(name) {
		for _, p := range patterns {
			if ok, _ := path.Match(p, name); ok { // the description was checked
				return true
			}
		}
	}
	return false
}

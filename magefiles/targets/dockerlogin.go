package targets

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
)

// dockerLogins are what `docker login` and credential helpers have for registries, without what ECR's registries would refuse: their
// passwords are good for 12 hours, and stay where they are.
type dockerLogins struct{ now func() time.Time }

// Resolve implements [authn.Keychain].
func (d dockerLogins) Resolve(of authn.Resource) (authn.Authenticator, error) {
	auth, err := authn.DefaultKeychain.Resolve(of)
	if err != nil || auth == authn.Anonymous {
		return auth, err
	}
	login, err := auth.Authorization()
	if err != nil || login == nil {
		return auth, nil // whoever asks gets the error again
	}
	if end, known := endOfToken(login.Username, login.Password); known && !d.now().Before(end) {
		return authn.Anonymous, nil
	}
	return auth, nil
}

// endOfToken is until when a password of ECR is good: it is JSON in base64, of which the time is not encrypted. AWS does not
// document it; a password of another form is not known.
func endOfToken(user, password string) (end time.Time, known bool) {
	if user != "AWS" {
		return time.Time{}, false
	}
	text, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(password, "="))
	if err != nil {
		return time.Time{}, false
	}
	var token struct{ Expiration int64 }
	if json.Unmarshal(text, &token) != nil || token.Expiration <= 0 {
		return time.Time{}, false
	}
	return time.Unix(token.Expiration, 0), true
}

// hasLogin tells whether `docker login` left something for a registry that goes before the AWS credentials.
func hasLogin(host string) bool {
	auth, err := dockerLogins{time.Now}.Resolve(registryHost(host))
	return err == nil && auth != authn.Anonymous
}

// registryHost is a registry as keychains take it.
type registryHost string

func (h registryHost) String() string      { return string(h) }
func (h registryHost) RegistryStr() string { return strings.TrimSuffix(string(h), "/") }

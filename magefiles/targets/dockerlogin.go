package targets

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// dockerLogins are what `docker login` and credential helpers have for registries, without what ECR's registries would refuse: their
// passwords are good for 12 hours, and stay where they are.
type dockerLogins struct {
	now func() time.Time
	// spare: other credentials are asked after these. What keeps these from being read then is no failure: where a
	// configuration came from another machine, its helpers are often not there.
	spare bool
}

// loginsError says that what `docker login` left cannot be read. It hides its cause, which says nothing of the registry: a
// configuration that ends too soon is no connection that does.
type loginsError struct{ said string }

func (e *loginsError) Error() string { return "look for what docker login left: " + e.said }

// next is what to do about it.
func (e *loginsError) next() []string {
	return []string{"mend Docker's configuration (config.json in ~/.docker or DOCKER_CONFIG): a helper that it names as credsStore or in credHelpers has to be installed, or be taken out of it; then run the same command again"}
}

// noHelper is how the library says that a helper is not there.
var noHelper = lazyregexp.New(`exec: "(docker-credential-[^"]+)": executable file not found`)

func newLoginsError(err error) error {
	if m := noHelper.FindStringSubmatch(err.Error()); m != nil {
		return &loginsError{m[1] + ", which Docker's configuration names, is not on PATH"}
	}
	return &loginsError{err.Error()}
}

// Resolve implements [authn.Keychain].
func (d dockerLogins) Resolve(of authn.Resource) (authn.Authenticator, error) {
	auth, err := authn.DefaultKeychain.Resolve(of)
	switch {
	case err != nil && d.spare:
		return authn.Anonymous, nil
	case err != nil:
		return nil, newLoginsError(err)
	case auth == authn.Anonymous:
		return auth, nil
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
	auth, err := dockerLogins{now: time.Now}.Resolve(registryHost(host))
	return err == nil && auth != authn.Anonymous
}

// registryHost is a registry as keychains take it.
type registryHost string

func (h registryHost) String() string      { return string(h) }
func (h registryHost) RegistryStr() string { return strings.TrimSuffix(string(h), "/") }

package catalog

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// tokenLife: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html. It is not
// scaled by the world's speed: clients measure it with their own clock.
const tokenLife = 12 * time.Hour

// User of every authorization token.
const User = "AWS"

// What is wrong with credentials.
var (
	ErrNotAuthorized = errors.New("not authorized")
	ErrTokenExpired  = errors.New("authorization token has expired")
)

// claims of a token. Nothing has to be remembered of a token: it is signed.
type claims struct {
	Expiration int64 `json:"expiration"` // Unix seconds
}

// Token is a new password for the registry.
func (c *Catalog) Token() (password string, expires time.Time) {
	if c.state.Secret == "" {
		c.state.Secret = c.world.Hex(64)
		c.world.Changed()
	}
	expires = c.world.Now().Add(tokenLife).Truncate(time.Second)
	payload, _ := json.Marshal(claims{expires.Unix()}) // a number
	body := base64.RawURLEncoding.EncodeToString(payload)
	return body + "." + c.sign(body), expires
}

func (c *Catalog) sign(body string) string {
	mac := hmac.New(sha256.New, []byte(c.state.Secret))
	mac.Write([]byte(body))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Authorize checks the credentials that a client of the registry brings.
func (c *Catalog) Authorize(user, password string) error {
	body, signature, ok := strings.Cut(password, ".")
	if !ok || user != User || c.state.Secret == "" || !hmac.Equal([]byte(signature), []byte(c.sign(body))) {
		return ErrNotAuthorized
	}
	payload, err := base64.RawURLEncoding.DecodeString(body)
	var t claims
	if err != nil || json.Unmarshal(payload, &t) != nil {
		return ErrNotAuthorized
	}
	if !c.world.Now().Before(time.Unix(t.Expiration, 0)) {
		return ErrTokenExpired
	}
	return nil
}

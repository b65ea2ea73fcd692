package image

import (
	"bytes"
	"encoding/pem"
	"runtime/debug"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"
	"golang.org/x/mod/module"
)

// certificatesModule has Mozilla's list of certificate authorities for servers, without anything to run.
// https://pkg.go.dev/golang.org/x/crypto/x509roots/fallback
const certificatesModule = "golang.org/x/crypto/x509roots/fallback"

// certificatesOld is the age at which they are warned of. Mozilla changes its list some times a year, and a new
// authority takes years to be used; a withdrawn one is to be gone sooner.
const certificatesOld = 365 * 24 * time.Hour

// certificateFile are the certificates in PEM, in the list's order. Those that Mozilla trusts on a condition, such as
// "issued before", are left out: a file cannot say so, and a program would trust them without.
func certificateFile() []byte {
	var text bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			_ = pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // a buffer takes all
		}
	}
	return text.Bytes()
}

// certificatesVersion is the version of their module, which the consumer's go.mod may raise; empty where this binary does
// not tell.
func certificatesVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path == certificatesModule {
			if m.Replace != nil {
				m = m.Replace
			}
			return m.Version
		}
	}
	return ""
}

// certificatesTime is when the list was taken over into a version of the module; false where that does not say.
func certificatesTime(version string) (time.Time, bool) {
	made, err := module.PseudoVersionTime(version)
	return made, err == nil
}

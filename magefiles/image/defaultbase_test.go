package image_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// asking is a program that looks for what programs look for in the system that they run on.
var asking = files{
	"go.mod": "module example.com/asking\n\ngo 1.24\n",
	"main.go": `package main

import (
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/user"
	"time"
)

func main() {
	said := map[string]any{}
	if pool, err := x509.SystemCertPool(); err == nil {
		said["roots"] = len(pool.Subjects())
	}
	if _, err := time.LoadLocation("Europe/Berlin"); err != nil {
		said["zone"] = err.Error()
	}
	if _, err := time.LoadLocation("America/Argentina/Buenos_Aires"); err != nil {
		said["deeper zone"] = err.Error()
	}
	if u, err := user.Current(); err == nil {
		said["user"], said["home"] = u.Username, u.HomeDir
	}
	if f, err := os.CreateTemp("", ""); err != nil {
		said["temporary"] = err.Error()
	} else {
		f.Close()
	}
	answer, err := http.Get(os.Args[1])
	if err != nil {
		said["https"] = err.Error()
	} else {
		text, _ := io.ReadAll(answer.Body)
		said["https"] = string(text)
	}
	json.NewEncoder(os.Stdout).Encode(said)
}
`,
}

// The program runs with the image as its whole file system, as the image's user, and asks a server over TLS: first one whose
// authority nobody knows, then the same, with that authority among the image's.
func TestDefaultBaseOfAGoProgram(t *testing.T) {
	built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindGo, Path: write(t, asking)}, Architecture: runtime.GOARCH, User: "1234:1234"})
	validated(t, built)
	_, entries := contents(t, built)
	authority, server := secureServer(t)
	root := t.TempDir()
	unpack(t, root, entries)
	ask := func() map[string]any {
		out := chrooted(t, root, 1234, "/app/asking", server.URL)
		said := map[string]any{}
		must(t, json.Unmarshal([]byte(out), &said))
		return said
	}
	said := ask()
	if n, _ := said["roots"].(float64); n < 100 {
		t.Errorf("the program finds %v authorities", said["roots"])
	}
	diff(t, map[string]any{"user": "app", "home": "/home/app"}, map[string]any{"user": said["user"], "home": said["home"]})
	for _, wrong := range []string{"zone", "deeper zone", "temporary"} {
		if said[wrong] != nil {
			t.Errorf("%s: %v", wrong, said[wrong])
		}
	}
	if text, _ := said["https"].(string); !strings.Contains(text, "signed by unknown authority") {
		t.Errorf("of an unknown authority: %v", said["https"])
	}
	appendTo(t, filepath.Join(root, "etc/ssl/certs/ca-certificates.crt"), authority)
	if said := ask(); said["https"] != "answered" {
		t.Errorf("of an authority among the image's: %v", said["https"])
	}
}

// Each certificate is an authority's, and those that AWS's endpoints stand below are among them.
// https://www.amazontrust.com/repository/
func TestCertificatesOfTheDefaultBase(t *testing.T) {
	_, entries := contents(t, mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindGo, Path: filepath.Join(write(t, program), "cmd", "web")}}))
	rest, found := []byte(entries["etc/ssl/certs/ca-certificates.crt"].content), map[string]bool{}
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		c, err := x509.ParseCertificate(block.Bytes)
		must(t, err)
		if !c.IsCA {
			t.Errorf("%s is no authority", c.Subject)
		}
		found[c.Subject.CommonName] = true
	}
	if len(strings.TrimSpace(string(rest))) > 0 {
		t.Errorf("the file ends with %q", rest)
	}
	for _, name := range []string{"Amazon Root CA 1", "Amazon Root CA 4", "ISRG Root X1"} {
		if !found[name] {
			t.Errorf("%s is not among %d", name, len(found))
		}
	}
}

// What stands under a Go program is told in the image's history, and does not stand where a base is named.
func TestWhoStandsOnTheDefaultBase(t *testing.T) {
	source := image.Source{Kind: image.KindGo, Path: filepath.Join(write(t, program), "cmd", "web")}
	built := mustBuild(t, image.Spec{Source: source}, image.Options{}.Certified(october, time.Now()))
	if got := config(t, built).History[0].CreatedBy; !strings.HasPrefix(got, "COPY base /, time zones of go1.") || !strings.HasSuffix(got, ", CA certificates of 2026-10-30") {
		t.Errorf("history says %q", got)
	}
	s := newServer(t)
	push(t, s.host+"/base:1", small(t, "base"))
	for name, spec := range map[string]image.Spec{
		"scratch": {Source: source, Base: image.Scratch},
		"a base":  {Source: source, Base: s.host + "/base:1"},
		"folder":  {Source: image.Source{Kind: image.KindFolder, Path: write(t, files{"x": "y"})}},
	} {
		if _, entries := contents(t, mustBuild(t, spec)); entries["etc/passwd"].header != nil {
			t.Errorf("%s: the default base is there", name)
		}
	}
}

func TestUsersThatTheDefaultBaseDoesNotKnow(t *testing.T) {
	source := image.Source{Kind: image.KindGo, Path: filepath.Join(write(t, program), "cmd", "web")}
	for user, told := range map[string]bool{"": false, "1000:1000": false, "0": false, "65532": false, "app": false, "nobody": false, "root:0": false, "www-data": true} {
		built := mustBuild(t, image.Spec{Source: source, User: user})
		got := len(built.Warnings) == 1 && strings.Contains(built.Warnings[0], `User "www-data" is not known to the default base`)
		if got != told || !told && len(built.Warnings) > 0 {
			t.Errorf("%q: warnings %q", user, built.Warnings)
		}
	}
}

// Certificates do not get better with age: a year after their list was taken over they are warned of, and not before.
func TestOldCertificatesAreTold(t *testing.T) {
	source := image.Source{Kind: image.KindGo, Path: filepath.Join(write(t, program), "cmd", "web")}
	made := time.Date(2026, time.October, 30, 12, 0, 0, 0, time.UTC)
	for days, told := range map[int]bool{10: false, 360: false, 370: true} {
		built := mustBuild(t, image.Spec{Source: source}, image.Options{}.Certified(october, made.AddDate(0, 0, days)))
		if got := len(built.Warnings) == 1 && strings.Contains(built.Warnings[0], "those of 2026-10-30: ") && strings.Contains(built.Warnings[0], "go get golang.org/x/crypto/x509roots/fallback@latest"); got != told {
			t.Errorf("after %d days: warnings %q", days, built.Warnings)
		}
	}
	for name, opts := range map[string]image.Options{"without them": image.Options{}.Certified(october, made.AddDate(2, 0, 0)), "of no known age": image.Options{}.Certified("v1.0.0", made.AddDate(2, 0, 0))} {
		spec := image.Spec{Source: source}
		if name == "without them" {
			spec.Base = image.Scratch
		}
		if built := mustBuild(t, spec, opts); len(built.Warnings) > 0 {
			t.Errorf("%s: warnings %q", name, built.Warnings)
		}
	}
}

// october is the version of a list of certificates.
const october = "v0.0.0-20261030153154-30a33513ff6d"

// secureServer answers over TLS with a certificate of its own authority, which is returned in PEM.
func secureServer(t *testing.T) (authority []byte, _ *httptest.Server) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority of a test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("answered")) }))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.Config.ErrorLog = discardLog()
	s.StartTLS()
	t.Cleanup(s.Close)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), s
}

// A file of the layer that is made here is looked at as any other, where the image is told to execute it.
func TestAFileOfTheDefaultBaseIsNoProgram(t *testing.T) {
	t.Parallel()
	dir := write(t, files{"go.mod": "module example.com/tool\n\ngo 1.24\n", "main.go": "package main\n\nfunc main() {}\n"})
	spec := image.Spec{Source: image.Source{Kind: image.KindGo, Path: ".", Module: dir}, Command: []string{"/etc/passwd"}}
	built := mustBuild(t, spec, image.Options{Cache: openCache(t, t.TempDir())})
	if found := built.NotStartable; found == nil || found.File != "/etc/passwd" || !strings.Contains(found.Reason, "has no execute permission") {
		t.Errorf("got %+v", found)
	}
}

package image

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
)

// Scratch is the base of an image that has nothing but its own layers, as in a Dockerfile.
const Scratch = "scratch"

// standsOnDefault tells whether the image of a Go program stands on the default base: it names none.
func (s Spec) standsOnDefault() bool { return s.Source.Kind == KindGo && s.Base == "" }

// groundLayer is the name of the layer that is the default base.
const groundLayer = "base"

// planGround is the default base of a Go program, in one layer: what a program without libraries looks for in the system
// that it runs on. The certificates are those of this library's module, the time zones those of the Go that goes is about, so that it
// changes with either and with nothing else.
func planGround(spec Spec, goes map[string]string, version string) (layerPlan, []Package, error) {
	certificates := certificateFile()
	zones, err := zoneFiles(goes["GOROOT"])
	if err != nil {
		return layerPlan{}, nil, fmt.Errorf("make default base: %w", err)
	}
	uid, gid := appUser(spec.User)
	files := []madeFile{
		{name: "etc/group", content: groupFile(gid)},
		// Where the C library has no such file, it asks the network first on some systems.
		{name: "etc/nsswitch.conf", content: []byte("hosts: files dns\n")},
		{name: "etc/passwd", content: passwdFile(uid, gid)},
		{name: "etc/ssl/certs/ca-certificates.crt", content: certificates},
		{name: inner(appHome), folder: true, mode: 0o755, uid: uid, gid: gid},
		{name: "tmp", folder: true, mode: 0o1777},
	}
	packages := []Package{goPackage(certificatesModule, version)}
	about := "/, time zones of " + goes["GOVERSION"]
	if made, known := certificatesTime(version); known {
		about += ", CA certificates of " + made.Format(time.DateOnly)
	}
	return layerPlan{name: groundLayer, about: about, made: append(files, zones...)}, packages, nil
}

// groundWarnings say what will not go well with the default base.
func groundWarnings(spec Spec, version string, now time.Time) (warnings []string) {
	if made, known := certificatesTime(version); known && now.Sub(made) > certificatesOld {
		warnings = append(warnings, fmt.Sprintf("the CA certificates of the default base are those of %s: newer authorities are not trusted, and withdrawn ones are; "+
			"go get %s@latest, or name a base in App.Image.Base", made.Format(time.DateOnly), certificatesModule))
	}
	if name, _, _ := strings.Cut(spec.User, ":"); name != "" && !isNumber(name) && name != "root" && name != "nobody" && name != appName {
		warnings = append(warnings, fmt.Sprintf("User %q is not known to the default base, and the task will not start: it has root, nobody and %s; "+
			"give App.Container.User as a number, or name a base in App.Image.Base", spec.User, appName))
	}
	return warnings
}

// The user of the default base beside root and nobody.
const (
	appName = "app"
	appID   = 1000
	appHome = "/home/app"
)

// nobodyID is that of Debian and of Fedora.
const nobodyID = 65534

// appUser are the numbers of the user app: those that the program runs as, where they are given as such and not root's.
func appUser(user string) (uid, gid int) {
	first, second, _ := strings.Cut(user, ":")
	uid, gid = appID, appID
	if n, err := strconv.Atoi(first); err == nil && n > 0 && n != nobodyID {
		uid, gid = n, n
	}
	if n, err := strconv.Atoi(second); err == nil && n >= 0 {
		gid = n
	}
	return uid, gid
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

// passwdFile is the database of users: without an entry a program has no name of its user, and no HOME, which the
// container runtime takes from here. https://man7.org/linux/man-pages/man5/passwd.5.html
func passwdFile(uid, gid int) []byte {
	return fmt.Appendf(nil, "root:x:0:0:root:/root:/sbin/nologin\nnobody:x:%[1]d:%[1]d:nobody:/nonexistent:/sbin/nologin\n%[2]s:x:%[3]d:%[4]d:%[2]s:%[5]s:/sbin/nologin\n",
		nobodyID, appName, uid, gid, appHome)
}

func groupFile(gid int) []byte {
	text := fmt.Appendf(nil, "root:x:0:\nnogroup:x:%d:\n", nobodyID)
	if gid != 0 && gid != nobodyID {
		text = fmt.Appendf(text, "%s:x:%d:\n", appName, gid)
	}
	return text
}

// zonesFolder is where programs look for time zones, the C library's among them.
const zonesFolder = "usr/share/zoneinfo"

func zoneName(name string) string { return path.Join(zonesFolder, name) }

//go:build linux

package layers_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/layers"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
)

// seen is what a program sees of a file.
type seen struct {
	Mode     fs.FileMode
	Size     int64
	UID, GID uint32
	Time     int64
	Content  string // digest, or where a link leads
	Same     string // the first name of the file
}

// look sees all files of a folder.
func look(dir string) (map[string]seen, error) {
	all, first := map[string]seen{}, map[uint64]string{}
	return all, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		st := info.Sys().(*syscall.Stat_t)
		s := seen{Mode: info.Mode(), UID: st.Uid, GID: st.Gid}
		short, err := filepath.Rel(dir, name)
		switch {
		case err != nil:
		case d.IsDir():
			s.Time = st.Mtim.Sec
		case d.Type() == fs.ModeSymlink:
			s.Content, err = os.Readlink(name)
		case d.Type().IsRegular():
			var content []byte
			content, err = os.ReadFile(name)
			s.Size, s.Time, s.Content = st.Size, st.Mtim.Sec, fmt.Sprintf("%x", sha256.Sum256(content))
			if st.Nlink > 1 {
				if first[st.Ino] == "" {
					first[st.Ino] = short
				}
				s.Same = first[st.Ino]
			}
		}
		all[short] = s
		return err
	})
}

// mounted mounts the layers of an image, with an upper folder in another one, and gives where.
func mounted(img layers.Image, dir string) (string, error) {
	at, upper, work := filepath.Join(dir, "root"), filepath.Join(dir, "upper"), filepath.Join(dir, "work")
	for _, d := range []string{at, upper, work} {
		if err := os.Mkdir(d, 0o755); err != nil {
			return "", err
		}
	}
	top, err := os.Stat(img.Layers[0])
	if err == nil {
		err = os.Chmod(upper, top.Mode().Perm()) // the root is the upper folder's
	}
	if err != nil {
		return "", err
	}
	lower := slices.Clone(img.Layers)
	slices.Reverse(lower)
	options := "userxattr,lowerdir=" + strings.Join(lower, ":") + ",upperdir=" + upper + ",workdir=" + work
	return at, syscall.Mount("overlay", at, "overlay", 0, options)
}

// may is what a program may do with a file: read, write, execute.
func may(dir string) (map[string]string, error) {
	all := map[string]string{}
	return all, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		short, relErr := filepath.Rel(dir, name)
		switch {
		case relErr != nil:
			return relErr
		case errors.Is(err, fs.ErrPermission):
			all[short] += " closed"
			return nil
		case err != nil || d.Type() == fs.ModeSymlink:
			return err
		}
		for bit, letter := range map[uint32]string{4: "r", 2: "w", 1: "x"} {
			if syscall.Access(name, bit) == nil {
				all[short] += letter
			}
		}
		letters := strings.Split(all[short], "")
		slices.Sort(letters)
		all[short] = strings.Join(letters, "")
		return nil
	})
}

// request is what the processes of these tests are asked: arguments have to be short.
type request struct {
	Cache, Layers, Scratch string // Layers: a folder with archives
	User                   string
	Root                   bool
	Image                  layers.Image
	UID                    int
}

func requestOf(args []string) (r request, err error) {
	content, err := os.ReadFile(args[0])
	if err == nil {
		err = json.Unmarshal(content, &r)
	}
	return r, err
}

func (r request) file(t testing.TB) string {
	t.Helper()
	content, err := json.Marshal(r)
	must(t, err)
	name := filepath.Join(t.TempDir(), "request")
	must(t, os.WriteFile(name, content, 0o644))
	must(t, os.Chmod(filepath.Dir(filepath.Dir(name)), 0o755))
	must(t, os.Chmod(filepath.Dir(name), 0o755))
	return name
}

func init() {
	acts["unpack"] = func(args []string) (any, error) {
		r, err := requestOf(args)
		if err != nil {
			return nil, err
		}
		c, err := layers.Open(r.Cache)
		if err != nil {
			return nil, err
		}
		archives, err := filepath.Glob(filepath.Join(r.Layers, "*.tar"))
		if err != nil {
			return nil, err
		}
		var all []layers.Layer
		for _, name := range archives {
			content, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			all = append(all, blob(content).layer())
		}
		return c.Image(context.Background(), all, r.User, r.Root)
	}
	acts["look"] = func(args []string) (any, error) {
		r, err := requestOf(args)
		if err != nil {
			return nil, err
		}
		at, err := mounted(r.Image, r.Scratch)
		if err != nil {
			return nil, err
		}
		return look(at)
	}
	acts["may"] = func(args []string) (any, error) { return may(args[0]) }
	// Mounts as the user who is 0 here, and starts a program of an image's user in a namespace of its own.
	acts["mayMounted"] = func(args []string) (any, error) {
		r, err := requestOf(args)
		if err != nil {
			return nil, err
		}
		at, err := mounted(r.Image, r.Scratch)
		if err != nil {
			return nil, err
		}
		c := exec.Command("/proc/self/exe", at)
		c.Env, c.Stderr = append(os.Environ(), actName+"=may"), os.Stderr
		c.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: r.Image.Owner.UID, HostID: 0, Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: r.Image.Owner.GID, HostID: 0, Size: 1}},
		}
		out, err := c.Output()
		return json.RawMessage(out), err
	}
}

// ordinary is a user who is not root: who runs the tests, or nobody.
func ordinary() (uid, gid int) {
	if os.Getuid() != 0 {
		return os.Getuid(), os.Getgid()
	}
	return 65534, 65534
}

// asOrdinary starts a process as that user, inside a user namespace as its root.
func asOrdinary(namespace bool) *syscall.SysProcAttr {
	uid, gid := ordinary()
	attr := &syscall.SysProcAttr{}
	if namespace {
		attr = userNamespace(uid, gid)
	}
	if os.Getuid() == 0 {
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid), NoSetGroups: namespace}
		if namespace {
			attr.Credential.Uid, attr.Credential.Gid = 0, 0
		}
	}
	return attr
}

// scratch is a folder of the ordinary user that everybody finds.
func scratch(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join(tempDir(t), name)
	must(t, os.Mkdir(dir, 0o700))
	if os.Getuid() == 0 && strings.HasPrefix(name, "ordinary") {
		uid, gid := ordinary()
		must(t, os.Chown(dir, uid, gid))
	}
	must(t, os.Chmod(filepath.Dir(dir), 0o755))
	must(t, os.Chmod(filepath.Dir(filepath.Dir(dir)), 0o755))
	return dir
}

// realImage is a folder with the layers of an image: files of this machine beneath, and what changes them in the ways in which
// layers do.
func realImage(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(tempDir(t), "image")
	must(t, os.Mkdir(dir, 0o755))
	must(t, os.Chmod(filepath.Dir(dir), 0o755))
	must(t, os.Chmod(filepath.Dir(filepath.Dir(dir)), 0o755))
	base := filepath.Join(dir, "0.tar")
	command := exec.CommandContext(t.Context(), "tar", "-C", "/", "--format=pax", "--numeric-owner", "-cf", base, "usr/sbin", "usr/share/zoneinfo", "etc")
	if os.Getuid() != 0 { // who may not read all of /etc
		command.Args = slices.Delete(command.Args, len(command.Args)-1, len(command.Args))
	}
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	group := int64(0o060)
	if os.Getuid() != 0 { // who could not read it where GNU tar puts it
		group = 0o460
	}
	files := []file{
		folder("app", 0o755, 1000, 1000), regular("app/server.js", "v1", 0o644, 1000, 1000), regular("app/secret", "v1", 0o600), regular("app/group", "v1", group, 0, 44),
		folder("app/data", 0o770, 0, 1000), regular("app/data/x", "v1", 0o666), folder("root", 0o700), regular("root/x", "v1", 0o644), folder("tmp", 0o1777), folder("old", 0o755),
		regular("old/a", "v1", 0o644), regular("old/b/c", "v1", 0o644), folder("becomes", 0o755), regular("becomes/x", "v1", 0o644), regular("file", "v1", 0o4755), hardLink("same", "file"),
		regular("etc/passwd", "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/app:/bin/sh\n", 0o644), regular("etc/group", "app:x:1000:\nvideo:x:44:x,app\n", 0o644),
		folder("usr", 0o755), folder("etc", 0o755),
	}
	must(t, os.WriteFile(filepath.Join(dir, "1.tar"), archive(t, files...), 0o644))
	changes := []file{
		whiteout("usr/share/zoneinfo/Europe/.wh.Berlin"), whiteout("usr/share/.wh.nothing"), whiteout("old/.wh..wh..opq"), regular("old/new", "v2", 0o644),
		regular("becomes", "a file", 0o644), folder("file", 0o750), regular("file/x", "v2", 0o644), regular("tmp/y", "v2", 0o600), regular("root/y", "v2", 0o640),
		regular("app/data/deep/z", "v2", 0o664, 1000, 44), symlink("usr/share/zoneinfo/New", "Europe/Paris"), regular("usr/sbin/added", strings.Repeat("x", 300_000), 0o755),
		whiteout(".wh.same"), folder("old", 0o2775),
	}
	must(t, os.WriteFile(filepath.Join(dir, "2.tar"), archive(t, changes...), 0o644))
	return dir
}

// flattened is the same image unpacked by GNU tar, one layer over the other.
func flattened(t testing.TB, image string) string {
	t.Helper()
	tree := filepath.Join(tempDir(t), "tree")
	must(t, os.Mkdir(tree, 0o755))
	must(t, os.Chmod(filepath.Dir(tree), 0o755))
	must(t, os.Chmod(filepath.Dir(filepath.Dir(tree)), 0o755))
	archives, err := filepath.Glob(filepath.Join(image, "*.tar"))
	must(t, err)
	for _, name := range archives {
		hide(t, tree, name)
		command := exec.CommandContext(t.Context(), "tar", "-C", tree, "--numeric-owner", "--delay-directory-restore", "--exclude=.wh.*", "-xpf", name)
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	must(t, os.Chmod(tree, 0o755))
	return tree
}

// hide removes from a tree what a layer hides, and what stands in the way of its files.
func hide(t testing.TB, tree, name string) {
	t.Helper()
	f, err := os.Open(name)
	must(t, err)
	defer f.Close()
	for archive := tar.NewReader(f); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		must(t, err)
		at := filepath.Join(tree, h.Name)
		base := path.Base(h.Name)
		hidden, is := strings.CutPrefix(base, ".wh.")
		switch info, err := os.Lstat(at); {
		case base == ".wh..wh..opq":
			entries, err := os.ReadDir(filepath.Dir(at))
			must(t, err)
			for _, e := range entries {
				must(t, os.RemoveAll(filepath.Join(filepath.Dir(at), e.Name())))
			}
		case is:
			must(t, os.RemoveAll(filepath.Join(filepath.Dir(at), hidden)))
		case err == nil && info.IsDir() != (h.Typeflag == tar.TypeDir):
			must(t, os.RemoveAll(at))
		}
	}
}

// differences of two views, as lines; none are equal.
func differences[V comparable](got, want map[string]V) string {
	var out bytes.Buffer
	names := map[string]bool{}
	for name := range got {
		names[name] = true
	}
	for name := range want {
		names[name] = true
	}
	for name := range names {
		g, there := got[name]
		w, wanted := want[name]
		switch {
		case !there:
			fmt.Fprintf(&out, "%s is missing\n", name)
		case !wanted:
			fmt.Fprintf(&out, "%s is there: %v\n", name, g)
		case g != w:
			fmt.Fprintf(&out, "%s is %v, want %v\n", name, g, w)
		}
	}
	lines := strings.SplitAfter(out.String(), "\n")
	slices.Sort(lines)
	return strings.Join(lines[:min(len(lines), 40)], "")
}

// The layers of an image, mounted, are what GNU tar makes of them: as root with all owners and modes, for an ordinary user with
// all but owners, and setuid bits.
func TestMountedIsWhatTarUnpacks(t *testing.T) {
	spread.Outside(t)
	image := realImage(t)
	want, err := look(flattened(t, image))
	must(t, err)
	if len(want) < 1000 {
		t.Fatalf("%d files are too few to tell", len(want))
	}
	t.Run("rootless", func(t *testing.T) {
		mayMount(t, asOrdinary(true))
		dir := scratch(t, "ordinary")
		r := request{Cache: filepath.Join(dir, "cache"), Layers: image, Scratch: dir}
		acted(t, asOrdinary(false), &r.Image, "unpack", r.file(t))
		got := map[string]seen{}
		acted(t, asOrdinary(true), &got, "look", r.file(t))
		compare(t, got, want, false)
	})
	t.Run("root", func(t *testing.T) {
		if os.Getuid() != 0 {
			t.Skip("only root gives files away")
		}
		attr := inNamespaces(t)
		dir := scratch(t, "root")
		r := request{Cache: filepath.Join(dir, "cache"), Layers: image, Scratch: dir, Root: true}
		acted(t, nil, &r.Image, "unpack", r.file(t))
		got := map[string]seen{}
		acted(t, attr, &got, "look", r.file(t))
		compare(t, got, want, true)
	})
}

func compare(t *testing.T, got, want map[string]seen, owners bool) {
	t.Helper()
	rule := func(all map[string]seen) map[string]seen {
		changed := map[string]seen{}
		for name, s := range all {
			if !owners {
				s.UID, s.GID = 0, 0
				s.Mode &^= fs.ModeSetuid | fs.ModeSetgid
			}
			if s.Mode.IsDir() {
				s.Time = 0 // tar sets those of its own, where it is not told
			}
			changed[name] = s
		}
		return changed
	}
	if diff := differences(rule(got), rule(want)); diff != "" {
		t.Error(diff)
	}
}

// A program for user 1000 may do with the files of an image what it may where they have their owners, also where all of them
// belong to one user.
func TestWhatProgramsMay(t *testing.T) {
	spread.Outside(t)
	if os.Getuid() != 0 {
		t.Skip("only root gives files away, for the comparison")
	}
	mayMount(t, asOrdinary(true))
	image := realImage(t)
	tree := flattened(t, image)
	for _, user := range []string{"app", "1000:1000", "33:4", "root"} {
		t.Run(user, func(t *testing.T) {
			dir := scratch(t, "ordinary")
			r := request{Cache: filepath.Join(dir, "cache"), Layers: image, Scratch: dir, User: user}
			acted(t, asOrdinary(false), &r.Image, "unpack", r.file(t))
			o := r.Image.Owner
			want, got := map[string]string{}, map[string]string{}
			groups := []uint32{}
			for _, g := range o.Groups {
				groups = append(groups, uint32(g))
			}
			if user == "app" && !slices.Equal(groups, []uint32{44}) {
				t.Errorf("groups %v", groups)
			}
			acted(t, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(o.UID), Gid: uint32(o.GID), Groups: groups}}, &want, "may", tree)
			acted(t, asOrdinary(true), &got, "mayMounted", r.file(t))
			if len(want) < 1000 {
				t.Fatalf("%d files are too few to tell", len(want))
			}
			if diff := differences(got, want); diff != "" {
				t.Error(diff)
			}
		})
	}
}

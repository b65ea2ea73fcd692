package image

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// lockList are the production packages that a lock file declares for an application: what a build takes its bundles from.
type lockList struct {
	name     string // of the file
	packages []Package
}

// A lockReader reads one form of lock file: the production packages of the application that lies at app, relative to the lock
// file's folder dir and slash-separated. Those for other platforms are left out. It answers errNotLocked where the file is not that
// application's, and an [*unknownLockError] where it is of a version that is not known.
type lockReader func(dir string, text []byte, app string, fits platforms) ([]Package, error)

// lockReaders by the name of the file, in the order in which one counts where several lie beside each other.
var lockReaders = []struct {
	name string
	read lockReader
}{
	{"pnpm-lock.yaml", readPnpmLock},
	{"yarn.lock", readYarnLock},
	{"npm-shrinkwrap.json", readNpmLock},
	{"package-lock.json", readNpmLock},
}

// errNotLocked says that a lock file is another project's.
var errNotLocked = errors.New("the lock file does not name this application")

// unknownLockError says that a lock file cannot be read.
type unknownLockError struct{ file, reason string }

func (e *unknownLockError) Error() string { return fmt.Sprintf("%s %s", e.file, e.reason) }

// maxLock bounds what is read of a lock file: one of 10,000 packages has 5 MB.
const maxLock = 64 << 20

// findLock reads the lock file of the application that a folder belongs to: the nearest package.json is its own, and the lock file
// lies beside that, or above it in a monorepo, but not above the repository. nil is none.
func findLock(folder string, fits platforms) (*lockList, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	app := ""
	for dir := folder; ; dir = filepath.Dir(dir) {
		if app == "" && isFile(dir, "package.json") {
			app = dir
		}
		if app != "" {
			found, err := lockAt(dir, app, fits)
			if found != nil || err != nil {
				return found, err
			}
		}
		if exists(dir, gitFolder) || filepath.Dir(dir) == dir {
			return nil, nil
		}
	}
}

func lockAt(dir, app string, fits platforms) (*lockList, error) {
	rel, err := filepath.Rel(dir, app)
	if err != nil {
		return nil, err
	}
	for _, known := range lockReaders {
		file := filepath.Join(dir, known.name)
		info, err := os.Stat(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if info.Size() > maxLock {
			return nil, &unknownLockError{known.name, "is larger than 64 MiB"}
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		packages, err := known.read(dir, text, filepath.ToSlash(rel), fits)
		if errors.Is(err, errNotLocked) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for i := range packages {
			packages[i].Declared = known.name
		}
		return &lockList{name: known.name, packages: packages}, nil
	}
	return nil, nil
}

// platforms are the processors of an image, in the words of Node.js.
type platforms []string

func platformsOf(architectures []string) (p platforms) {
	for _, arch := range architectures {
		p = append(p, cmp.Or(npmCPU["linux/"+arch], arch))
	}
	return p
}

// fit tells whether a package with these fields os and cpu is installed on one of them.
// https://docs.npmjs.com/cli/configuring-npm/package-json#os
func (p platforms) fit(system, cpu []string) bool {
	return allows(system, "linux") && slices.ContainsFunc(p, func(arch string) bool { return allows(cpu, arch) })
}

func allows(list []string, word string) bool {
	if slices.Contains(list, "!"+word) {
		return false
	}
	return slices.Contains(list, word) || slices.Contains(list, "any") || !slices.ContainsFunc(list, func(s string) bool { return !strings.HasPrefix(s, "!") })
}

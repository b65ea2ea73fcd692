package targets

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/internal/private"
)

// cacheOff is the value of SPLITECS_CACHE that turns the cache off.
const cacheOff = "off"

// isFolderPath tells whether a value is meant as the path of a folder: a word alone ("on", "1") is not.
func isFolderPath(v string) bool {
	if !filepath.IsAbs(v) && !strings.ContainsAny(v, `/\`) && v != "." && v != ".." {
		return false
	}
	info, err := os.Stat(v)
	return err != nil || info.IsDir()
}

// imageCache is the cache of image layers: the folder of SPLITECS_CACHE, or splitecs in the user's cache folder. Where
// it cannot be used, that is said, and images are built without it.
func (s *session) imageCache() *image.Cache {
	dir := s.settings.cache
	if dir == cacheOff {
		return nil
	}
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			s.console.Note("no image cache: %v", err)
			return nil
		}
		dir = filepath.Join(user, "splitecs")
	}
	cache, err := image.OpenCache(dir, image.DefaultCacheLimit)
	if e, ok := errors.AsType[*private.FolderError](err); ok {
		s.console.Note("no image cache: %v; next: %s", e, strings.Join(ownFolder(e, "SPLITECS_CACHE"), ", or "))
		return nil
	}
	if err != nil {
		s.console.Note("no image cache: %v", err)
		return nil
	}
	if cache.Narrowed() {
		s.console.Note("other users of this machine could read %s until now: it is yours alone from here on (mode 0700)", dir)
	}
	return cache
}

// ownFolder is what to do about a folder that is not this user's alone; variable names another one.
func ownFolder(e *private.FolderError, variable string) []string {
	other := "set " + variable + " to a folder of your own"
	if e.Mend == "" {
		return []string{other}
	}
	return []string{e.Mend, other}
}

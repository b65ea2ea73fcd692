package targets

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/image"
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
	if err != nil {
		s.console.Note("no image cache: %v", err)
		return nil
	}
	return cache
}

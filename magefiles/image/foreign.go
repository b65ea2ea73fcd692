package image

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// foreignForm says what a folder is that holds an image in a form that is not read here, and what to do about it; empty where
// it is none.
func foreignForm(dir string) string {
	const again = "copy it into one of OCI (skopeo copy "
	head, err := os.ReadFile(filepath.Join(dir, "version"))
	switch {
	case err == nil && strings.HasPrefix(string(head), "Directory Transport Version:") && isFile(dir, "manifest.json"):
		return "is an image as `skopeo copy … dir:` writes it, which no registry takes: " + again + "dir:" + dir + " oci-archive:image.tar) and name that"
	case !isFile(dir, "package.json") && (isFile(dir, "manifest.json") && isFile(dir, "repositories") ||
		holds(filepath.Join(dir, "manifest.json"), `"Config"`, `"Layers"`)): // without "repositories" where the image had no tag
		return "is an unpacked archive of `docker save`: name the archive itself"
	case isFile(dir, "config.json") && isFolder(dir, "rootfs") && holds(filepath.Join(dir, "config.json"), `"ociVersion"`):
		return "is a bundle of a container's runtime (config.json and rootfs), not an image: name its folder rootfs, with App.Image.WorkingDir \"/\""
	}
	return ""
}

// holds tells whether texts stand in a small file.
func holds(file string, texts ...string) bool {
	info, err := os.Stat(file)
	if err != nil || info.Size() > smallFile {
		return false
	}
	data, err := os.ReadFile(file)
	return err == nil && !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(string(data), text) })
}

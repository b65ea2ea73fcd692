package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// UnusableError says that an archive, a layout or a base holds no image that a task could start.
type UnusableError struct {
	Reason string   // in words, behind the name of what it is: "is incomplete, …"
	Next   []string // what helps, a step each
}

func (e *UnusableError) Error() string { return e.Reason }

// writeAgain is what helps where something was lost on the way.
var writeAgain = []string{"write it again, as a whole, then run the same command again"}

// unreadable says what an error means that came while an archive or a layout was read.
func unreadable(err error) error {
	if _, known := errors.AsType[*UnusableError](err); known {
		return err
	}
	file, absent := errors.AsType[*fs.PathError](err)
	_, broken := errors.AsType[*json.SyntaxError](err)
	switch {
	case absent && errors.Is(err, fs.ErrNotExist) && slices.Contains(strings.Split(filepath.ToSlash(file.Path), "/"), "blobs"):
		return &UnusableError{Reason: "is incomplete, it does not have the blob " + filepath.Base(file.Path), Next: writeAgain}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &UnusableError{Reason: "is incomplete, it ends too soon", Next: writeAgain}
	case broken:
		return &UnusableError{Reason: "is damaged: " + err.Error(), Next: writeAgain}
	}
	return err
}

// checkDigest refuses another algorithm than the one that every registry and every container runtime has.
func checkDigest(digest v1.Hash) error {
	if digest.Algorithm == "sha256" {
		return nil
	}
	return &UnusableError{
		Reason: fmt.Sprintf("has digests of %s (%s…), and those of sha256 alone are known here", digest.Algorithm, digest.Hex[:min(len(digest.Hex), 12)]),
		Next:   []string{"write it again with digests of sha256, then run the same command again"},
	}
}

// checkLayers refuses an image of which container runtimes would say, where a task starts, that "layers and diffIDs don't match",
// or that nothing can read a layer.
func checkLayers(img v1.Image) error {
	manifest, err := img.Manifest()
	if err != nil {
		return fmt.Errorf("read manifest: %w", err)
	}
	cf, err := img.ConfigFile()
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	for _, l := range manifest.Layers {
		if !layerTypes[ociLayerType(l.MediaType)] {
			return &UnusableError{
				Reason: fmt.Sprintf("has a layer of the media type %q (%s), which container runtimes cannot read", l.MediaType, l.Digest),
				Next:   []string{"build the image again with layers of OCI's types, which buildah, and buildx with oci-mediatypes=true, give them; then run the same command again"},
			}
		}
	}
	if layers, told := len(manifest.Layers), len(cf.RootFS.DiffIDs); layers != told {
		return &UnusableError{
			Reason: fmt.Sprintf("has %d layers, and its configuration tells of %d: no container could be made of it", layers, told),
			Next:   []string{"build the image again, then run the same command again"},
		}
	}
	return nil
}

// named is an image of an archive by the name that other tools find it under there.
type named struct{ from, name string } // "oci-archive:image.tar", "app:1"

// severalImages refuses to choose among images, and says how each is taken out.
func severalImages(reason string, images []named) error {
	e := &UnusableError{Reason: reason + ": which one is wanted is not known"}
	var names []string
	for _, i := range images {
		if i.name == "" || i.from == "" {
			continue
		}
		names = append(names, i.name)
		to := strings.NewReplacer("/", "-", ":", "-", "@", "-").Replace(i.name) + ".tar"
		e.Next = append(e.Next, "skopeo copy "+shellWord(i.from+":"+i.name)+" "+shellWord("oci-archive:"+to)+"   # then name "+to+" as the source")
	}
	if len(names) > 0 {
		e.Reason = reason + " (" + strings.Join(names, ", ") + "): which one is wanted is not known"
	}
	if len(names) < len(images) {
		e.Next = append(e.Next, "write an archive of the wanted image alone, then run the same command again")
	}
	return e
}

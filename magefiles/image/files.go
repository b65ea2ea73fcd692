package image

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Files are some of the files of a folder.
type Files struct {
	From string // folder on disk
	// Names in it, slash-separated: files, and folders with all that they hold but what the .dockerignore of From leaves
	// out. Each has the same name in the image.
	Names []string
}

// PartError is something that the description names beside the source and that cannot be in the image.
type PartError struct {
	Field  string // of App.Image: "Base", "Files", "Go.Programs", "Go.Values"
	Name   string // as it stands there
	Reason string // in words, for a person
}

func (e *PartError) Error() string {
	return fmt.Sprintf("App.Image.%s: %s %s", e.Field, e.Name, e.Reason)
}

// addFiles puts the layer of Spec.Files beneath the source's, and above the default base.
func (p *plan) addFiles(spec Spec) error {
	if len(spec.Files.Names) == 0 {
		return nil
	}
	files, err := spec.Files.tree(spec.root())
	if err != nil {
		return err
	}
	at := 0
	if len(p.layers) > 0 && p.layers[0].name == groundLayer {
		at = 1
	}
	p.layers = slices.Insert(p.layers, at, layerPlan{name: "files", trees: []tree{files}})
	return nil
}

// tree takes the named files, and of folders what lies in them.
func (f Files) tree(to string) (tree, error) {
	ignored, err := ignore(f.From, "")
	if err != nil {
		return tree{}, err
	}
	names := make([]string, len(f.Names))
	for i, name := range f.Names {
		names[i] = path.Clean(name)
		if !exists(f.From, filepath.FromSlash(names[i])) {
			return tree{}, &PartError{Field: "Files", Name: name, Reason: "does not exist in " + f.From}
		}
		if ignored != nil && ignored(names[i], isFolder(f.From, filepath.FromSlash(names[i]))) == skip {
			return tree{}, &PartError{Field: "Files", Name: name, Reason: "is left out by .dockerignore in " + f.From}
		}
	}
	return tree{from: f.From, to: to, pick: func(name string, folder bool) choice {
		for _, wanted := range names {
			switch {
			case wanted == "." || name == wanted || strings.HasPrefix(name, wanted+"/"):
				if ignored != nil {
					return ignored(name, folder)
				}
				return take
			case folder && strings.HasPrefix(wanted, name+"/"):
				return enter
			}
		}
		return skip
	}}, nil
}

package cfn

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn/confidential"
	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

var (
	// goVariablePattern is a package's import path and the name of a variable in it, as the linker's -X takes it
	// (https://pkg.go.dev/cmd/link).
	goVariablePattern = lazyregexp.New(`^[^\s=]+\.[\pL_][\pL\pN_]*$`)
	// goTagPattern is a build tag (https://go.dev/ref/spec#Letters_and_digits, and dots).
	goTagPattern = lazyregexp.New(`^[\pL\pN_.]+$`)
)

// sources checks what of the project goes into an image.
func (v *validator) sources(i Image) {
	for at, f := range i.Files {
		if !filepath.IsLocal(filepath.FromSlash(f)) {
			v.add(fmt.Sprintf("Files[%d]", at), "%q is not the name of a file or folder in the project", f)
		}
	}
	for at, p := range i.Go.Programs {
		if p == "" || strings.HasPrefix(p, "-") || strings.Contains(p, "...") {
			v.add(fmt.Sprintf("Go.Programs[%d]", at), "%q is neither the folder nor the import path of one Go package", p)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(i.Go.Values)) {
		at := fmt.Sprintf("Go.Values[%q]", name)
		if !goVariablePattern.MatchString(name) {
			v.add(at, "%q is not the import path of a package and the name of a variable in it, such as main.version", name)
		}
		value := i.Go.Values[name]
		v.text(at, value)
		if strings.ContainsRune(value, '\'') && strings.ContainsRune(value, '"') {
			v.add(at, "has both kinds of quotes, which the go command cannot take")
		}
		v.credentialInImage(at, confidential.Value(value))
	}
	for at, tag := range i.Go.Tags {
		if !goTagPattern.MatchString(tag) {
			v.add(fmt.Sprintf("Go.Tags[%d]", at), "%q is not a build tag: letters, digits, _ and dots", tag)
		}
	}
}

// credentialInImage refuses what is a credential of some kind; empty is none.
func (v *validator) credentialInImage(field, what string) {
	if what != "" {
		v.add(field, "is %s, which everybody who may pull the image would see: keep it in Secrets Manager or SSM, and name its ARN in Secrets", what)
	}
}

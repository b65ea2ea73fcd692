package targets

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The table has the targets that the root's magefile declares, with the kinds of their arguments: those that are called
// env, from or to of image:promote are places.
func TestTheLibraryIsWhatTheMagefileDeclares(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../magefile.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string][]argumentKind{}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv == nil || !f.Name.IsExported() {
			continue
		}
		namespace := f.Recv.List[0].Type.(*ast.Ident).Name
		name := strings.ToLower(namespace) + ":" + strings.ToLower(f.Name.Name[:1]) + f.Name.Name[1:]
		kinds := []argumentKind{}
		for _, field := range f.Type.Params.List[1:] { // behind the context
			for _, argument := range field.Names {
				switch {
				case field.Type.(*ast.Ident).Name == "int":
					kinds = append(kinds, numberKind)
				case argument.Name == "env" || name == "image:promote":
					kinds = append(kinds, placeKind)
				default:
					kinds = append(kinds, textKind)
				}
			}
		}
		declared[name] = kinds
	}
	known := map[string][]argumentKind{}
	for _, e := range ours {
		kinds := []argumentKind{}
		for _, a := range e.args {
			kinds = append(kinds, a.kind)
		}
		known[e.name] = kinds
	}
	if diff := cmp.Diff(declared, known); diff != "" {
		t.Errorf("(-magefile.go +library.go):\n%s", diff)
	}
	if names := ours.names(); !slices.IsSorted(names) || len(names) < 25 {
		t.Errorf("%q", names)
	}
}

package acceptance_test

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

// splits are the functions of those who know places that take apart a text at its slashes, and which text that is.
var splits = map[string]string{
	"cfn.Place":                   "a place, and the only one who does",
	"cfn.isReference":             "what may be the path of a parameter",
	"cfn.RepositoryOf":            "the reference of an image",
	"magefiles/targets.siblings":  "the reference of an image",
	"magefiles/targets.accessOf":  "the URI of a repository",
	"magefiles/targets.groupName": "the ARN of a target group",
	"magefiles/targets.name":      "an ARN",
}

// A place is parsed once, where it comes in: who has a cfn.Place looks nothing up by its text.
func TestAPlaceIsParsedOnce(t *testing.T) {
	found := map[string]bool{}
	for _, dir := range []string{".", "cfn", "magefiles/targets"} {
		eachFunction(t, dir, func(f *ast.FuncDecl) {
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if ok && splitsAtSlashes(call) {
					found[dir+"."+f.Name.Name] = true
				}
				if ok && dir == "magefiles/targets" && looksUp(call) {
					t.Errorf("%s looks a place up by its text, and has a cfn.Place", f.Name.Name)
				}
				return true
			})
		})
	}
	for f := range found {
		if splits[f] == "" {
			t.Errorf("%s takes a text apart at its slashes: take a cfn.Place, or say here what it is that is no place", f)
		}
	}
	for f := range splits {
		if !found[f] {
			t.Errorf("%s takes nothing apart any more: take it out here", f)
		}
	}
}

// A session is made where its needs are given to it. A copy of one would remember what happened in another place.
func TestASessionIsNotCopied(t *testing.T) {
	makers := map[string]bool{}
	eachFunction(t, "magefiles/targets", func(f *ast.FuncDecl) {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if is, ok := n.Type.(*ast.Ident); ok && is.Name == "session" {
					makers[f.Name.Name] = true
				}
			case *ast.AssignStmt:
				for _, value := range n.Rhs {
					if star, ok := value.(*ast.StarExpr); ok && isIdent(star.X, "s") && receives(f, "session") {
						t.Errorf("%s copies its session", f.Name.Name)
					}
				}
			}
			return true
		})
	})
	if len(makers) != 2 || !makers["newSession"] || !makers["at"] {
		t.Errorf("sessions are made by %v, and are to be by newSession and at alone", makers)
	}
}

// eachFunction calls look with every function of a package, tests aside.
func eachFunction(t *testing.T, dir string, look func(*ast.FuncDecl)) {
	t.Helper()
	pkg, err := build.ImportDir(inRepository(dir), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range pkg.GoFiles {
		file, err := parser.ParseFile(token.NewFileSet(), inRepository(path.Join(dir, name)), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				look(f)
			}
		}
	}
}

// splitsAtSlashes tells whether a call is one of the package strings that looks for a slash to take a text apart, or to put
// another part into it.
func splitsAtSlashes(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !isIdent(f.X, "strings") {
		return false
	}
	takes := slices.ContainsFunc([]string{"Cut", "Split", "Index", "LastIndex", "Replace", "Fields"}, func(kind string) bool {
		return strings.HasPrefix(f.Sel.Name, kind) && f.Sel.Name != "CutPrefix" && f.Sel.Name != "CutSuffix"
	})
	return takes && slices.ContainsFunc(call.Args, func(a ast.Expr) bool {
		text, ok := a.(*ast.BasicLit)
		return ok && (text.Value == `"/"` || text.Value == `'/'`)
	})
}

// looksUp tells whether a call is one of those of the package cfn that take the text of a place for whoever has no more.
func looksUp(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	of, inner := f.X.(*ast.SelectorExpr)
	ofApp := isIdent(f.X, "app") || inner && of.Sel.Name == "App"
	return isIdent(f.X, "cfn") && slices.Contains([]string{"Infra", "Service"}, f.Sel.Name) ||
		ofApp && slices.Contains([]string{"Environment", "Names", "CheckInfra"}, f.Sel.Name)
}

func isIdent(e ast.Expr, name string) bool {
	is, ok := e.(*ast.Ident)
	return ok && is.Name == name
}

// receives tells whether a function is a method of a type, or of pointers to it.
func receives(f *ast.FuncDecl, name string) bool {
	if f.Recv == nil {
		return false
	}
	of := f.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	return isIdent(of, name)
}

package acceptance_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"testing"
)

// fields are the types of the configuration with their doc comments. A field without a comment of its own belongs to
// the one before it.
func fields(t *testing.T) string {
	var declarations []ast.Decl
	for _, name := range []string{"app", "services", "sidecar", "statement", "hook"} {
		file, err := parser.ParseFile(token.NewFileSet(), inRepository("cfn/"+name+".go"), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		declarations = append(declarations, file.Decls...)
	}
	var out strings.Builder
	for _, declaration := range declarations {
		group, ok := declaration.(*ast.GenDecl)
		if !ok || group.Tok != token.TYPE {
			continue
		}
		for _, spec := range group.Specs {
			made := spec.(*ast.TypeSpec)
			structure, ok := made.Type.(*ast.StructType)
			if !ok || !ast.IsExported(made.Name.Name) || strings.HasSuffix(made.Name.Name, "Error") {
				continue
			}
			fmt.Fprintf(&out, "## %s\n\n%s\n\n| field | type | |\n| --- | --- | --- |\n", made.Name.Name, prose(group.Doc))
			var names, kind, text string
			row := func() {
				if names != "" {
					fmt.Fprintf(&out, "| %s | `%s` | %s |\n", names, kind, text)
				}
			}
			for _, f := range structure.Fields.List {
				name := "`" + f.Names[0].Name + "`"
				for _, more := range f.Names[1:] {
					name += ", `" + more.Name + "`"
				}
				if f.Doc == nil && names != "" {
					names += ", " + name
					continue
				}
				row()
				names, kind, text = name, typeName(f.Type), prose(f.Doc)
			}
			row()
			out.WriteString("\n")
		}
	}
	return out.String()
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return "*" + typeName(e.X)
	case *ast.ArrayType:
		return "[]" + typeName(e.Elt)
	case *ast.MapType:
		return "map[" + typeName(e.Key) + "]" + typeName(e.Value)
	case *ast.SelectorExpr:
		return typeName(e.X) + "." + e.Sel.Name
	case *ast.Ellipsis:
		return "..." + typeName(e.Elt)
	case *ast.FuncType:
		var takes []string
		for _, p := range e.Params.List {
			takes = append(takes, typeName(p.Type))
		}
		return "func(" + strings.Join(takes, ", ") + ") " + typeName(e.Results.List[0].Type)
	}
	return fmt.Sprintf("%T", e)
}

// prose is a doc comment in one line of Markdown: links of Go become code, addresses links.
func prose(doc *ast.CommentGroup) string {
	text := strings.Join(strings.Fields(doc.Text()), " ")
	text = regexp.MustCompile(`\[([A-Z]\w*(?:\.\w+)?)\]`).ReplaceAllString(text, "`$1`")
	text = regexp.MustCompile(`https://\S+`).ReplaceAllString(text, "[AWS]($0)")
	return strings.ReplaceAll(text, "|", "\\|")
}

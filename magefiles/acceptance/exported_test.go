package acceptance_test

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/printer"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

// exported is a name that others can use: its line in the list of the API, and its own comment.
type exported struct {
	name, line string // of a field or a method with its type: App.Name
	doc        string
	grouped    bool // a comment before it speaks for it: of the group, or of the field above
}

// exportedOf reads a package's exported names from its source.
func exportedOf(t *testing.T, dir string) []exported {
	t.Helper()
	pkg, err := build.ImportDir(inRepository(dir), 0)
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	r := &apiReader{files: files}
	for _, name := range pkg.GoFiles {
		file, err := parser.ParseFile(files, inRepository(path.Join(dir, name)), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				r.function(d)
			case *ast.GenDecl:
				r.group(d)
			}
		}
	}
	slices.SortFunc(r.found, func(a, b exported) int { return strings.Compare(a.line, b.line) })
	return r.found
}

type apiReader struct {
	files *token.FileSet
	found []exported
}

// source is how a node is written, in one line.
func (r *apiReader) source(node any) string {
	var text strings.Builder
	if err := printer.Fprint(&text, r.files, node); err != nil {
		return err.Error()
	}
	return strings.Join(strings.Fields(text.String()), " ")
}

func (r *apiReader) add(name, line string, grouped bool, docs ...*ast.CommentGroup) {
	e := exported{name: name, line: line, grouped: grouped}
	for _, d := range docs {
		e.doc += d.Text()
	}
	r.found = append(r.found, e)
}

func (r *apiReader) function(f *ast.FuncDecl) {
	name, receiver := f.Name.Name, ""
	if f.Recv != nil {
		receiver = strings.Trim(r.source(f.Recv.List[0].Type), "*")
		name = receiver + "." + name
	}
	if f.Name.IsExported() && (receiver == "" || ast.IsExported(receiver)) {
		r.add(name, r.source(&ast.FuncDecl{Recv: f.Recv, Name: f.Name, Type: f.Type}), false, f.Doc)
	}
}

func (r *apiReader) group(g *ast.GenDecl) {
	for _, spec := range g.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() {
				r.declared(s, g)
			}
		case *ast.ValueSpec:
			for i, name := range s.Names {
				if !name.IsExported() {
					continue
				}
				line := g.Tok.String() + " " + name.Name
				if s.Type != nil {
					line += " " + r.source(s.Type)
				}
				if g.Tok == token.CONST && i < len(s.Values) {
					line += " = " + r.source(s.Values[i])
				}
				r.add(name.Name, line, g.Lparen.IsValid() && g.Doc != nil, s.Doc, s.Comment, alone(g))
			}
		}
	}
}

// alone is the comment of a declaration that is no group.
func alone(g *ast.GenDecl) *ast.CommentGroup {
	if g.Lparen.IsValid() {
		return nil
	}
	return g.Doc
}

// declared is a type, with the fields or methods that it has.
func (r *apiReader) declared(s *ast.TypeSpec, g *ast.GenDecl) {
	kind := r.source(s.Type)
	var members *ast.FieldList
	switch t := s.Type.(type) {
	case *ast.StructType:
		kind, members = "struct", t.Fields
	case *ast.InterfaceType:
		kind, members = "interface", t.Methods
	}
	if s.Assign.IsValid() {
		kind = "= " + kind
	}
	r.add(s.Name.Name, "type "+s.Name.Name+" "+kind, g.Lparen.IsValid() && g.Doc != nil, s.Doc, s.Comment, alone(g))
	if members == nil {
		return
	}
	documented := r.documented(members)
	for i, f := range members.List {
		_, method := s.Type.(*ast.InterfaceType) // what an interface asks for is told by its own comment
		grouped := method || documented[i]
		for _, name := range f.Names {
			if name.IsExported() {
				r.add(s.Name.Name+"."+name.Name, fmt.Sprintf("type %s %s, %s %s", s.Name.Name, kind, name.Name, r.source(f.Type)), grouped, f.Doc, f.Comment)
			}
		}
		if len(f.Names) == 0 {
			// What is embedded is told of by its own type.
			r.add(s.Name.Name, fmt.Sprintf("type %s %s, %s", s.Name.Name, kind, r.source(f.Type)), true)
		}
	}
}

// documented tells of each field whether a comment speaks for it: in a block, which has no empty line in it, those that
// have one speak for the block.
func (r *apiReader) documented(fields *ast.FieldList) []bool {
	line := func(p token.Pos) int { return r.files.Position(p).Line }
	var blocks [][]*ast.Field
	end := 0
	for _, f := range fields.List {
		begin := line(f.Pos())
		if f.Doc != nil {
			begin = line(f.Doc.Pos())
		}
		if len(blocks) == 0 || begin > end+1 {
			blocks = append(blocks, nil)
		}
		blocks[len(blocks)-1] = append(blocks[len(blocks)-1], f)
		end = line(f.End())
	}
	var told []bool
	for _, block := range blocks {
		any := slices.ContainsFunc(block, func(f *ast.Field) bool { return f.Doc != nil || f.Comment != nil })
		told = append(told, slices.Repeat([]bool{any}, len(block))...)
	}
	return told
}

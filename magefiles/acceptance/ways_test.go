package acceptance_test

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A way is what happens on one errand, as a tree: each function calls those below it, in this order. The name of a package
// stands before it.

const wayOfARelease = `
splitecs Service.Deploy
  targets Set.ServiceDeploy
    targets Set.run
      targets placeOf
        cfn App.Place
      targets session.prepare
        cfn App.Validate
    targets session.connect
    targets session.deployService
      targets session.wholeInfra
        stack Stacks.Describe
      cfn Place.CheckInfra
      targets session.resolve
        targets session.find
      targets session.serviceSpec
        targets session.releaseTemplate
          cfn Place.ServiceTemplate
        cfn Render
      stack Stacks.Equal
      targets session.verify
        targets session.findings
          preflight Reader.Read
          preflight Check
      targets session.approver
      targets session.release
        targets session.deployStack
          stack Stacks.Deploy
            stack Stacks.deploy
              stack Stacks.ready
              stack Stacks.planUnlessEqual
              stack Stacks.execute
                stack Stacks.follow
        targets session.watch
          rollout Rollouts.Watcher
          rollout Watcher.Until
            rollout Watcher.Look
              rollout Watcher.lookAtStopped
                rollout Rollouts.stopped
                  rollout Rollouts.lastLines
                rollout keeper.addStopped
              rollout Watcher.lookAtTargets
              rollout Watcher.lookAtDeployments
        targets session.ends
          targets session.settle
            rollout Rollouts.Settle
          targets session.failed
            rollout Judge
`

const wayOfALayer = `
targets session.push
  targets session.build
    targets session.imageSpec
      targets session.source
        image Detect
    targets session.buildSpec
      targets session.makeImage
        image Build
          image builder.images
            image builder.image
              image builder.plan
                image planNextJS
              image builder.layers
                image builder.layer
                  image layerPlan.scan
                  image builder.madeLayer
                    image builder.inspect
                    image fingerprints
                    image builder.recall
                    image builder.newLayer
                      image press.press
                    image layerPlan.write
                    image builder.remember
              image assemble
              image builder.judge
  targets session.send
    targets session.pushArtifact
      image Push
        image push.run
          image push.tagged
            image push.write
              image uploads.send
                image uploads.blob
                  image uploads.once
                    image uploads.origin
`

// widestSentence is where what a function does is cut.
const widestSentence = 96

// errand is a line of a way.
type errand struct {
	depth     int
	pkg, name string
}

func errandsOf(way string) []errand {
	var all []errand
	for line := range strings.Lines(strings.TrimSpace(way)) {
		words := strings.Fields(line)
		depth := (len(line) - len(strings.TrimLeft(line, " "))) / 2
		all = append(all, errand{depth, words[0], words[1]})
	}
	return all
}

// function is one that is declared.
type function struct {
	file string
	does string // the beginning of its comment, without its name
	uses []string
}

// functionsOf a package, by their names; methods behind the name of their type.
func functionsOf(t *testing.T, folder string) map[string]function {
	t.Helper()
	files, err := filepath.Glob(inRepository(path.Join(folder, "*.go")))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]function{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			name := f.Name.Name
			if f.Recv != nil {
				name = receiver(f.Recv.List[0].Type) + "." + name
			}
			_, does, _ := strings.Cut(new(doc.Package).Synopsis(f.Doc.Text()), " ")
			all[name] = function{file: path.Join(folder, filepath.Base(file)), does: strings.TrimSuffix(does, "."), uses: used(f.Body)}
		}
	}
	return all
}

func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr: // of a generic type
		return receiver(e.X)
	}
	return e.(*ast.Ident).Name
}

// used are the names that a body has.
func used(body *ast.BlockStmt) (names []string) {
	ast.Inspect(body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			names = append(names, id.Name)
		}
		return true
	})
	return names
}

// drawn is a way as the documentation shows it. Each function has to be there, and to have the name of the next one in it.
func drawn(way string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		folders := map[string]string{}
		for name := range rooms {
			folders[shortName(name)] = name
		}
		packages := map[string]map[string]function{}
		var b strings.Builder
		b.WriteString("```\n")
		var above []function // by their depth
		for _, s := range errandsOf(way) {
			if packages[s.pkg] == nil {
				packages[s.pkg] = functionsOf(t, folders[s.pkg])
			}
			f, ok := packages[s.pkg][s.name]
			if !ok {
				t.Errorf("package %s has no %s", s.pkg, s.name)
				continue
			}
			if f.does == "" {
				t.Errorf("%s does not say what it does, in %s", s.name, f.file)
			}
			above = append(above[:min(s.depth, len(above))], f)
			if short := s.name[strings.LastIndex(s.name, ".")+1:]; s.depth > 0 && !slices.Contains(above[len(above)-2].uses, short) {
				t.Errorf("%s %s is not called by what stands above it, in %s", s.pkg, s.name, above[len(above)-2].file)
			}
			does := f.does
			if len(does) > widestSentence {
				does = does[:strings.LastIndex(does[:widestSentence], " ")] + " …"
			}
			line := fmt.Sprintf("%s%s  (%s)", strings.Repeat("  ", s.depth), s.name, strings.TrimPrefix(f.file, "magefiles/"))
			b.WriteString(strings.TrimRight(fmt.Sprintf("%-72s %s", line, does), " ") + "\n")
		}
		b.WriteString("```\n")
		return b.String()
	}
}

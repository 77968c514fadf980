package lint

import (
	"go/ast"
	"strings"
	"testing"
)

// maxLines keeps a file one idea. Generated files are not read by people and may be longer.
const maxLines = 450

func TestFilesStayShort(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.lines > maxLines && !f.generated {
			t.Errorf("%s: %d lines, more than %d: is it still one idea? Split it", f.path, f.lines, maxLines)
		}
	}
}

func TestEveryPackageHasAComment(t *testing.T) {
	commented := map[string]bool{}
	for _, f := range goFiles(t) {
		name := strings.TrimSuffix(f.ast.Name.Name, "_test")
		opening := "Package " + name + " "
		if name == "main" {
			opening = "" // a command opens with its own name, in any wording
		}
		doc := f.ast.Doc.Text()
		commented[f.pkg] = commented[f.pkg] || doc != "" && strings.HasPrefix(doc, opening)
	}
	for pkg, ok := range commented {
		if !ok {
			t.Errorf("package %q has no package comment: say in one sentence what lives there", pkg)
		}
	}
}

// initFolders may hold init functions: finding out which instructions the processor has must happen before
// anything runs. Everything else that runs by being imported is a surprise, and an order that nobody chose.
var initFolders = map[string]bool{"cpu/internal/simd": true}

func TestOnlyCPUDetectionRunsAtStart(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, decl := range f.ast.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if ok && fn.Recv == nil && fn.Name.Name == "init" && !initFolders[f.pkg] {
				t.Errorf("%s: init function: only the CPU detection in cpu/internal/simd may have one", f.position(fn.Pos()))
			}
		}
	}
}

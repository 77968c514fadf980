package lint

import (
	"bufio"
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A goFile is one parsed Go file of this module.
type goFile struct {
	path      string // from the root of the module, with slashes
	pkg       string // folder, "." for the root: a package's name in the table of layers
	module    string
	test      bool
	generated bool
	lines     int
	fset      *token.FileSet
	ast       *ast.File
}

// internalImports lists the packages of this module that the file imports, as folders.
func (f goFile) internalImports() []string {
	var found []string
	for _, spec := range f.ast.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser accepts string literals only
		}
		if imp == f.module {
			found = append(found, ".")
		} else if rest, ok := strings.CutPrefix(imp, f.module+"/"); ok {
			found = append(found, rest)
		}
	}
	return found
}

func (f goFile) position(p token.Pos) string {
	return f.path + ":" + strconv.Itoa(f.fset.Position(p).Line)
}

// goFiles parses every Go file of the module, whatever its build constraints. Nested modules and the folders that
// the go command leaves out (names with a leading dot or underscore, testdata) are left out here too.
func goFiles(t *testing.T) []goFile {
	t.Helper()
	files, err := parseModule()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 10 {
		t.Fatalf("only %d Go files found under the module's root: the walk is broken", len(files))
	}
	return files
}

var parseModule = sync.OnceValues(func() ([]goFile, error) {
	module, err := modulePath()
	if err != nil {
		return nil, err
	}
	var files []goFile
	fset := token.NewFileSet()
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if p != root && (ignoredByGo(d.Name()) || isFile(filepath.Join(p, "go.mod"))) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") || ignoredByGo(d.Name()) {
			return nil
		}
		source, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rel := fromRoot(p)
		tree, err := parser.ParseFile(fset, rel, source, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, goFile{
			path: rel, pkg: path.Dir(rel), module: module, test: strings.HasSuffix(rel, "_test.go"),
			generated: ast.IsGenerated(tree), lines: bytes.Count(source, []byte("\n")), fset: fset, ast: tree,
		})
		return nil
	})
	return files, err
})

// root is the module's root as seen from this package, where go test runs.
const root = "../.."

func fromRoot(p string) string {
	rel, err := filepath.Rel(root, p)
	if err != nil {
		return p
	}
	return filepath.ToSlash(rel)
}

func ignoredByGo(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata"
}

func isFile(p string) bool {
	info, err := os.Stat(p)
	return err == nil && info.Mode().IsRegular()
}

func modulePath() (string, error) {
	f, err := os.Open(filepath.Join(root, "go.mod"))
	if err != nil {
		return "", err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "module "); ok {
			return strings.TrimSpace(name), nil
		}
	}
	return "", os.ErrInvalid
}

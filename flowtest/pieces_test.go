package flowtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"diffeo/recipe"
)

// notPieces are exported types that are no pieces by themselves.
var notPieces = map[string]string{
	"scalar.Interval": "a value of the interface",
	"scalar.Form":     "an option of Affine",
	"dist.Interval":   "a value of the interface",
	"nn.Context":      "an option of networks",
	"bijection.Basis": "an option of Sylvester",
}

// Every exported type of the packages of pieces that is no interface occurs in a row of the table, by itself or within another piece.
func TestEveryPieceHasARow(t *testing.T) {
	tested := map[string]bool{}
	for typ := range types() {
		tested[typ.String()] = true
	}
	found := 0
	for _, pkg := range []string{"scalar", "bijection", "dist", "nn"} {
		files, err := filepath.Glob(filepath.Join("..", pkg, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no source of package %s (%v)", pkg, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, decl := range file.Decls {
				types, ok := decl.(*ast.GenDecl)
				if !ok || types.Tok != token.TYPE {
					continue
				}
				for _, spec := range types.Specs {
					spec := spec.(*ast.TypeSpec)
					_, isInterface := spec.Type.(*ast.InterfaceType)
					full := pkg + "." + spec.Name.Name
					if !spec.Name.IsExported() || isInterface {
						continue
					}
					found++
					if !tested[full] && notPieces[full] == "" {
						t.Errorf("%s (%s) has no row in the conformance table", full, name)
					}
				}
			}
		}
	}
	if found < 15 {
		t.Errorf("only %d exported types found: is the source being read?", found)
	}
}

// types are those that occur in the rows of the table.
func types() map[reflect.Type]bool {
	seen := map[reflect.Type]bool{}
	for _, table := range []any{scalars, bijections, dists, conditioners, imageNets, masks, plainScalars, plainBijections, plainDists, plainConditioners, plainImageNets, plainMasks} {
		collect(reflect.ValueOf(table), seen)
	}
	return seen
}

// collect notes the type of a value and of everything inside it.
func collect(v reflect.Value, seen map[reflect.Type]bool) {
	if !v.IsValid() {
		return
	}
	seen[v.Type()] = true
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		collect(v.Elem(), seen)
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			collect(v.Index(i), seen)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			collect(v.Field(i), seen)
		}
	}
}

// Every map of one variable has a name in the table of package recipe, so that descriptions and model files can hold it.
func TestEveryMapHasAName(t *testing.T) {
	named := map[reflect.Type]bool{}
	for _, kind := range recipe.MapKinds() {
		m := recipe.LayerMap{Kind: kind}
		if kind == recipe.MixedMap {
			m.Groups = []recipe.LayerGroup{{Map: recipe.LayerMap{Kind: recipe.AffineMap}, Columns: []int{0}}}
		}
		f, err := recipe.FromLayers(recipe.Layers{Dim: 1, Layers: []recipe.Layer{{Kind: recipe.StaticLayer, Map: &m}}})
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		collect(reflect.ValueOf(f.Transform), named)
	}
	for _, p := range plainScalars {
		if typ := reflect.TypeOf(p.row.m); !named[typ] {
			t.Errorf("%s has no name in the table of recipe/layermap.go", typ)
		}
	}
}

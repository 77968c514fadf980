package optest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"diffeo/graph"
)

// opConstants reads the constants of type Op from the source of package graph.
func opConstants(t *testing.T) map[graph.Op]string {
	t.Helper()
	files, err := filepath.Glob("../../graph/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no source of package graph: %v", err)
	}
	ops := map[graph.Op]string{}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, source, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if id, ok := spec.Type.(*ast.Ident); !ok || id.Name != "Op" {
				return true
			}
			for i, name := range spec.Names {
				lit, ok := spec.Values[i].(*ast.BasicLit)
				if !ok {
					t.Fatalf("%s: %s is no literal", path, name.Name)
				}
				value, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				ops[graph.Op(value)] = name.Name
			}
			return true
		})
	}
	if len(ops) < 50 {
		t.Fatalf("only %d ops found in package graph: the search is broken", len(ops))
	}
	return ops
}

// Ops lists the ops of a graph and of its regions.
func collect(g *graph.Graph, used map[graph.Op]int) {
	for _, n := range g.Nodes {
		used[n.Op]++
		for _, b := range n.Body {
			collect(b, used)
		}
	}
}

func TestEveryOpHasARow(t *testing.T) {
	used := map[graph.Op]int{}
	for _, c := range Cases() {
		g, err := c.Graph(0)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		collect(g, used)
	}
	for op, name := range opConstants(t) {
		if used[op] == 0 {
			t.Errorf("no case of the table uses %s (%q): add a row", name, op)
		}
	}
}

func TestTheTableIsInOrder(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Cases() {
		if seen[c.Name] {
			t.Errorf("two cases are called %q", c.Name)
		}
		seen[c.Name] = true
		if c.Order < 2 && c.Why == "" {
			t.Errorf("%s: why can it be differentiated %d times only?", c.Name, c.Order)
		}
		if c.Slack != 0 && (c.SlackWhy == "" || c.Slack < 1) {
			t.Errorf("%s: a slack of %g needs a reason", c.Name, c.Slack)
		}
	}
	t.Logf("%d cases", len(seen))
}

func TestDataIsReproducible(t *testing.T) {
	for _, c := range Cases() {
		g, err := c.Graph(c.Order)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		few, many := c.Inputs(g, 2, 7), c.Inputs(g, 5, 7)
		for name, x := range few {
			for i, v := range x {
				if w := many[name][i]; w != v && (w == w || v == v) {
					t.Fatalf("%s: %s[%d] depends on the number of rows", c.Name, name, i)
				}
				if !c.Float64Only && v == v && float64(float32(v)) != v && !strings.Contains(name, "key") && v != 4294967295 {
					t.Fatalf("%s: %s[%d] = %g is no float32", c.Name, name, i, v)
				}
			}
		}
	}
}

func TestEveryCaseRuns(t *testing.T) {
	for _, c := range Cases() {
		g, err := c.Graph(0)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		if _, err := Run(g, 3, c.Inputs(g, 3, 1)); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}

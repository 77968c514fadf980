package flowtest_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/nn"
	"diffeo/recipe"
	"diffeo/scalar"
)

var update = flag.Bool("update", false, "write docs/catalogue.md anew")

// about is what the catalogue says of a piece beside what it finds out by itself.
type about struct {
	paper            string // arXiv numbers, or where else; "": nobody's in particular
	forward, inverse string // what the directions of a map of vectors cost; of a map of one variable how one without a formula is computed, unless by a loop
	cost             string // of the other pieces
	use              string // what it is good for
}

// described is the plain row of a piece, with what the catalogue says of it.
type described[R any] struct {
	row   R
	about about
}

// rows are the plain ones and those of options.
func rows[R any](plain []described[R], more []R) (all []R) {
	for _, p := range plain {
		all = append(all, p.row)
	}
	return append(all, more...)
}

const catalogueHead = `# The catalogue

Every base, map, network and recipe, from the table of conformance tests (package ` + "`flowtest`" + `): what stands here passes them. The page is
written by ` + "`make docs`" + `; a test fails when it is not current.

Forward goes from the base to the data, which is what drawing runs, and inverse from the data to the base, which is what scoring runs; ` + "`bijection.Invert`" + `
exchanges them. *closed* is a formula; *n rounds* is a safeguarded Newton iteration that ends with the rounding of the number type, and n the most that it took for
64 normal points in float64. Costs are those of a row of D columns; the log-determinant is computed beside the values. Each piece says in its own
documentation (` + "`go doc diffeo/scalar.Bernstein`" + `) what its formulas, options, domains and parameters are.
`

// docs/catalogue.md is what the tables say.
func TestCatalogueIsCurrent(t *testing.T) {
	path := filepath.Join("..", "docs", "catalogue.md")
	want := catalogue(t)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	is, lines := strings.Split(string(text), "\n"), strings.Split(want, "\n")
	for i, line := range lines {
		if i >= len(is) || is[i] != line {
			t.Fatalf("docs/catalogue.md is not current: run make docs\nline %d should be %s", i+1, line)
		}
	}
	if len(is) != len(lines) {
		t.Fatalf("docs/catalogue.md is not current: run make docs\nit has %d lines and should have %d", len(is), len(lines))
	}
}

// Every piece that is by itself a map, a base or a network has a plain row, which says what it is good for, and what it costs.
func TestCatalogueIsComplete(t *testing.T) {
	has, twice := map[reflect.Type]bool{}, map[string]bool{}
	note := func(m any, name string, a about, costs ...string) {
		has[reflect.TypeOf(m)] = true
		if what := constructor(m) + name; twice[what] {
			t.Errorf("the catalogue has %s (%s) twice", name, constructor(m))
		} else {
			twice[what] = true
		}
		for _, text := range append(costs, a.use) {
			if text == "" {
				t.Errorf("the catalogue says too little of %s: %+v", name, a)
			}
		}
	}
	for _, p := range plainScalars {
		note(p.row.m, p.row.name, p.about, p.about.cost)
	}
	for _, p := range plainBijections {
		note(p.row.m, p.row.name, p.about, p.about.forward, p.about.inverse)
	}
	for _, p := range plainDists {
		note(p.row.m, p.row.name, p.about, p.about.cost)
	}
	for _, p := range plainConditioners {
		note(p.row.m, p.row.name, p.about, p.about.cost)
	}
	for _, p := range plainImageNets {
		note(p.row.m, p.row.name, p.about, p.about.cost)
	}
	for _, p := range plainMasks {
		note(p.row.m, p.row.name, p.about, p.about.cost)
	}
	for typ := range types() {
		for _, kind := range []reflect.Type{reflect.TypeFor[scalar.Map](), reflect.TypeFor[bijection.Bijection](), reflect.TypeFor[dist.Distribution](),
			reflect.TypeFor[nn.Conditioner](), reflect.TypeFor[nn.ImageConditioner](), reflect.TypeFor[nn.Masked]()} {
			if typ.Kind() == reflect.Struct && typ.Implements(kind) && !has[typ] {
				t.Errorf("%s has no row in the catalogue", typ)
			}
		}
	}
	if len(has) < 60 {
		t.Errorf("only %d pieces found", len(has))
	}
	for _, name := range recipe.Names() {
		a := recipe.Describe(name)
		if a.Forward == "" || a.Inverse == "" || a.Use == "" {
			t.Errorf("the catalogue says too little of the recipe %s: %+v", name, a)
		}
		forward, inverse := equations(t, name)
		if forward != strings.Contains(a.Forward, "equation") || inverse != strings.Contains(a.Inverse, "equation") {
			t.Errorf("the recipe %s: a direction that solves equations should say so, and no other: %+v", name, a)
		}
	}
}

// catalogue is the text of docs/catalogue.md.
func catalogue(t *testing.T) string {
	var b strings.Builder
	b.WriteString(catalogueHead)
	section := func(title, text string, columns ...string) {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| %s |\n|%s\n", title, text, strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
	}
	line := func(cells ...string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }

	section("Maps of one variable", "Usable in a coupling, in an autoregressive map, and by themselves (`bijection.Static`). θ is the number of parameters of a column "+
		"for the options of the row, which a network computes or which are learned directly; the cost is that of a column, each way or each round.",
		"constructor", "", "paper", "θ", "forward", "inverse", "cost", "good for")
	for _, p := range plainScalars {
		s := solvedScalar(t, p.row)
		line(constructor(p.row.m), p.row.name, papers(p.about.paper), fmt.Sprint(s.params), s.forward.or(p.about.forward), s.inverse.or(p.about.inverse),
			p.about.cost, p.about.use)
	}
	section("Maps of vectors and images", "The first ones put a map of one variable to work. Costs are those of a row; what depends on the weights alone is computed once for all rows.", "constructor", "", "paper", "forward", "inverse", "good for")
	for _, p := range plainBijections {
		forward, inverse := solvedBijection(t, p.row)
		line(constructor(p.row.m), p.row.name, papers(p.about.paper), forward.with(p.about.forward), inverse.with(p.about.inverse), p.about.use)
	}
	section("Base densities", "All but the standard normal and the uniform ones have parameters that are learned. The cost is that of a log-density; a draw costs as much unless it says otherwise.",
		"constructor", "", "paper", "cost", "good for")
	for _, p := range plainDists {
		line(constructor(p.row.m), p.row.name, papers(p.about.paper), p.about.cost, p.about.use)
	}
	section("Networks", "They compute the parameters of maps. All of them read a condition, those of vectors in four ways (`nn.Context`).", "constructor", "", "paper", "cost", "for")
	for _, p := range plainConditioners {
		line(constructor(p.row.m), p.row.name, papers(p.about.paper), p.about.cost, p.about.use)
	}
	for _, p := range plainImageNets {
		line(constructor(p.row.m), p.row.name, papers(p.about.paper), p.about.cost, p.about.use)
	}
	for _, p := range plainMasks {
		line(constructor(p.row.m), p.row.name, papers(p.about.paper), p.about.cost, p.about.use)
	}
	section("Recipes", "Papers as flows: `diffeo fit --recipe NAME`, or `recipe.New`. Passes are those of the networks of one transform.", "name", "paper", "forward (draws)", "inverse (scores)", "good for")
	for _, name := range slices.Concat(recipe.Names(), recipe.ImageNames()) {
		a := recipe.Describe(name)
		line("`"+name+"`", papers(a.Paper), a.Forward, a.Inverse, a.Use)
	}
	return b.String()
}

func constructor(m any) string { return fmt.Sprintf("`%T`", m) }

var arXiv = regexp.MustCompile(`\d{4}\.\d{4,5}`)

// papers is a list of papers with links.
func papers(list string) string {
	return arXiv.ReplaceAllString(list, "[$0](https://arxiv.org/abs/$0)")
}

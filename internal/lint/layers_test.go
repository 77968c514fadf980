package lint

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// A layer says what the production code of one package may import from this module.
// A path that ends in "/..." stands for the folder and all below it; "." is the root package.
type layer struct {
	pkg     string
	imports []string
}

// below lists what the packages over the engine and the recipes may use.
var below = []string{
	".", "flow", "recipe", "bijection", "dist", "param", "cpu", "graph", "matrix", "fault",
	"internal/atomicfile", "internal/safetensors", "internal/philox", "internal/memory",
}

// layers is the architecture: imports go down only, and packages side by side do not know each other.
// The first row that matches a package holds for it. docs/architecture.md gives the reasons.
var layers = []layer{
	// Leaves.
	{"fault", nil},
	{"matrix", []string{"fault"}},
	{"internal/lint", nil},
	{"internal/atomicfile", []string{"fault"}},
	{"internal/safetensors", []string{"fault"}},
	{"internal/torchfile", []string{"fault"}}, // files of PyTorch, read without running them
	{"internal/memory", []string{"matrix"}},
	{"internal/vonmises", nil}, // mixtures on the torus, which flows begin from or are compared with
	{"internal/pgtest", nil},   // PostgreSQL for tests
	{"internal/looked", nil},   // pictures and pages against those that somebody looked at
	{"internal/philox", nil},   // the definition of every random stream, common to all engines

	// The graph, and what runs it.
	{"graph", []string{"fault"}},
	{"ref", []string{"graph", "matrix", "fault", "internal/philox"}},
	{"cpu", []string{"graph", "matrix", "fault", "internal/philox", "internal/memory", "cpu/internal/..."}},
	{"cpu/internal/simd", nil},
	{"cpu/internal/...", []string{"graph", "matrix", "fault", "internal/philox", "cpu/internal/..."}},

	// What tests stand on: tables of cases, tolerances, any engine by one call.
	{"internal/tolerance", nil},
	{"internal/optest", []string{"ref", "graph", "fault"}},
	{"internal/engine", []string{"cpu", "ref", "graph", "matrix", "fault"}},
	{"internal/golden", []string{
		"flowtest", "flow", "bijection", "dist", "nn", "scalar", "param", "graph", "matrix", "fault", "internal/safetensors",
		"importer", "recipe", "internal/transfer",
	}},
	{"internal/bench", append([]string{"nn", "scalar"}, below...)},                               // what diffeo bench does
	{"internal/sweep", append([]string{"train", "internal/bench"}, below...)},                    // time a row by sizes, for docs/performance.md
	{"internal/toys", append([]string{"data", "train", "plot", "internal/jsonlines"}, below...)}, // recipes on known densities, for docs/toys.md
	{"internal/jsonlines", nil}, // files of results
	{"internal/quality", []string{"data", "model", "matrix", "internal/atomicfile", "internal/jsonlines", "internal/vonmises"}}, // runs the command on real tables, for docs/results.md
	{"internal/digits", []string{"model", "recipe", "internal/atomicfile", "internal/jsonlines"}},                               // runs the command on MNIST, for docs/digits.md
	{"internal/levels", nil}, // compares instruction sets by running the command

	{"internal/sketch", []string{"graph", "fault"}}, // what the graph must be able to say; read by tests only

	// Models: descriptions that build graphs; none of them knows an engine.
	{"param", []string{"graph", "matrix", "fault"}},
	{"internal/moments", []string{"graph"}}, // what activation norms begin from
	{"nn", []string{"internal/moments", "param", "graph", "fault"}},
	{"internal/root", []string{"graph"}}, // where maps find what has no formula
	{"scalar", []string{"internal/root", "param", "graph", "fault"}},
	{"bijection", []string{"internal/moments", "internal/root", "scalar", "nn", "param", "graph", "fault"}},
	{"dist", []string{"bijection", "scalar", "nn", "param", "graph", "fault"}},
	{"flow", []string{"bijection", "dist", "param", "graph", "fault"}},
	{"recipe", []string{"flow", "bijection", "dist", "nn", "scalar", "param", "graph", "matrix", "fault"}}, // some begin from rows
	{"internal/transfer", []string{"param"}},                                                               // where the weights of other libraries belong
	{"importer", []string{"recipe", "nn", "param", "fault", "internal/transfer", "internal/torchfile", "internal/safetensors"}},
	{"flowtest", []string{
		"flow", "bijection", "dist", "nn", "scalar", "param", "ref", "cpu", "graph", "matrix", "fault",
		"internal/engine", "internal/tolerance",
	}},

	// What runs a flow: the root joins a description to the engine, the rest stand on it.
	{".", []string{"flow", "param", "cpu", "graph", "matrix", "fault", "internal/memory"}},
	{"train", below},
	{"data", below},
	{"model", append([]string{"data", "dequant"}, below...)},                  // a model holds the preprocessing of its data, and the noise of whole numbers
	{"check", append([]string{"data", "model", "train", "nn"}, below...)},     // diagnostics of a model
	{"infer", append([]string{"train", "data", "model", "scalar"}, below...)}, // a step is one of train, a posterior of simulations is a model, a region is made of scalar maps
	{"vae", append([]string{"train", "model", "nn", "scalar"}, below...)},     // parts are flows, steps those of train, files those of models
	{"dequant", append([]string{"train", "nn", "scalar"}, below...)},          // a flow and the noise that trains it
	{"plot", below},
	{"report", append([]string{"check", "plot", "data", "model"}, below...)}, // the checks as a page
	{"serve", below},

	// Programs that show the library.
	{"examples/...", append([]string{"data", "train", "infer", "vae", "dequant", "nn", "scalar", "internal/jsonlines"}, below...)},

	// The command wires everything public.
	{"cmd/diffeo", []string{
		".", "train", "model", "check", "importer", "data", "infer", "plot", "report", "serve", "dequant", "flow", "recipe", "bijection", "dist", "nn",
		"scalar", "param", "cpu", "graph", "matrix", "fault", "internal/atomicfile", "internal/bench", "internal/vonmises", "cmd/diffeo/...",
	}},
	{"cmd/diffeo/...", []string{
		".", "train", "model", "data", "infer", "plot", "serve", "flow", "recipe", "matrix", "fault",
		"cmd/diffeo/...",
	}},
}

// forTests is what the tests of any package may import besides.
var forTests = []string{
	"recipe", "flow", "bijection", "dist", "nn", "scalar", "ref", "cpu", "flowtest", "param", "graph", "matrix", "fault", "internal/...",
}

func TestImportsGoDownOnly(t *testing.T) {
	for _, f := range goFiles(t) {
		rule, known := layerOf(f.pkg)
		if !known {
			t.Errorf("%s: package %q is not in the table of layers: add a row to internal/lint/layers_test.go", f.path, f.pkg)
			continue
		}
		for _, imp := range f.internalImports() {
			allowed := imp == f.pkg || matchesAny(rule.imports, imp) || f.test && matchesAny(forTests, imp)
			if !allowed {
				t.Errorf("%s: package %q may not import %q: see the table in internal/lint/layers_test.go", f.path, f.pkg, imp)
			}
		}
	}
}

// A row that allows an import of a layer which may in turn reach back would permit what the compiler only
// refuses once both imports are written.
func TestTheTableOfLayersHasNoCycle(t *testing.T) {
	const visiting, done = 1, 2
	state := map[string]int{}
	var visit func(pkg string, trail []string)
	visit = func(pkg string, trail []string) {
		trail = append(trail, pkg)
		switch state[pkg] {
		case visiting:
			t.Errorf("the table of layers allows a cycle: %s", strings.Join(trail, " → "))
			return
		case done:
			return
		}
		state[pkg] = visiting
		rule, known := layerOf(pkg)
		if !known {
			t.Errorf("%s: imported, but not in the table", strings.Join(trail, " → "))
		}
		for _, imp := range rule.imports {
			if !strings.HasSuffix(imp, "/...") { // a folder's own packages are ordered by the compiler
				visit(imp, slices.Clone(trail))
			}
		}
		state[pkg] = done
	}
	for _, l := range layers {
		if !strings.HasSuffix(l.pkg, "/...") {
			visit(l.pkg, nil)
		}
	}
}

func layerOf(pkg string) (layer, bool) {
	for _, l := range layers {
		if matches(l.pkg, pkg) {
			return l, true
		}
	}
	return layer{}, false
}

func matchesAny(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, pkg) })
}

func matches(pattern, pkg string) bool {
	folder, tree := strings.CutSuffix(pattern, "/...")
	return path.Clean(folder) == pkg || tree && strings.HasPrefix(pkg, folder+"/")
}

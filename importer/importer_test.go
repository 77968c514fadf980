package importer_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/importer"
	"diffeo/internal/safetensors"
	"diffeo/param"
	"diffeo/recipe"
	"diffeo/ref"
)

// score imports a checkpoint and computes log-densities by the interpreter, in float64.
func score(t *testing.T, library, spec string, s *importer.State, x, cond []float64) []float64 {
	t.Helper()
	f, err := importer.New(library, []byte(spec), s)
	if err != nil {
		t.Fatal(err)
	}
	described, err := recipe.FromLayers(f.Layers)
	if err != nil {
		t.Fatal(err)
	}
	b, err := described.Bind()
	if err != nil {
		t.Fatal(err)
	}
	p := param.New(b.Specs, 0)
	if err := f.Fill(p); err != nil {
		t.Fatal(err)
	}
	d, n := f.Layers.Dim, f.Layers.Context
	g, err := graph.Build(graph.Evaluate, func(g *graph.Builder) error {
		var c graph.Value
		if n > 0 {
			c = g.Input("c", n)
		}
		g.Output("log prob", graph.OnRows(b.LogProb(g, g.Input("x", d), c), 1))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	in := map[string][]float64{"x": x}
	if n > 0 {
		in["c"] = cond
	}
	for _, s := range p.Specs() {
		in[s.Name] = p.Data(s.Name)
	}
	r, err := ref.Run(t.Context(), g, ref.Call{Rows: len(x) / d, Inputs: in})
	if err != nil {
		t.Fatal(err)
	}
	return r.Outputs["log prob"]
}

func near(t *testing.T, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d log-densities, want %d", len(got), len(want))
	}
	for i, w := range want {
		if !(math.Abs(got[i]-w) <= tol*math.Max(1, math.Abs(w))) {
			t.Errorf("log-density of row %d is %.12g, want %.12g", i, got[i], w)
		}
	}
}

// tolerance: both sides compute in float64 with the same weights. nflows' and normflows' splines add 10⁻⁶ to their last knot.
const tolerance = 1e-6

// testCase is a checkpoint of testdata, which testdata/make.py wrote, with what the library computes.
type testCase struct {
	Library    string
	Spec       json.RawMessage
	X, Context [][]float64
	LogProb    []float64 `json:"log_prob"`
}

func cases(t *testing.T) map[string]testCase {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]testCase
	if err := json.Unmarshal(b, &all); err != nil || len(all) < 38 {
		t.Fatal(len(all), err)
	}
	return all
}

func load(t *testing.T, name string) *importer.State {
	t.Helper()
	s, err := importer.Load(filepath.Join("testdata", name+".pt"), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func flat(rows [][]float64) (out []float64) {
	for _, r := range rows {
		out = append(out, r...)
	}
	return out
}

// Options of the constructors that golden cases do not have: each library's own numbers.
func TestVariants(t *testing.T) {
	for name, c := range cases(t) {
		t.Run(name, func(t *testing.T) {
			near(t, score(t, c.Library, string(c.Spec), load(t, name), flat(c.X), flat(c.Context)), c.LogProb, tolerance)
		})
	}
}

// Two trained flows score the points that came with them.
func TestTrained(t *testing.T) {
	for name, c := range map[string]struct{ library, spec string }{
		"nflows_maf_d4":      {"nflows", `{"flow": "MaskedAutoregressiveFlow", "features": 4, "hidden_features": 24, "num_layers": 3, "num_blocks_per_layer": 2}`},
		"zuko_nsf_two_moons": {"zuko", `{"flow": "NSF", "features": 2, "context": 0, "transforms": 3, "bins": 8, "hidden_features": [32, 32]}`},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join("testdata", "trained", name+".expected.safetensors"))
			if err != nil {
				t.Fatal(err)
			}
			file, err := safetensors.Decode(b)
			if err != nil {
				t.Fatal(err)
			}
			numbers := func(name string) []float64 {
				v, err := file.Tensors[name].Float64s()
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			near(t, score(t, c.library, c.spec, load(t, "trained/"+name), numbers("x"), nil), numbers("log_prob"), tolerance)
		})
	}
}

// A safetensors file holds a state dict as well, and names may have something before them.
func TestSafetensors(t *testing.T) {
	path := filepath.Join("..", "internal", "golden", "testdata", "maf_zuko_context.safetensors")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	s, err := importer.Load(path, importer.Options{Prefix: "param/"})
	if err != nil {
		t.Fatal(err)
	}
	if !s.Double() {
		t.Error("the parameters are in float64")
	}
	var numbers [3][]float64
	for i, name := range []string{"x", "context", "log_prob"} {
		if numbers[i], err = file.Tensors[name].Float64s(); err != nil {
			t.Fatal(err)
		}
	}
	spec := `{"flow": "MAF", "features": 3, "context": 2, "randperm": true, "transforms": 3, "hidden_features": [16, 16]}`
	near(t, score(t, "zuko", spec, s, numbers[0], numbers[1]), numbers[2], tolerance)
	for text, o := range map[string]importer.Options{"has no dicts inside": {Key: "model"}, `begins with "nope."; the first are ["context"`: {Prefix: "nope."}} {
		if _, err := importer.Load(path, o); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), text) {
			t.Errorf("%+v: %v, want %q", o, err, text)
		}
	}
}

// Hidden units are sorted by degree, which the engine lives from.
func TestDegreesAscend(t *testing.T) {
	c := cases(t)["zuko_maf_passes"]
	f, err := importer.New(c.Library, c.Spec, load(t, "zuko_maf_passes"))
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range f.Layers.Layers {
		for _, degrees := range l.Net.Degrees {
			for k := 1; k < len(degrees); k++ {
				if degrees[k-1] > degrees[k] {
					t.Fatalf("degrees %v of layer %d do not ascend", degrees, i)
				}
			}
		}
	}
}

// A specification that is wrong, or not that of the file, says what and where.
func TestRefuses(t *testing.T) {
	const maf = `"flow": "MaskedAutoregressiveFlow", "features": 4, "hidden_features": 24, "num_layers": 3, "num_blocks_per_layer": 2`
	const file = "trained/nflows_maf_d4"
	for _, c := range []struct {
		name, library, spec, file string
		want                      error
		text                      string
	}{
		{"no library", "pyro", `{}`, file, fault.ErrConfig, `no library "pyro"; choose one of nflows, normflows, zuko`},
		{"no JSON", "nflows", `flow`, file, fault.ErrConfig, "no JSON object"},
		{"two objects", "nflows", `{} {}`, file, fault.ErrConfig, "something follows"},
		{"a list", "nflows", `[]`, file, fault.ErrConfig, "no JSON object"},
		{"no class", "nflows", `{"features": 4}`, file, fault.ErrConfig, `"flow" is missing`},
		{"a class", "nflows", `{"flow": "Glow"}`, file, fault.ErrConfig, "nflows' Glow cannot be imported"},
		{"a class of zuko", "zuko", `{"flow": "CNF", "features": 2}`, file, fault.ErrConfig, "zuko's CNF cannot be imported; BPF, GF, MAF"},
		{"an argument", "nflows", `{` + maf + `, "bins": 3}`, file, fault.ErrConfig, `the argument "bins" is not known`},
		{"an argument of the other class", "nflows", `{` + maf + `, "use_volume_preserving": true}`, file, fault.ErrConfig, `"use_volume_preserving"`},
		{"a kind of argument", "nflows", `{` + maf + `, "use_residual_blocks": "no"}`, file, fault.ErrConfig, `"use_residual_blocks"`},
		{"an activation", "nflows", `{` + maf + `, "activation": "F.gelu"}`, file, fault.ErrConfig, `the activation "F.gelu" cannot be imported`},
		{"no features", "nflows", `{"flow": "SimpleRealNVP"}`, file, fault.ErrConfig, `"features" is 0`},
		{"a huge size", "nflows", strings.Replace(`{`+maf+`}`, "24", "99999999999", 1), file, fault.ErrConfig, `"hidden_features" is 99999999999`},
		{"many layers", "nflows", strings.Replace(`{`+maf+`}`, `"num_layers": 3`, `"num_layers": 99999`, 1), file, fault.ErrConfig, `"num_layers" is 99999`},
		{"columns", "nflows", `{` + maf + `, "columns": [{"name": "a"}]}`, file, fault.ErrConfig, `"columns" describes 1 columns of 4`},
		{"a field of columns", "nflows", `{` + maf + `, "columns": [{"nam": "a"}]}`, file, fault.ErrConfig, "nam"},
		{"other units", "nflows", strings.Replace(`{`+maf+`}`, "24", "23", 1), file, fault.ErrModel,
			`"_transform._transforms.5.autoregressive_net.initial_layer.degrees" has shape [24] and should have [23]`},
		{"a layer more", "nflows", strings.Replace(`{`+maf+`}`, `"num_layers": 3`, `"num_layers": 4`, 1), file, fault.ErrModel,
			`"_transform._transforms.7.autoregressive_net.initial_layer.degrees" [24] is missing`},
		{"a layer less", "nflows", strings.Replace(`{`+maf+`}`, `"num_layers": 3`, `"num_layers": 2`, 1), file, fault.ErrModel,
			`"_transform._transforms.4._permutation" [4] belongs to nothing`},
		{"another library", "zuko", `{"flow": "MAF", "features": 4}`, file, fault.ErrModel, `"transform.transforms.2.order" [4] is missing`},
		{"splines of MAF", "zuko", `{"flow": "MAF", "features": 2, "bins": 4}`, file, fault.ErrConfig, `MAF has no argument "bins"; NCSF has it`},
		{"residual zuko", "zuko", `{"flow": "MAF", "features": 2, "residual": true}`, file, fault.ErrConfig, "true cannot be imported"},
		{"a slope", "zuko", `{"flow": "NSF", "features": 2, "slope": 0}`, file, fault.ErrConfig, `"slope" is 0`},
		{"no transforms", "nflows", `{"flow": "Flow"}`, file, fault.ErrConfig, `give either "transform" or "transforms"`},
		{"no distribution", "nflows", `{"flow": "Flow", "transforms": []}`, file, fault.ErrConfig, `"distribution" is missing`},
		{"a distribution", "nflows", `{"flow": "Flow", "transforms": [], "distribution": {"type": "Uniform", "shape": [2]}}`, file, fault.ErrConfig, "the distribution Uniform"},
		{"a transform", "nflows", `{"flow": "Flow", "transforms": [{"type": "OneByOneConvolution"}], "distribution": {"type": "StandardNormal", "shape": [2]}}`, file, fault.ErrConfig, "transform 0: bad configuration: nflows' OneByOneConvolution"},
		{"an embedding", "nflows", `{"flow": "Flow", "embedding_net": {"type": "Linear"}, "transforms": []}`, file, fault.ErrConfig, "embedding_net"},
		{"features that differ", "nflows", `{"flow": "Flow", "transforms": [{"type": "LULinear", "features": 3}], "distribution": {"type": "StandardNormal", "shape": [2]}}`, file, fault.ErrConfig, "LULinear has 3 features"},
		{"tails", "nflows", `{"flow": "Flow", "transforms": [{"type": "PiecewiseRationalQuadraticCouplingTransform", "tails": "circular", "transform_net": {"type": "ResidualNet", "hidden_features": 3}}], "distribution": {"type": "StandardNormal", "shape": [2]}}`, file, fault.ErrConfig, `the tails "circular"`},
		{"no base", "normflows", `{"flow": "NormalizingFlow"}`, file, fault.ErrConfig, `"q0" is missing`},
		{"a flow of normflows", "normflows", `{"flow": "NormalizingFlow", "q0": {"type": "DiagGaussian", "shape": 2}, "flows": [{"type": "Residual"}]}`, file, fault.ErrConfig, "flow 0: bad configuration: normflows' Residual"},
		{"an MLP", "normflows", `{"flow": "NormalizingFlow", "q0": {"type": "DiagGaussian", "shape": 2}, "flows": [{"type": "MaskedAffineFlow", "t": {"type": "MLP", "layers": [2, 3]}}]}`, file, fault.ErrConfig, "the layers [2 3] should go from 2 to 2"},
		{"leaky", "normflows", `{"flow": "NormalizingFlow", "q0": {"type": "DiagGaussian", "shape": 2}, "flows": [{"type": "MaskedAffineFlow", "t": {"type": "MLP", "layers": [2, 2], "leaky": 0.1}}]}`, file, fault.ErrConfig, `"leaky"`},
		{"reflections", "nflows", `{"flow": "Flow", "transforms": [{"type": "SVDLinear"}], "distribution": {"type": "StandardNormal", "shape": [2]}}`, file, fault.ErrConfig, "SVDLinear: \"the number of reflections\" is 0"},
		{"an inverse of two", "nflows", `{"flow": "Flow", "transforms": [{"type": "InverseTransform", "transform": {"type": "CompositeTransform", "transforms": [{"type": "LULinear"}, {"type": "LULinear"}]}}], "distribution": {"type": "StandardNormal", "shape": [2]}}`, file, fault.ErrConfig, "InverseTransform of 2 transforms"},
		{"angles twice", "normflows", `{"flow": "NormalizingFlow", "q0": {"type": "DiagGaussian", "shape": 2}, "flows": [{"type": "PeriodicShift", "ind": [1, 1]}]}`, file, fault.ErrConfig, `"ind" [1 1] are not different columns of 2`},
		{"bounds", "normflows", `{"flow": "NormalizingFlow", "q0": {"type": "DiagGaussian", "shape": 2}, "flows": [{"type": "CircularCoupledRationalQuadraticSpline", "num_input_channels": 2, "ind_circ": [1], "tail_bound": [1, 2, 3]}]}`, file, fault.ErrConfig, `"tail_bound" [1 2 3] is no positive number`},
		{"a shift of a wrap", "normflows", `{"flow": "NormalizingFlow", "q0": {"type": "DiagGaussian", "shape": 2}, "flows": [{"type": "PeriodicWrap", "ind": [1], "shift": 1}]}`, file, fault.ErrConfig, `PeriodicWrap has no argument "shift"`},
		{"an empty box", "normflows", `{"flow": "NormalizingFlow", "q0": {"type": "Uniform", "shape": 2, "low": 1}}`, file, fault.ErrConfig, "Uniform: from 1 to 1"},
		{"degree", "zuko", `{"flow": "BPF", "features": 2, "degree": 0}`, file, fault.ErrConfig, `"degree" is 0`},
		{"many times", "normflows", `{"flow": "NormalizingFlow", "q0": {"type": "DiagGaussian", "shape": 2}, "flows": [{"repeat": 100000, "of": []}]}`, file, fault.ErrConfig, "100000 times"},
	} {
		_, err := importer.New(c.library, []byte(c.spec), load(t, c.file))
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v, want %q", c.name, err, c.text)
		}
	}
}

// What docs/import.md says is refused, is, with that error.
func TestRefusalsAreAsDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "import.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## What is refused\n")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := 0
	for _, line := range strings.Split(section, "\n") {
		cells := strings.Split(line, " | ")
		if len(cells) != 3 || !strings.Contains(cells[1], "{") {
			continue
		}
		rows++
		library, spec, want := strings.TrimPrefix(cells[0], "| "), strings.Trim(cells[1], "`"), strings.TrimSuffix(cells[2], " |")
		_, err := importer.New(library, []byte(spec), importer.NewState(nil))
		if !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %s gives %v, not %q", library, spec, err, want)
		}
	}
	if rows < 20 {
		t.Errorf("%d rows found in docs/import.md", rows)
	}
}

// tensor is a tensor in memory.
type tensor struct {
	shape  []int
	values []float64
}

func (t tensor) Shape() []int        { return t.shape }
func (t tensor) Float64s() []float64 { return t.values }
func (t tensor) DType() string       { return "float32" }

// Buffers that are not what the library writes are refused: masks, degrees, orders.
func TestRefusesBuffers(t *testing.T) {
	c := cases(t)
	for _, bad := range []struct {
		from, name string
		at         int
		value      float64
		text       string
	}{
		{"zuko_maf_passes", "transform.transforms.0.hyper.2.mask", 0, 1, "is not the mask of an autoregressive network"},
		{"zuko_maf_passes", "transform.transforms.0.order", 0, 9, "holds 9, which is no whole number from 0 to 6"},
		{"zuko_maf_passes", "base.scale", 0, -1, `"base.scale" holds -1`},
		{"nflows_maf_plain", "_transform._transforms.0._permutation", 0, 1, "is no permutation"},
		{"nflows_maf_plain", "_transform._transforms.1.autoregressive_net.initial_layer.degrees", 0, 0.5, "holds 0.5"},
		{"normflows_affine", "flows.10.data_dep_init_done", 0, 0, "has seen no data yet"},
		{"nflows_linear", "_transform._transforms.4._scale", 1, 0, `"_transform._transforms.4._scale" holds 0`},
		{"normflows_planar", "flows.4.W", -1, 0, "has no inverse, or nearly none"},
		{"normflows_circular", "q0.scale", 1, -1, `"q0.scale" holds -1`},
		{"normflows_circular", "flows.2.prqct.transform_net.preprocessing.scale", 0, 0, "must be positive"},
		{"nflows_mixed", "_transform._transforms.2.identity_features", 0, 0, "do not ascend, or occur twice"},
	} {
		s := load(t, bad.from)
		tensors := map[string]importer.Tensor{}
		for _, name := range s.Names() {
			shape, _ := s.Shape(name)
			v := append([]float64(nil), s.Values(name)...)
			if name == bad.name {
				if bad.name == "transform.transforms.0.hyper.2.mask" {
					for i := range v { // every output sees every unit
						v[i] = 1
					}
				}
				if bad.at < 0 { // everywhere
					clear(v)
				} else {
					v[bad.at] = bad.value
				}
			}
			tensors[name] = tensor{shape, v}
		}
		_, err := importer.New(c[bad.from].Library, c[bad.from].Spec, importer.NewState(tensors))
		if !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), bad.text) {
			t.Errorf("%s with %s changed: %v, want %q", bad.from, bad.name, err, bad.text)
		}
	}
}

// Any specification gives a flow or an error, and asks for no more memory than the file accounts for.
func FuzzSpecification(f *testing.F) {
	b, err := os.ReadFile(filepath.Join("testdata", "cases.json"))
	if err != nil {
		f.Fatal(err)
	}
	var all map[string]testCase
	if err := json.Unmarshal(b, &all); err != nil {
		f.Fatal(err)
	}
	states := map[string]*importer.State{}
	for name, c := range all {
		s, err := importer.Load(filepath.Join("testdata", name+".pt"), importer.Options{})
		if err != nil {
			f.Fatal(err)
		}
		states[name] = s
		f.Add(name, string(c.Spec))
	}
	f.Fuzz(func(t *testing.T, name, spec string) {
		s := states[name]
		if s == nil {
			return
		}
		flow, err := importer.New(all[name].Library, []byte(spec), s)
		if err != nil {
			if !errors.Is(err, fault.ErrConfig) && !errors.Is(err, fault.ErrModel) {
				t.Fatalf("%v wraps no sentinel", err)
			}
			return
		}
		if _, err := recipe.FromLayers(flow.Layers); err != nil && !errors.Is(err, fault.ErrConfig) && !errors.Is(err, fault.ErrShape) {
			t.Fatal(fmt.Errorf("%s: %w", spec, err))
		}
	})
}

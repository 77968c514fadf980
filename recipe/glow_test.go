package recipe_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/flow"
	"diffeo/flowtest"
	"diffeo/graph"
	"diffeo/internal/tolerance"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/recipe"
	"diffeo/ref"
)

// Flows of images keep the promises of a flow: of one scale and of two, of one channel and of three, under a condition, with every option.
func TestImageRecipesAreFlows(t *testing.T) {
	small := []recipe.Config{
		{Image: []int{1, 4, 4}, Levels: 2, Transforms: 1, Hidden: []int{2}, Activation: "tanh", Prior: recipe.LearnedPrior, Norm: nn.ActNorm},
		{Image: []int{3, 2, 2}, Levels: 1, Transforms: 2, Hidden: []int{2}, Activation: "tanh"},
		{Image: []int{1, 2, 4}, Levels: 1, Transforms: 1, Hidden: []int{3}, Activation: "tanh", Context: 2, Prior: recipe.ChannelPrior, Zeros: true},
		{Image: []int{1, 4, 4}, Levels: 2, Transforms: 1, Hidden: []int{2}, Activation: "tanh", Context: 2, Prior: recipe.PlacesPrior},
		{Image: []int{1, 2, 2}, Levels: 1, Transforms: 1, Hidden: []int{2}, Activation: "tanh", Prior: recipe.PlacesPrior},
		{Image: []int{1, 2, 2}, Levels: 1, Transforms: 1, Hidden: []int{2}, Activation: "tanh", Context: 1, ContextEmbedding: []int{2}, Prior: recipe.LearnedPrior, Coupling: recipe.AdditiveCoupling},
		{Image: []int{1, 2, 2}, Levels: 1, Transforms: 1, Hidden: []int{2}, Activation: "tanh", Norm: nn.LayerNorm, Coupling: recipe.SplineCoupling, Bins: 3},
	}
	for _, name := range recipe.ImageNames() {
		for i, c := range small {
			if testing.Short() && i != 1 { // with the race detector half a minute
				continue
			}
			switch name {
			case "glow":
				if i == 2 {
					c.Linear = recipe.RotatedLinear
				}
			case "realnvp-image":
				if i%2 == 1 {
					continue
				}
				c.Blocks = 1
			}
			t.Run(fmt.Sprintf("%s %d of %v under %d", name, i, c.Image, c.Context), func(t *testing.T) {
				f, err := recipe.New(name, c)
				if err != nil {
					t.Fatal(err)
				}
				o := flowtest.Options{Engine: flowtest.Compiled[float64]()}
				if name == "glow" && i == 2 {
					o.FarFromIdentity = "half of few columns have the scale σ(2) = 0.88, and points lie far out"
				}
				flowtest.Flow(t, f, o)
			})
		}
	}
}

// bound is a recipe of images, bound, with the values with which it begins.
func bound(t *testing.T, name string, c recipe.Config) (*flow.Bound, *param.Set) {
	t.Helper()
	f, err := recipe.New(name, c)
	if err != nil {
		t.Fatal(err)
	}
	b, err := f.Bind()
	if err != nil {
		t.Fatal(err)
	}
	return b, param.New(b.Specs, 7)
}

// evaluated is what a graph of a flow gives for points x.
func evaluated(t *testing.T, b *flow.Bound, p *param.Set, x []float64, build func(b *graph.Builder, x graph.Value) graph.Value) []float64 {
	t.Helper()
	g, err := graph.Build(graph.Evaluate, func(g *graph.Builder) error {
		g.Output("y", build(g, g.Input("x", b.Transform.DataShape()...)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	in := map[string][]float64{"x": x}
	for _, s := range b.Specs {
		in[s.Name] = p.Data(s.Name)
	}
	r, err := ref.Run(t.Context(), g, ref.Call{Rows: len(x) / b.Transform.DataShape().Size(), Inputs: in})
	if err != nil {
		t.Fatal(err)
	}
	return r.Outputs["y"]
}

// With a prior of places every latent of each scale is normal with numbers of its own for a class: those of the other class do not move it.
func TestPlacesPrior(t *testing.T) {
	b, p := bound(t, "glow", recipe.Config{Image: []int{1, 4, 4}, Levels: 2, Transforms: 1, Hidden: []int{2}, Seed: 3, Context: 2, Prior: recipe.PlacesPrior})
	u := normals(1, 16)
	logProb := func(class int) float64 {
		return evaluated(t, b, p, u, func(g *graph.Builder, u graph.Value) graph.Value {
			cond := g.Const([]float64{float64(1 - class), float64(class)}, 2)
			return graph.Reshape(b.Base.LogProb(g, u, cond), 1)
		})[0]
	}
	const places = "base.conditioner.layers.0."
	w, bias := p.Data(places+"context"), p.Data(places+"bias") // [loc of 16 latents, raw scales][class]
	if len(w) != 2*2*16 || len(bias) != 2*16 {
		t.Fatalf("%d weights and %d biases for 16 latents and two classes", len(w), len(bias))
	}
	clear(w)
	clear(bias)
	want := 0.0
	for _, z := range u {
		want -= (z*z + math.Log(2*math.Pi)) / 2
	}
	const at, m = 5, 0.75
	w[2*at+1] = m // of class 1
	moved := want + (u[at]*u[at]-(u[at]-m)*(u[at]-m))/2
	for class, want := range []float64{want, moved} {
		if got := logProb(class); math.Abs(got-want) > 1e-9 {
			t.Errorf("class %d: log p %v, want %v", class, got, want)
		}
	}
}

// The learned prior of a finer scale is N(m, s²) of the channels that leave: m and s that are set in the bias of its convolution, which begins at 0, move these latents to
// (z − m)/s, those of the coarsest scale not at all, and the log-determinant by −log s for each.
func TestLearnedPriorOfScales(t *testing.T) {
	b, p := bound(t, "glow", recipe.Config{Image: []int{1, 8, 8}, Levels: 2, Transforms: 1, Hidden: []int{2}, Seed: 3, Prior: recipe.LearnedPrior})
	const prior = "transform.transforms.0.levels.1.transforms.0.conditioner."
	latents := func() []float64 {
		return evaluated(t, b, p, normals(3, 64), func(g *graph.Builder, x graph.Value) graph.Value {
			u, logDet := b.Transform.Inverse(g, x, graph.Value{})
			return graph.Concat(0, u, graph.Reshape(graph.OnRows(logDet, 1), 1))
		})
	}
	before := latents()
	const m, raw = 0.5, -0.3
	log := 7 * math.Tanh(raw/7)
	bias := p.Data(prior + "bias")
	if len(bias) != 4 {
		t.Fatalf("two channels leave, and the prior has %d numbers", len(bias))
	}
	for i := range bias {
		bias[i] = []float64{m, raw}[i%2]
	}
	want := slices.Clone(before)
	for i := range want {
		switch at := i % 65; {
		case at == 64:
			want[i] -= 32 * log
		case at >= 32:
			want[i] = (want[i] - m) * math.Exp(-log)
		}
	}
	if err := tolerance.Compare(latents(), want, tolerance.Float64.LogDet); err != nil {
		t.Error(err)
	}
	// What a weight adds depends on the channels that stay.
	p.Data(prior + "weight")[4] = 1
	moved := latents()
	for i := range want {
		if i%65 < 32 && moved[i] != before[i] {
			t.Fatalf("latent %d of the coarsest scale moves", i)
		}
	}
	if tolerance.Compare(moved, want, tolerance.Float64.LogDet) == nil {
		t.Error("the prior does not see the channels that stay")
	}
}

// With Zeros the couplings of a Glow begin without regard to what passes, as one factor 1/σ(2) on what they map, and Linear "rotation" keeps lengths: the log-determinant
// of a flow that begins is that of its factors.
func TestGlowBegins(t *testing.T) {
	c := recipe.Config{Image: []int{2, 4, 4}, Levels: 1, Transforms: 3, Hidden: []int{4}, Zeros: true, Linear: recipe.RotatedLinear}
	b, p := bound(t, "glow", c)
	x := normals(2, 32)
	got := evaluated(t, b, p, x, func(g *graph.Builder, x graph.Value) graph.Value {
		_, logDet := b.Transform.Inverse(g, x, graph.Value{})
		return graph.OnRows(logDet, 1)
	})
	each := 3 * 16 * -math.Log1p(math.Exp(-2)) // half of 32 numbers in each of three steps
	if err := tolerance.Compare(got, []float64{each, each}, tolerance.Float64.LogDet); err != nil {
		t.Error(err)
	}
	diagonal := 0.
	for _, s := range b.Specs {
		if strings.HasSuffix(s.Name, "orthogonal.vectors") {
			v := p.Data(s.Name)
			diagonal = math.Max(diagonal, math.Abs(v[0]-v[len(v)/8]))
		}
	}
	if diagonal < 1e-6 {
		t.Error("the rotations begin as pairs of reflections that undo each other")
	}
}

// Presets build for images of their use, and are copies.
func TestPresets(t *testing.T) {
	for _, name := range recipe.ImageNames() {
		if len(recipe.Presets(name)) < 2 {
			t.Errorf("%s has the presets %v", name, recipe.Presets(name))
		}
		var c recipe.Config
		for _, preset := range recipe.Presets(name) {
			var err error
			if c, err = recipe.Preset(name, preset); err != nil {
				t.Fatal(err)
			}
			c.Image = []int{1, 32, 32}
			if _, err := recipe.New(name, c); err != nil {
				t.Error(err)
			}
		}
		last := recipe.Presets(name)[len(recipe.Presets(name))-1]
		c.Hidden[0] = -1
		if again, _ := recipe.Preset(name, last); again.Hidden[0] < 1 {
			t.Error("a preset is not a copy")
		}
		if _, err := recipe.Preset(name, "huge"); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), "large") {
			t.Errorf("an unknown preset: %v", err)
		}
	}
	if _, err := recipe.Preset("maf", "small"); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), "glow") {
		t.Errorf("a preset of tables: %v", err)
	}
}

func TestBadImages(t *testing.T) {
	good := recipe.Config{Image: []int{1, 8, 8}, Levels: 2, Transforms: 1, Hidden: []int{2}}
	if _, err := recipe.Glow(good); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change func(c *recipe.Config)
		say    string
	}{
		{func(c *recipe.Config) { c.Image = nil }, "Image"},
		{func(c *recipe.Config) { c.Image = []int{8, 8} }, "channels, the height and the width"},
		{func(c *recipe.Config) { c.Image = []int{1, 0, 8} }, "Image"},
		{func(c *recipe.Config) { c.Levels = 4 }, "8×8 pixels cannot be halved 4 times"},
		{func(c *recipe.Config) { c.Levels = -1 }, "Levels"},
		{func(c *recipe.Config) { c.Levels = 1 << 40 }, "Levels"},
		{func(c *recipe.Config) { c.Pixels = "bytes" }, `Pixels: "bytes"`},
		{func(c *recipe.Config) { c.Dim = 63 }, "Dim: 63 columns"},
		{func(c *recipe.Config) { c.Hidden = []int{2, 2} }, "one width"},
		{func(c *recipe.Config) { c.Hidden = []int{-2} }, "hidden channels"},
		{func(c *recipe.Config) { c.Blocks = 1 }, "Blocks"},
		{func(c *recipe.Config) { c.Norm = "batch" }, "Norm"},
		{func(c *recipe.Config) { c.Dropout = 0.5 }, "Dropout"},
		{func(c *recipe.Config) { c.Prior = "wide" }, "Prior"},
		{func(c *recipe.Config) { c.Coupling = "linear" }, "Coupling"},
		{func(c *recipe.Config) { c.Linear = recipe.Permutation }, "Linear"},
		{func(c *recipe.Config) { c.Coupling, c.Bins = recipe.SplineCoupling, -1 }, "Bins"},
		{func(c *recipe.Config) { c.Tails = recipe.PowerTails }, "Tails"},
		{func(c *recipe.Config) { c.Order = recipe.Random }, "Order"},
		{func(c *recipe.Config) { c.Bins = 4 }, "Bins"},
		{func(c *recipe.Config) { c.Transforms = -1 }, "Transforms"},
		{func(c *recipe.Config) { c.Activation = "step" }, "step"},
	} {
		bad := good
		c.change(&bad)
		if _, err := recipe.Glow(bad); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%+v: error %v does not say %q", bad, err, c.say)
		}
	}
	for _, change := range []func(c *recipe.Config){func(c *recipe.Config) { c.Linear = recipe.LU }, func(c *recipe.Config) { c.Blocks = -1 }, func(c *recipe.Config) { c.Levels = 4 }} {
		bad := good
		change(&bad)
		if _, err := recipe.RealNVPImage(bad); !errors.Is(err, fault.ErrConfig) && !errors.Is(err, fault.ErrShape) {
			t.Errorf("realnvp-image %+v: %v", bad, err)
		}
	}
	if _, err := recipe.MAF(recipe.Config{Dim: 4, Image: []int{1, 2, 2}}); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), "Image") {
		t.Errorf("maf of images: %v", err)
	}
}

package dist_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"diffeo/dist"
	"diffeo/fault"
	"diffeo/graph"
	"diffeo/internal/tolerance"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/ref"
)

// A base at temperature T is the base of the same family whose deviations are T times as large: in densities, and draw by draw.
func TestTempered(t *testing.T) {
	const temperature = 0.6
	log := math.Log(temperature)
	shift := func(by float64) func([]float64) {
		return func(x []float64) {
			for i := range x {
				x[i] += by
			}
		}
	}
	triangle := func(x []float64) { // of two columns, with logarithms on its diagonal
		x[0], x[3] = x[0]+log, x[3]+log
		x[2] *= temperature
	}
	full := dist.FullNormal{Dim: 2, Loc: []float64{1, -2}, Cholesky: []float64{0.3, 0, -0.7, -0.2}}
	for _, c := range []struct {
		name   string
		base   dist.Distribution
		change map[string]func([]float64) // of the parameters that stand for the temperature
	}{
		{"diagonal normal", dist.DiagonalNormal{Dim: 2, Loc: []float64{1, -2}, LogScale: []float64{0.3, -1}}, map[string]func([]float64){"log_scale": shift(log)}},
		{"normal by channel", dist.ChannelNormal{Images: []graph.Shape{{1, 1, 1}, {1, 1, 1}}}, map[string]func([]float64){"log_scale": shift(log)}},
		{"full normal", full, map[string]func([]float64){"cholesky": triangle}},
		{"Laplace", dist.Laplace{Dim: 2, Loc: []float64{1, -2}}, map[string]func([]float64){"log_scale": shift(log)}},
		{"logistic", dist.Logistic{Dim: 2, Loc: []float64{1, -2}}, map[string]func([]float64){"log_scale": shift(log)}},
		{"Student's t", dist.StudentT{Dim: 2, Loc: []float64{1, -2}}, map[string]func([]float64){"log_scale": shift(log)}},
		{"von Mises", dist.VonMises{Dim: 2, Loc: []float64{1, -2}, Concentration: []float64{2, 30}}, map[string]func([]float64){"log_concentration": shift(-2 * log)}},
		{"mixture", dist.Mixture{Dim: 2, Components: 3}, map[string]func([]float64){"log_scale": shift(log)}},
		{"mixture of two families", dist.MixtureOf{Components: []dist.Distribution{full, dist.Laplace{Dim: 2}}},
			map[string]func([]float64){"components.0.cholesky": triangle, "components.1.log_scale": shift(log)}},
		{"product", dist.Product{Parts: []dist.Distribution{dist.VonMises{Dim: 1}, dist.DiagonalNormal{Dim: 1}}},
			map[string]func([]float64){"parts.0.log_concentration": shift(-2 * log), "parts.1.log_scale": shift(log)}},
	} {
		drawn, scored := evaluate(t, dist.Tempered{Base: c.base, T: temperature}, nil)
		wantDrawn, wantScored := evaluate(t, c.base, c.change)
		for what, pair := range map[string][2][]float64{"draws": {drawn, wantDrawn}, "log-densities": {scored, wantScored}} {
			if err := tolerance.Compare(pair[0], pair[1], tolerance.Float64.LogDet); err != nil {
				t.Errorf("%s: %s: %v", c.name, what, err)
			}
		}
		cold, _ := evaluate(t, dist.Tempered{Base: c.base, T: 1}, nil)
		if plain, _ := evaluate(t, c.base, nil); tolerance.Compare(cold, plain, tolerance.Bound{}) != nil {
			t.Errorf("%s: temperature 1 changes draws", c.name)
		}
	}
}

// The standard normal has no parameter that could stand for the temperature, and a conditional one has many: their draws are compared with
// draws at temperature 1.
func TestTemperedNormals(t *testing.T) {
	const temperature = 2.5
	plain, _ := evaluate(t, dist.StandardNormal{Dim: 2}, nil)
	drawn, scored := evaluate(t, dist.Tempered{Base: dist.StandardNormal{Dim: 2}, T: temperature}, nil)
	for i, x := range drawn {
		if math.Abs(x-temperature*plain[i]) > 1e-12 {
			t.Fatalf("draw %d is %g, %g at temperature 1", i, x, plain[i])
		}
	}
	for r, got := range scored {
		a, b := points[2*r]/temperature, points[2*r+1]/temperature
		if want := -0.5*(a*a+b*b) - math.Log(2*math.Pi*temperature*temperature); math.Abs(got-want) > 1e-12 {
			t.Errorf("log-density %g, want %g", got, want)
		}
	}
	given := dist.ConditionalNormal{Dim: 2, Net: nn.MLP{Hidden: []int{3}}}
	wide, _ := evaluate(t, dist.Tempered{Base: given, T: 2}, nil)
	one, _ := evaluate(t, given, nil)
	narrow, _ := evaluate(t, dist.Tempered{Base: given, T: 0.5}, nil)
	for i := range wide { // loc + T·s·z for three T
		if s := wide[i] - one[i]; s == 0 || math.Abs(s-2*(one[i]-narrow[i])) > 1e-12 {
			t.Errorf("draw %d is %g, %g, %g at temperatures 2, 1, ½", i, wide[i], one[i], narrow[i])
		}
	}
}

var points = []float64{0.3, -0.2, 1.5, 2, -3, 0.7, 0, 0} // within ±π

// evaluate draws eight points and scores others, with parameters changed by name.
func evaluate(t *testing.T, d dist.Distribution, change map[string]func([]float64)) (drawn, scored []float64) {
	t.Helper()
	r := param.NewRegistry()
	bound, err := d.Bind(r.Scope(), graph.Shape{1})
	if err != nil {
		t.Fatal(err)
	}
	specs, err := r.Specs()
	if err != nil {
		t.Fatal(err)
	}
	set, in := param.New(specs, 5), map[string][]float64{"x": points, "key": {3, 4}, "cond": {0.1, 0.5, -1, 2}}
	changed := 0
	for _, s := range specs {
		in[s.Name] = set.Data(s.Name)
		if f := change[s.Name]; f != nil {
			f(in[s.Name])
			changed++
		}
	}
	if changed != len(change) {
		t.Fatalf("%d of %d parameters are there", changed, len(change))
	}
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		cond := b.Input("cond", 1)
		b.Output("scored", bound.LogProb(b, b.Input("x", 2), cond))
		b.Output("drawn", graph.OnRows(bound.Sample(b, b.SharedInput("key", graph.Uint32, 2), 1, cond), 1))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := ref.Run(context.Background(), g, ref.Call{Rows: len(points) / 2, Inputs: in})
	if err != nil {
		t.Fatal(err)
	}
	return out.Outputs["drawn"], out.Outputs["scored"]
}

// A base whose draws have no measure that could be scaled is refused, as a part too, and so is a temperature that is none.
func TestTemperedRefuses(t *testing.T) {
	normal := dist.StandardNormal{Dim: 1}
	for _, c := range []struct {
		d   dist.Tempered
		say string
	}{
		{dist.Tempered{Base: normal}, "a temperature of 0"},
		{dist.Tempered{Base: normal, T: -1}, "a temperature of -1"},
		{dist.Tempered{Base: normal, T: math.NaN()}, "a temperature of NaN"},
		{dist.Tempered{Base: normal, T: math.Inf(1)}, "a temperature of +Inf"},
		{dist.Tempered{T: 2}, "without a base"},
		{dist.Tempered{Base: dist.StandardNormal{}, T: 2}, "a normal of 0 columns"},
		{dist.Tempered{Base: dist.UnitBox(2), T: 2}, `kind "box" has no temperature`},
		{dist.Tempered{Base: dist.UniformCircle{Dim: 1}, T: 2}, "has no temperature"},
		{dist.Tempered{Base: dist.Resampled{Dim: 2, Net: nn.MLP{Hidden: []int{2}}}, T: 2}, `kind "resampled" has no temperature`},
		{dist.Tempered{Base: dist.Product{Parts: []dist.Distribution{normal, dist.UnitBox(1)}}, T: 2}, "part 1: "},
		{dist.Tempered{Base: dist.MixtureOf{Components: []dist.Distribution{dist.UnitBox(1), normal}}, T: 2}, "component 0: "},
	} {
		_, err := c.d.Bind(param.NewRegistry().Scope(), nil)
		if err == nil || !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%v, want %q", err, c.say)
		}
	}
}

package dist_test

import (
	"math"
	"testing"

	"diffeo/cpu"
	"diffeo/dist"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/internal/tolerance"
	"diffeo/param"
	"diffeo/ref"
)

// bind binds a density without a condition.
func bind(t *testing.T, d dist.Distribution) dist.Bound {
	t.Helper()
	bound, err := d.Bind(param.NewRegistry().Scope(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return bound
}

// types are the number types of the engine.
var types = []struct {
	name string
	run  engine.Engine
	tol  tolerance.Row
}{
	{"float64", engine.CPU[float64](cpu.Options{}), tolerance.Float64},
	{"float32", engine.CPU[float32](cpu.Options{}), tolerance.Float32},
}

// Numbers by mpmath 1.3 with 50 digits: log p and its derivative in log ν, for few and for many degrees of freedom, near and far.
func TestStudentTLogProb(t *testing.T) {
	bound := bind(t, dist.StudentT{Dim: 1})
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		l := bound.LogProb(b, b.Input("x", 1), graph.Value{})
		b.Output("l", l)
		b.Output("dl", graph.Gradient(graph.SumRows(l), b.Param("log_df", 1))[0])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ df, x, want, derivative float64 }{
		{0.1, 0, -1.9099207413682821, 0.43809428703288483},
		{0.1, 0.3, -2.2629403787630992, 0.66652790851373876},
		{0.1, -5, -4.9489198578907632, 0.70963040501653468},
		{0.1, 1e20, -53.833214588384012, -3.7322051536049088},
		{1, 0, -1.1447298858494002, 0.19314718055994531},
		{1, 1, -1.8378770664093455, 0.34657359027997265}, // where the two forms of the logarithm meet
		{1, -5, -4.4028264238708822, -0.47436262691233417},
		{1, 1e20, -93.248133605611228, -44.858554679320968},
		{3.7, 0.3, -1.0422218633260064, 0.076726896616199949},
		{3.7, -5, -5.7998699569534214, -1.6774220669898319},
		{3.7, 1000, -30.377620224654278, -20.722910789588722},
		{1000, 0, -0.91918853316300613, 0.00024999987500025},
		{1000, -5, -13.277841134643942, -0.13873922214001855},
		{1000, 1e20, -42641.341233143398, -42097.32397038997},
		{1e6, 0, -0.91893878320467274, 2.49999999999875e-7},
		{1e6, 1, -1.4189390332045894, 4.9999983333333333e-7},
		{1e6, -5, -13.418795035652543, -0.00014349510430533496},
		{1e6, 1000, -346574.85579234614, -96573.340279722655},
	} {
		for _, e := range types {
			in := map[string][]float64{"x": {c.x}, "loc": {0}, "log_scale": {0}, "log_df": {math.Log(c.df)}}
			r, err := e.run(t.Context(), g, ref.Call{Rows: 1, Inputs: in})
			if err != nil {
				t.Fatal(err)
			}
			// log ν is rounded itself, which moves what grows with ν.
			tol := e.tol.LogDet.Times(3)
			if got := r.Outputs["l"][0]; !tol.Allows(got, c.want) {
				t.Errorf("%s: ν = %g, x = %g: log p is %.17g, want %.17g", e.name, c.df, c.x, got, c.want)
			}
			if got := r.Outputs["dl"][0]; !tol.Times(10).Allows(got, c.derivative) {
				t.Errorf("%s: ν = %g, x = %g: the derivative in log ν is %.17g, want %.17g", e.name, c.df, c.x, got, c.derivative)
			}
		}
	}
}

// Half of the draws lie within the median of |z|, by mpmath 1.3, and all are finite.
func TestStudentTDraws(t *testing.T) {
	const n, seed = 20000, 3
	t.Logf("seed %d", seed)
	bound := bind(t, dist.StudentT{Dim: 1})
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		b.Input("x")
		b.Output("y", bound.Sample(b, b.SharedInput("key", graph.Uint32, 2), 1, graph.Value{}))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ df, median float64 }{
		{0.1, 168.236073198}, {1, 1}, {3.7, 0.746485153482}, {1000, 0.674735164607}, {1e6, 0.674489995531},
	} {
		for _, e := range types {
			in := map[string][]float64{"x": make([]float64, n), "key": {seed, 0}, "loc": {0}, "log_scale": {0}, "log_df": {math.Log(c.df)}}
			r, err := e.run(t.Context(), g, ref.Call{Rows: n, Inputs: in})
			if err != nil {
				t.Fatal(err)
			}
			near, positive := 0., 0.
			for _, y := range r.Outputs["y"] {
				if math.IsNaN(y) || math.IsInf(y, 0) {
					t.Fatalf("%s: ν = %g: a draw at %g", e.name, c.df, y)
				}
				if math.Abs(y) <= c.median {
					near++
				}
				if y > 0 {
					positive++
				}
			}
			bound := 5 * math.Sqrt(0.25/n)
			if math.Abs(near/n-0.5) > bound || math.Abs(positive/n-0.5) > bound {
				t.Errorf("%s: ν = %g: %.3f of the draws lie within the median of |z|, %.3f are positive", e.name, c.df, near/n, positive/n)
			}
		}
	}
}

package dist_test

import (
	"math"
	"testing"

	"diffeo/dist"
	"diffeo/graph"
	"diffeo/ref"
)

// Numbers by mpmath 1.3 with 50 digits: log p and its derivative in log κ, from an almost flat density to a needle.
func TestVonMisesLogProb(t *testing.T) {
	bound := bind(t, dist.VonMises{Dim: 1})
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		l := bound.LogProb(b, b.Input("x", 1), graph.Value{})
		b.Output("l", l)
		b.Output("dl", graph.Gradient(graph.SumRows(l), b.Param("log_concentration", 1))[0])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ k, x, want, derivative float64 }{
		{1e-8, 0.0, -1.8378770564093455, 9.99999995e-9},
		{1e-8, 2.0, -1.8378770705708139, -4.1614684154714239e-9},
		{1e-8, -3.0, -1.8378770763092705, -9.8999250160044546e-9},
		{0.05, 0.0, -1.7885019687802135, 0.048750390462309489},
		{0.05, 2.0, -1.8593093106075706, -0.02205695136504763},
		{0.05, -3.0, -1.8880015936102358, -0.050749234367712784},
		{0.4, 0.0, -1.4774840340234415, 0.32155847511280179},
		{0.4, 2.0, -2.0439427686422984, -0.24490025950605516},
		{0.4, -3.0, -2.2734810326636197, -0.47443852352737639},
		{2, 0.0, -0.66187060789230177, 0.60445068407198404},
		{2, 2.0, -3.4941642809865865, -2.2278429890223007},
		{2, -3.0, -4.6418556010931927, -3.3755343091289069},
		{60, 0.0, 1.1261327439355119, 0.50211899254747366},
		{60, 2.0, -83.842677448893031, -84.46669120028107},
		{60, -3.0, -118.27341705209122, -118.89743080347925},
		{190, 0.0, 1.7039138672662117, 0.50066138613211292},
		{190, 0.01, 1.6944139464326145, 0.4911614652985157},
		{190, -3.0, -376.39466048681843, -377.59791296795252},
		{210, 0.0, 1.7540185697425932, 0.50059809386363656},
		{210, 0.01, 1.7435186572423016, 0.49009818136334489},
		{210, -3.0, -416.14440571635095, -417.39782619222991},
		{1e4, 0.0, 3.6862191521583535, 0.50001250125019535},
		{1e4, 0.01, 3.1862233188111313, 1.6667902973155715e-5},
		{1e4, -3.0, -19896.238746852296, -19899.424953503204},
		{1e6, 0.0, 5.9888166207774018, 0.500000125000125},
		{1e6, 0.01, -44.010766713944818, -49.499583209722095},
		{1e6, -3.0, -1989986.5077838247, -1989991.9966003205},
	} {
		for _, e := range types {
			in := map[string][]float64{"x": {c.x}, "loc": {0}, "log_concentration": {math.Log(c.k)}}
			r, err := e.run(t.Context(), g, ref.Call{Rows: 1, Inputs: in})
			if err != nil {
				t.Fatal(err)
			}
			tol := e.tol.LogDet.Times(3) // log κ is rounded itself, which moves what grows with κ
			if got := r.Outputs["l"][0]; !tol.Allows(got, c.want) {
				t.Errorf("%s: κ = %g, x = %g: log p is %.17g, want %.17g", e.name, c.k, c.x, got, c.want)
			}
			if got := r.Outputs["dl"][0]; !tol.Allows(got, c.derivative) {
				t.Errorf("%s: κ = %g, x = %g: the derivative in log κ is %.17g, want %.17g", e.name, c.k, c.x, got, c.derivative)
			}
		}
	}
}

// The mean angle counts modulo 2π: a whole number of turns changes nothing, and draws around it stay on the circle.
func TestVonMisesTurns(t *testing.T) {
	const n, seed = 4000, 9
	t.Logf("seed %d", seed)
	bound := bind(t, dist.VonMises{Dim: 1})
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		b.Output("l", bound.LogProb(b, b.Input("x", 1), graph.Value{}))
		b.Output("y", bound.Sample(b, b.SharedInput("key", graph.Uint32, 2), 1, graph.Value{}))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range types {
		var first ref.Result
		for i, loc := range []float64{3, 3 + 2*math.Pi, 3 - 20*math.Pi} {
			in := map[string][]float64{"x": make([]float64, n), "key": {seed, 0}, "loc": {loc}, "log_concentration": {math.Log(5)}}
			for j := range n {
				in["x"][j] = math.Pi * (2*float64(j)/(n-1) - 1)
			}
			r, err := e.run(t.Context(), g, ref.Call{Rows: n, Inputs: in})
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				first = r
			}
			sine, cosine := 0., 0.
			for j, y := range r.Outputs["y"] {
				if !(math.Abs(y) <= math.Pi+1e-7) { // float32's π is larger
					t.Fatalf("%s: a draw at %g", e.name, y)
				}
				if d := math.Abs(r.Outputs["l"][j] - first.Outputs["l"][j]); d > 100*e.tol.LogDet.Abs {
					t.Fatalf("%s: log p(%g) is %g around %g and %g around 3", e.name, in["x"][j], r.Outputs["l"][j], loc, first.Outputs["l"][j])
				}
				sine, cosine = sine+math.Sin(y-3)/n, cosine+math.Cos(y-3)/n
			}
			// E cos = I₁(5)/I₀(5) = 0.893383 and E sin = 0, with deviations of 0.152 and 0.423.
			if math.Abs(cosine-0.893383) > 5*0.152/math.Sqrt(n) || math.Abs(sine) > 5*0.423/math.Sqrt(n) {
				t.Errorf("%s: draws around %g have mean cosine %.4f and mean sine %.4f about 3", e.name, loc, cosine, sine)
			}
		}
	}
}

// Draws have the mean cosine of their concentration, by mpmath 1.3, however flat or narrow the density.
func TestVonMisesDraws(t *testing.T) {
	const n, seed = 20000, 4
	t.Logf("seed %d", seed)
	bound := bind(t, dist.VonMises{Dim: 1})
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		b.Input("x")
		b.Output("y", bound.Sample(b, b.SharedInput("key", graph.Uint32, 2), 1, graph.Value{}))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ k, mean, deviation float64 }{ // of sin²(y/2)
		{1e-3, 0.49975, 0.353553},
		{0.3, 0.4258312865, 0.347684},
		{0.5, 0.3787501937, 0.337711},
		{3, 0.09500735302, 0.135949},
		{200, 0.001251570374, 0.00176999},
		{1e4, 2.500062506e-5, 3.53562e-5},
	} {
		for _, e := range types {
			in := map[string][]float64{"x": make([]float64, n), "key": {seed, 0}, "loc": {0}, "log_concentration": {math.Log(c.k)}}
			r, err := e.run(t.Context(), g, ref.Call{Rows: n, Inputs: in})
			if err != nil {
				t.Fatal(err)
			}
			mean := 0.
			for _, y := range r.Outputs["y"] {
				mean += math.Sin(y/2) * math.Sin(y/2) / n
			}
			if !(math.Abs(mean-c.mean) <= 5*c.deviation/math.Sqrt(n)) {
				t.Errorf("%s: κ = %g: sin²(y/2) has mean %.6g over the draws, want %.6g ± %.2g", e.name, c.k, mean, c.mean, c.deviation/math.Sqrt(n))
			}
		}
	}
}

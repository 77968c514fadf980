package bijection_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"diffeo/bijection"
	"diffeo/cpu"
	"diffeo/fault"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/param"
	"diffeo/ref"
	"diffeo/scalar"
)

// batchInputs is a batch x [rows,2] with the parameters of a batch norm of two columns.
func batchInputs(rows int, seed uint64) map[string][]float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	x := make([]float64, 2*rows)
	for i := range x {
		x[i] = []float64{3, -50}[i%2] + []float64{0.2, 20}[i%2]*rng.NormFloat64()
	}
	return map[string][]float64{"x": x, "log_scale": {0.3, -0.2}, "bias": {1, -1},
		"running_mean": {0.5, -10}, "running_variance": {2, 30}, "started": {0}}
}

// While it learns, a batch leaves with the scale as its deviation and the bias as its mean, the running averages move by the momentum, and
// what follows uses them; a start stores the batch's own.
func TestBatchNormNormalisesItsBatch(t *testing.T) {
	const rows, seed = 50, 3
	t.Logf("seed %d", seed)
	m, err := bijection.BatchNorm{Epsilon: 1e-12}.Bind(param.NewRegistry().Scope(), graph.Shape{2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	in := batchInputs(rows, seed)
	mean, deviation := moments(in["x"], 2)
	for _, mode := range []graph.Mode{graph.Train, graph.Start} {
		r := pass(t, m, mode, false, rows, in)
		gotMean, gotDeviation := moments(r.Outputs["y"], 2)
		for j := range 2 {
			if math.Abs(gotMean[j]-in["bias"][j]) > 1e-9 || math.Abs(gotDeviation[j]-math.Exp(in["log_scale"][j])) > 1e-9 {
				t.Errorf("mode %d: column %d leaves with mean %g and deviation %g", mode, j, gotMean[j], gotDeviation[j])
			}
			part := 0.1
			if mode == graph.Start {
				part = 1
			}
			wantMean := in["running_mean"][j] + part*(mean[j]-in["running_mean"][j])
			wantVariance := in["running_variance"][j] + part*(deviation[j]*deviation[j]-in["running_variance"][j])
			if e := math.Abs(r.Updates["running_mean"][j] - wantMean); e > 1e-9 {
				t.Errorf("mode %d: the running mean of column %d becomes %g, want %g", mode, j, r.Updates["running_mean"][j], wantMean)
			}
			if e := math.Abs(r.Updates["running_variance"][j] - wantVariance); e > 1e-9 {
				t.Errorf("mode %d: the running variance of column %d becomes %g, want %g", mode, j, r.Updates["running_variance"][j], wantVariance)
			}
		}
		if r.Updates["started"][0] != 1 {
			t.Errorf("mode %d: it has not started", mode)
		}
	}
	in["started"] = []float64{1}
	r := pass(t, m, graph.Start, false, rows, in)
	for _, name := range []string{"running_mean", "running_variance"} {
		if !slices.Equal(r.Updates[name], in[name]) {
			t.Errorf("a second start changes %s from %v to %v", name, in[name], r.Updates[name])
		}
	}
	if r := pass(t, m, graph.Train, true, rows, in); len(r.Updates) != 0 {
		t.Error("Forward of a graph for training changes the running averages")
	}
}

// A batch of one row, and one of equal rows, have no deviation: the result is the bias, and finite.
func TestBatchNormOfConstants(t *testing.T) {
	m, err := bijection.BatchNorm{}.Bind(param.NewRegistry().Scope(), graph.Shape{2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	in := batchInputs(1, 1)
	for _, x := range [][]float64{{4, 5}, {4, 5, 4, 5, 4, 5}, {1e6, 0, 1e6, 0}} {
		in["x"] = x
		r := pass(t, m, graph.Train, false, len(x)/2, in)
		for i, y := range r.Outputs["y"] {
			if y != in["bias"][i%2] {
				t.Errorf("%v becomes %v", x, r.Outputs["y"])
			}
		}
	}
}

// The derivative goes through the batch's mean and variance: each row's gradient is that of the loss of all rows, on every engine.
func TestBatchNormGradient(t *testing.T) {
	const rows, seed = 7, 8
	t.Logf("seed %d", seed)
	r := param.NewRegistry()
	m, err := bijection.BatchNorm{}.Bind(r.Scope(), graph.Shape{2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	g, err := graph.Build(graph.Train, func(b *graph.Builder) error {
		x := b.Input("x", 2)
		u, l := m.Inverse(b, x, graph.Value{})
		row := graph.Add(graph.Sum(graph.Sin(u)), graph.Scale(graph.Square(graph.Sum(u)), 0.1))
		loss := graph.MeanRows(graph.Add(row, graph.OnRows(l, 1)))
		b.Output("loss", loss)
		for _, name := range []string{"log_scale", "bias"} {
			b.Output(name, graph.Gradient(loss, b.Param(name, 2))[0])
		}
		b.Output("x", graph.Gradient(loss, x)[0])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	in := batchInputs(rows, seed)
	loss := func() float64 {
		r, err := ref.Run(t.Context(), g, ref.Call{Rows: rows, Inputs: in})
		if err != nil {
			t.Fatal(err)
		}
		return r.Outputs["loss"][0]
	}
	for _, e := range []struct {
		name string
		run  engine.Engine
		tol  float64
	}{
		{"ref", engine.Ref, 1e-7}, {"cpu in float64", engine.CPU[float64](cpu.Options{Threads: 2, TileRows: 16}), 1e-7},
		{"cpu in float32", engine.CPU[float32](cpu.Options{}), 1e-4},
	} {
		got, err := e.run(t.Context(), g, ref.Call{Rows: rows, Inputs: in})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"x", "log_scale", "bias"} {
			for i := range in[name] {
				const h = 1e-5
				at := in[name][i]
				in[name][i] = at + h
				up := loss()
				in[name][i] = at - h
				down := loss()
				in[name][i] = at
				if want := (up - down) / (2 * h); math.Abs(got.Outputs[name][i]-want) > e.tol*math.Max(1, math.Abs(want)) {
					t.Errorf("%s: ∂/∂%s[%d] is %g, the difference quotient %g", e.name, name, i, got.Outputs[name][i], want)
				}
			}
		}
	}
}

func TestBadBatchNorms(t *testing.T) {
	for _, c := range []struct {
		m    bijection.BatchNorm
		base graph.Shape
		want error
	}{
		{bijection.BatchNorm{}, graph.Shape{3, 4, 4}, fault.ErrShape},
		{bijection.BatchNorm{Momentum: -0.1}, graph.Shape{3}, fault.ErrConfig},
		{bijection.BatchNorm{Momentum: 1.5}, graph.Shape{3}, fault.ErrConfig},
		{bijection.BatchNorm{Momentum: math.NaN()}, graph.Shape{3}, fault.ErrConfig},
		{bijection.BatchNorm{Epsilon: -1}, graph.Shape{3}, fault.ErrConfig},
		{bijection.BatchNorm{Epsilon: math.Inf(1)}, graph.Shape{3}, fault.ErrConfig},
		{bijection.BatchNorm{Scale: scalar.Softplus{Floor: -1}}, graph.Shape{3}, fault.ErrConfig},
	} {
		if _, err := c.m.Bind(param.NewRegistry().Scope(), c.base, nil); !errors.Is(err, c.want) {
			t.Errorf("%+v on %v: error %v, want %v", c.m, c.base, err, c.want)
		}
	}
}

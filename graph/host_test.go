package graph_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/ref"
)

// TestHostLogDensity: the value and the first derivative are those that the Go code gives.
func TestHostLogDensity(t *testing.T) {
	in := map[string][]float64{"x": {1, 2, 3, 4}}
	out := compute(t, 2, in, func(b *graph.Builder) {
		x := b.Input("x", 2)
		l := graph.HostLogDensity("quadratic", graph.Scale(x, 2), func(x, g []float64) (float64, error) {
			g[0], g[1] = -x[0], -3*x[1]
			return -(x[0]*x[0] + 3*x[1]*x[1]) / 2, nil
		})
		b.Output("l", l)
		b.Output("dx", graph.Gradient(l, x)[0])
		b.Output("dexp", graph.Gradient(graph.SumRows(graph.Exp(graph.Scale(l, 0.01))), x)[0])
	})
	l := []float64{-(4. + 3*16) / 2, -(36. + 3*64) / 2}
	near(t, "l", out["l"], l...)
	dx := []float64{-4, -24, -12, -48}
	near(t, "dx", out["dx"], dx...)
	for i := range dx {
		dx[i] *= 0.01 * math.Exp(0.01*l[i/2])
	}
	near(t, "dexp", out["dexp"], dx...)
}

// TestHostFailures: whatever Go code does wrong ends the run with an error that names it.
func TestHostFailures(t *testing.T) {
	sad := errors.New("no licence")
	for name, c := range map[string]struct {
		f    func(x, g []float64) (float64, error)
		is   error
		says []string
	}{
		"error":              {func(_, _ []float64) (float64, error) { return 0, sad }, sad, []string{"target", "row 0", "no licence"}},
		"error at row 2":     {func(x, _ []float64) (float64, error) { return 0, failAt(x[0], 2, sad) }, sad, []string{"target", "row 2"}},
		"panic":              {func(_, _ []float64) (float64, error) { panic("boom") }, nil, []string{"target", "panicked", "boom"}},
		"panic with index":   {func(x, _ []float64) (float64, error) { return x[9], nil }, nil, []string{"target", "panicked", "index out of range"}},
		"NaN":                {func(_, _ []float64) (float64, error) { return math.NaN(), nil }, fault.ErrNonFinite, []string{"target", "NaN", "row 0"}},
		"infinite at row 1":  {func(x, _ []float64) (float64, error) { return 1 / (x[0] - 1), nil }, fault.ErrNonFinite, []string{"target", "+Inf", "row 1"}},
		"infinite gradients": {func(_, g []float64) (float64, error) { g[0] = math.Inf(-1); return 0, nil }, fault.ErrNonFinite, []string{"target", "-Inf"}},
	} {
		g := build(t, func(b *graph.Builder) {
			b.Output("l", graph.HostLogDensity("target", b.Input("x", 1), c.f))
		})
		_, err := refRun(g, 3, map[string][]float64{"x": {0, 1, 2}})
		if err == nil || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: %v, want %v", name, err, c.is)
			continue
		}
		t.Run(name, func(t *testing.T) { mentions(t, err, c.says...) })
	}
}

func failAt(x, at float64, err error) error {
	if x == at {
		return err
	}
	return nil
}

// TestHostFailureInsideARegion ends the loop around it too.
func TestHostFailureInsideARegion(t *testing.T) {
	calls := 0
	f := func(_ context.Context, _ int, in, out [][]float64) error {
		calls++
		return fault.ErrData
	}
	g := build(t, func(b *graph.Builder) {
		x := b.Input("x")
		y := graph.Repeat(b.Scalar(5), 5, []graph.Value{x}, func(_ graph.Value, c []graph.Value) []graph.Value {
			return graph.Host("target", f, c, graph.Shape{})
		})
		z := graph.While(y, func(c []graph.Value) graph.Value { return graph.Less(c[0], b.Scalar(1)) },
			func(c []graph.Value) []graph.Value { return graph.Host("target", f, c, graph.Shape{}) })
		b.Output("z", graph.Exp(z[0]))
	})
	if _, err := refRun(g, 2, map[string][]float64{"x": {0, 0}}); !errors.Is(err, fault.ErrData) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

// TestCancellation: a loop without end and a host call see the context.
func TestCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	g := build(t, func(b *graph.Builder) {
		x := graph.Host("wait", func(ctx context.Context, _ int, _, _ [][]float64) error { cancel(); return nil },
			[]graph.Value{b.Input("x")}, graph.Shape{})
		b.Output("y", graph.While(x, func(c []graph.Value) graph.Value { return graph.Equal(c[0], c[0]) },
			func(c []graph.Value) []graph.Value { return c })[0])
	})
	_, err := ref.Run(ctx, g, ref.Call{Rows: 1, Inputs: map[string][]float64{"x": {0}}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

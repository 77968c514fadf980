package scalar_test

import (
	"slices"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/param"
	"diffeo/ref"
	"diffeo/scalar"
)

// ways are the engines that numbers are checked on.
var ways = []struct {
	name    string
	run     engine.Engine
	float32 bool
}{
	{"interpreter", engine.Ref, false},
	{"engine in float64", engine.CPU[float64](cpu.Options{}), false},
	{"engine in float32", engine.CPU[float32](cpu.Options{}), true},
}

// direction is Forward or Inverse of a map.
type direction func(m scalar.Bound, b *graph.Builder, v, theta graph.Value) (w, logDet graph.Value)

var (
	forward direction = scalar.Bound.Forward
	inverse direction = scalar.Bound.Inverse
)

// mapped is a map of one column at points, one a row, with the same parameters in all: the values, their log-derivatives, and
// the derivatives of either with respect to the point.
func mapped(t *testing.T, run engine.Engine, m scalar.Map, d direction, points []float64, theta ...float64) (y, logDet, slope, bend []float64) {
	t.Helper()
	f, err := m.Bind(param.NewRegistry().Scope(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if f.Params() != len(theta) {
		t.Fatalf("%d parameters for a map of %d", len(theta), f.Params())
	}
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		x := b.Input("x", 1)
		var p graph.Value
		if len(theta) > 0 {
			p = b.Input("theta", len(theta), 1)
		}
		y, l := d(f, b, x, p)
		b.Output("y", graph.OnRows(y, 1))
		b.Output("l", graph.OnRows(l, 1))
		b.Output("dy", graph.Gradient(graph.OnRows(graph.Sum(y), 1), x)[0])
		b.Output("dl", graph.Gradient(graph.OnRows(graph.Sum(l), 1), x)[0])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	in := map[string][]float64{"x": points, "theta": slices.Repeat(theta, len(points))}
	out, err := run(t.Context(), g, ref.Call{Rows: len(points), Inputs: in})
	if err != nil {
		t.Fatal(err)
	}
	return out.Outputs["y"], out.Outputs["l"], out.Outputs["dy"], out.Outputs["dl"]
}

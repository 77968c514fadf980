package sketch

import (
	"strings"
	"testing"

	"diffeo/graph"
)

// First derivatives of the loss, and second ones as first derivatives of the squared gradient's length.
func TestNewtonInverse(t *testing.T) {
	b := open(t, find(t, "Newton inverse"))
	near(t, "round trip", b.out("round trip"), b.in["x"], 1e-12)
	b.jacobians("x", "inverse", "inverse log-det", 1e-9)
	b.jacobians("u", "forward", "forward log-det", 1e-9)
	b.gradients("loss", "grad ", 1e-9)
	b.gradients("curvature", "curvature grad ", 1e-8)
}

// Far out and where the map is steep or flat, the bracket keeps Newton's steps in bounds.
func TestNewtonFarOut(t *testing.T) {
	b := open(t, find(t, "Newton inverse"))
	for _, size := range []float64{1e-12, 1e3, 1e8} {
		x := make([]float64, len(b.in["x"]))
		for i, v := range b.in["x"] {
			x[i] = size * v
		}
		c := b.with(numbers{"x": x})
		near(t, "round trip", c.out("round trip"), x, 1e-12)
	}
}

// The solver's own ops have no derivative, and say so with the place of the loop.
func TestWhileHasNoDerivative(t *testing.T) {
	_, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		x := b.Input("x")
		y := graph.While([]graph.Value{x}, func(c []graph.Value) graph.Value { return graph.Less(c[0], b.Scalar(1)) },
			func(c []graph.Value) []graph.Value { return []graph.Value{graph.Offset(c[0], 1)} })
		b.Output("g", graph.Gradient(y[0], x)[0])
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "Custom") || !strings.Contains(err.Error(), "newton_test.go") {
		t.Errorf("error %v", err)
	}
}

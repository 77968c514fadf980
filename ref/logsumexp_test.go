package ref_test

import (
	"math"
	"slices"
	"testing"

	"diffeo/graph"
	"diffeo/ref"
)

// A sum of exponentials of −∞ alone is 0, and its logarithm −∞, along an axis and over a group of lanes; its gradient is 0 and no NaN.
func TestLogSumExpOfNothing(t *testing.T) {
	none := math.Inf(-1)
	for _, c := range []struct {
		x        []float64
		want     float64
		gradient []float64
	}{
		{[]float64{none, none}, none, []float64{0, 0}},
		{[]float64{none, 3}, 3, []float64{0, 1}},
	} {
		r := run(t, ref.Call{Rows: 1, Inputs: map[string][]float64{"x": c.x}}, func(b *graph.Builder) {
			x := b.Input("x", 2)
			y := graph.LogSumExp(x, 0)
			b.Output("y", y)
			b.Output("dx", graph.Gradient(y, x)[0])
		})
		if got := r.Outputs["y"][0]; got != c.want || !slices.Equal(r.Outputs["dx"], c.gradient) {
			t.Errorf("%v: %g with gradient %v, want %g with %v", c.x, got, r.Outputs["dx"], c.want, c.gradient)
		}
		r = run(t, ref.Call{Rows: 1, Inputs: map[string][]float64{"x": {c.want}}}, func(b *graph.Builder) {
			b.Output("y", graph.GroupLogSumExp(graph.SpreadRows(graph.Sum(b.Input("x", 1)), 3), 3))
		})
		if want := c.want + math.Log(3); r.Outputs["y"][0] != want {
			t.Errorf("three lanes of %g: %g, want %g", c.want, r.Outputs["y"][0], want)
		}
	}
}

package ref_test

import (
	"math"
	"slices"
	"testing"

	"diffeo/graph"
	"diffeo/internal/tolerance"
	"diffeo/ref"
)

// TestStreamsArePinned: seeds in model files and papers must give the same numbers for ever. The numbers were written by this package
// itself when the streams were defined; philox, below it, is tested against the published vectors.
func TestStreamsArePinned(t *testing.T) {
	r := draw(t, 2, 0, []float64{1, 2})
	if len(pinned) < 6 {
		t.Fatal("the pins are gone")
	}
	for name, want := range pinned {
		if err := tolerance.Compare(r[name], want, tolerance.Bound{Abs: 1e-15, Rel: 1e-14}); err != nil {
			t.Errorf("%s: %v\n%#v", name, err, r[name])
		}
	}
}

// draw makes draws of all kinds.
func draw(t *testing.T, rows int, first uint64, key []float64) map[string][]float64 {
	t.Helper()
	call := ref.Call{Rows: rows, FirstRow: first, Inputs: data{"key": key}}
	return run(t, call, func(b *graph.Builder) {
		k := b.SharedInput("key", graph.Uint32, 2)
		b.Output("normal", graph.Random(k, graph.Normal, "noise", 1, 3))
		b.Output("uniform", graph.Random(k, graph.Uniform01, "noise", 1, 3))
		b.Output("sign", graph.Random(k, graph.Rademacher, "noise", 1, 3))
		b.Output("shared", graph.Random(k, graph.Uniform01, "noise", 0, 3))
		b.Output("lanes", graph.Random(k, graph.Uniform01, "noise", 2, 1))
		b.Output("other", graph.Random(k, graph.Uniform01, "another", 1, 3))
		b.Output("long", graph.Random(k, graph.Uniform01, "noise", 1, 9))
	}).Outputs
}

// TestDrawsDependOnTheRowAlone: not on how many rows run together, nor on where a batch begins.
func TestDrawsDependOnTheRowAlone(t *testing.T) {
	all := draw(t, 6, 0, []float64{1, 2})
	part := draw(t, 2, 3, []float64{1, 2})
	for _, name := range []string{"normal", "uniform", "sign", "lanes", "other", "long"} {
		n := len(part[name]) / 2
		if !slices.Equal(part[name], all[name][3*n:5*n]) {
			t.Errorf("%s: rows 3 and 4 are %v alone and %v among others", name, part[name], all[name][3*n:5*n])
		}
	}
	if !slices.Equal(part["shared"], all["shared"]) {
		t.Error("a shared draw depends on the rows")
	}
	for r := range 6 { // element i is the same whatever the shape
		if !slices.Equal(all["uniform"][3*r:3*r+3], all["long"][9*r:9*r+3]) {
			t.Errorf("row %d: the first elements depend on the shape", r)
		}
	}
}

func TestDrawsDiffer(t *testing.T) {
	a, b := draw(t, 2, 0, []float64{1, 2}), draw(t, 2, 0, []float64{1, 3})
	u := a["uniform"]
	for name, other := range map[string][]float64{"keys": b["uniform"], "streams": a["other"], "shared and per row": a["shared"]} {
		if slices.Equal(u[:3], other[:3]) {
			t.Errorf("different %s give the same numbers", name)
		}
	}
	if slices.Equal(u[:3], u[3:]) || a["lanes"][0] == a["lanes"][1] {
		t.Error("rows or lanes give the same numbers")
	}
}

// TestMoments: means and variances of many draws, within five standard errors.
func TestMoments(t *testing.T) {
	const n = 20000
	r := run(t, ref.Call{Rows: n, Inputs: data{"key": {7, 7}}}, func(b *graph.Builder) {
		k := b.SharedInput("key", graph.Uint32, 2)
		for name, kind := range map[string]graph.RandomKind{"normal": graph.Normal, "uniform": graph.Uniform01, "sign": graph.Rademacher} {
			x := graph.Random(k, kind, name, 1)
			b.Output(name+" mean", graph.MeanRows(x))
			b.Output(name+" square", graph.MeanRows(graph.Square(x)))
			b.Output(name+" least", graph.Neg(graph.MaxOver(graph.Reshape(graph.Neg(x), 1), 0)))
		}
	})
	for name, want := range map[string][4]float64{ // mean, its deviation, mean square, its deviation, for one draw
		"normal": {0, 1, 1, math.Sqrt2}, "uniform": {0.5, math.Sqrt(1. / 12), 1. / 3, math.Sqrt(4. / 45)}, "sign": {0, 1, 1, 0},
	} {
		for i, part := range []string{" mean", " square"} {
			got, allowed := r.Outputs[name+part][0], 5*want[2*i+1]/math.Sqrt(n)
			if !(math.Abs(got-want[2*i]) <= allowed+1e-12) {
				t.Errorf("%s%s is %g, want %g ± %g", name, part, got, want[2*i], allowed)
			}
		}
	}
	for _, x := range r.Outputs["uniform least"] {
		if x <= 0 || x >= 1 {
			t.Errorf("a uniform draw is %g", x)
		}
	}
}

// The draws of two rows under the key (1, 2).
var pinned = data{
	"lanes":   {0.11869412660598755, 0.5969246029853821, 0.9601384997367859, 0.8903245329856873},
	"normal":  {-1.9151585190632463, -0.7710889289538562, 0.2295520635072366, 0.9837204956884971, 0.25342242070667853, -0.18242389306199355},
	"other":   {0.75633305311203, 0.24032622575759888, 0.026733219623565674, 0.3507903218269348, 0.15062671899795532, 0.4540722966194153},
	"shared":  {0.7276672720909119, 0.2657157778739929, 0.7578880190849304},
	"sign":    {-1, 1, 1, 1, -1, 1},
	"uniform": {0.11869412660598755, 0.5609192252159119, 0.9667163491249084, 0.5969246029853821, 0.04012840986251831, 0.9048740267753601},
}

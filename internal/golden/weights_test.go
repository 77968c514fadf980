package golden

import (
	"math"
	"strings"
	"testing"

	"diffeo/internal/transfer"
	"diffeo/param"
)

// takeover is where the parameters of a twin come from, and back.
type takeover interface {
	values(specs []param.Spec) map[string][]float64
	gradients(ours map[string][]float64) map[string][]float64
}

// weights is a takeover that is written part by part. A part that does not fit ends the test when the values are asked for.
type weights struct {
	c *goldenCase
	*transfer.Weights
}

func newWeights(c *goldenCase) *weights { return &weights{c, transfer.New(parameters{c})} }

// take adds a part: element i of our parameter receives element at(i) of theirs.
func (w *weights) take(ours, theirs string, sign float64, n int, at func(i int) int) {
	w.Take(ours, 0, theirs, sign, n, at)
}

// takeFrom is take for the n elements of ours that begin at from.
func (w *weights) takeFrom(ours string, from int, theirs string, sign float64, n int, at func(i int) int) {
	w.Take(ours, from, theirs, sign, n, at)
}

// whole takes all of theirs in its own order, beginning at offset.
func (w *weights) whole(ours, theirs string, n, offset int) { w.Whole(ours, theirs, n, offset) }

// rows makes our [P,D] parameter of theirs, one [D] array for each row.
func (w *weights) rows(ours string, d int, theirs ...string) {
	for p, name := range theirs {
		w.Take(ours, p*d, name, 1, d, func(i int) int { return i })
	}
}

// values computes our parameters; each must have its part. Not all of theirs need to be used: the tests of gradients ask for those.
func (w *weights) values(specs []param.Spec) map[string][]float64 {
	w.c.t.Helper()
	w.Skip("")
	if err := w.Err(); err != nil {
		w.c.t.Fatal(err)
	}
	v, err := w.Params(specs)
	if err != nil {
		w.c.t.Fatal(err)
	}
	return v
}

func (w *weights) gradients(ours map[string][]float64) map[string][]float64 { return w.Gradients(ours) }

// parameters are the case's, by the library's names.
type parameters struct{ c *goldenCase }

func (p parameters) Shape(name string) ([]int, bool) {
	t, ok := p.c.file.Tensors["param/"+name]
	return t.Shape, ok
}

func (p parameters) Values(name string) []float64 { return p.c.floats("param/" + name) }

func (p parameters) Names() []string {
	var names []string
	for _, name := range p.c.file.Names() {
		if short, ok := strings.CutPrefix(name, "param/"); ok {
			names = append(names, short)
		}
	}
	return names
}

// near compares with the case's rule: absolute up to magnitude 1, relative beyond; infinities agree with themselves.
func near(t *testing.T, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d numbers, want %d", what, len(got), len(want))
		return
	}
	worst, at := 0.0, -1
	for i, x := range got {
		e := math.Abs(x-want[i]) / math.Max(1, math.Abs(want[i]))
		if x == want[i] {
			e = 0
		}
		if !(e <= worst) { // NaN is the worst
			worst, at = e, i
		}
	}
	if at >= 0 && !(worst <= tol) {
		t.Errorf("%s: element %d is %.17g, want %.17g: error %.2g, tolerance %.1g", what, at, got[at], want[at], worst, tol)
	}
}

// nearGradient compares relative to the largest entry.
func nearGradient(t *testing.T, what string, got, want []float64, tol float64) {
	t.Helper()
	size := 0.0
	for _, x := range want {
		size = math.Max(size, math.Abs(x))
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d numbers, want %d", what, len(got), len(want))
		return
	}
	for i, x := range got {
		if !(math.Abs(x-want[i]) <= tol*size) {
			t.Errorf("%s: element %d is %.17g, want %.17g: error %.2g of the largest, tolerance %.1g", what, i, x, want[i],
				math.Abs(x-want[i])/size, tol)
			return
		}
	}
}

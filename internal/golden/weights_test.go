package golden

import (
	"math"
	"slices"
	"testing"

	"diffeo/param"
)

// weights says where the elements of our parameters come from: ours[from+i] = Σ sign · theirs[at[i]] over the parts of the parameter.
// Read backwards it turns our gradients into theirs.
type weights struct {
	c     *goldenCase
	parts map[string][]part
}

type part struct {
	theirs string
	sign   float64
	from   int
	at     []int
}

func newWeights(c *goldenCase) *weights { return &weights{c, map[string][]part{}} }

// take adds a part: element i of our parameter receives element at(i) of theirs.
func (w *weights) take(ours, theirs string, sign float64, n int, at func(i int) int) {
	w.c.t.Helper()
	w.takeFrom(ours, 0, theirs, sign, n, at)
}

// takeFrom is take for the n elements of ours that begin at from.
func (w *weights) takeFrom(ours string, from int, theirs string, sign float64, n int, at func(i int) int) {
	w.c.t.Helper()
	p := part{theirs, sign, from, make([]int, n)}
	size := w.c.file.Tensors["param/"+theirs].Len()
	if !w.c.has("param/" + theirs) {
		w.c.t.Fatalf("the case has no parameter %q; it has %v", theirs, w.c.file.Names())
	}
	for i := range p.at {
		p.at[i] = at(i)
		if p.at[i] < 0 || p.at[i] >= size {
			w.c.t.Fatalf("%s element %d is element %d of the %d of %s", ours, i, p.at[i], size, theirs)
		}
	}
	w.parts[ours] = append(w.parts[ours], p)
}

// whole takes all of theirs in its own order, beginning at offset.
func (w *weights) whole(ours, theirs string, n, offset int) {
	w.c.t.Helper()
	w.take(ours, theirs, 1, n, func(i int) int { return offset + i })
}

// rows makes our [P,D] parameter of theirs, one [D] array for each row.
func (w *weights) rows(ours string, d int, theirs ...string) {
	w.c.t.Helper()
	for p, name := range theirs {
		w.takeFrom(ours, p*d, name, 1, d, func(i int) int { return i })
	}
}

// values computes our parameters; each must have its part.
func (w *weights) values(specs []param.Spec) map[string][]float64 {
	w.c.t.Helper()
	out := map[string][]float64{}
	for _, s := range specs {
		v := make([]float64, s.Shape.Size())
		parts, filled := w.parts[s.Name], make([]bool, len(v))
		if len(parts) == 0 {
			w.c.t.Fatalf("nothing is known about our parameter %s %v", s.Name, s.Shape)
		}
		for _, p := range parts {
			theirs := w.c.floats("param/" + p.theirs)
			for i, j := range p.at {
				v[p.from+i] += p.sign * theirs[j]
				filled[p.from+i] = true
			}
		}
		if i := slices.Index(filled, false); i >= 0 {
			w.c.t.Fatalf("nothing is known about element %d of our parameter %s %v", i, s.Name, s.Shape)
		}
		out[s.Name] = v
	}
	return out
}

// gradients turns ours into theirs. Parameters of theirs that no part mentions are missing in the result.
func (w *weights) gradients(ours map[string][]float64) map[string][]float64 {
	out := map[string][]float64{}
	for name, parts := range w.parts {
		g, ok := ours[name]
		if !ok {
			continue // a weight that our network does not have, because its mask is 0
		}
		for _, p := range parts {
			if out[p.theirs] == nil {
				out[p.theirs] = make([]float64, w.c.file.Tensors["param/"+p.theirs].Len())
			}
			for i, j := range p.at {
				out[p.theirs][j] += p.sign * g[p.from+i]
			}
		}
	}
	return out
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

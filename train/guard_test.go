package train

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/param"
)

// A row that would spoil its step is left out of it, named and counted, and the other rows are learned from; so is a row whose density is
// finite and whose gradient is not.
func TestABadRowIsLeftOut(t *testing.T) {
	for _, cell := range []float32{1e30, 1e15} { // the square of the one overflows, or that of its gradient
		f, p := small(t, "maf", 2, 0)
		d := banana[float32](40, 1)
		d.X.Row(17)[1] = cell
		tr := trainerOf(t, f, p, d, Data[float32]{}, Config{Batch: 20, Steps: 10})
		b := tr.source.(*batches[float32])
		for n := range 6 { // three epochs: each has one batch with that row
			before := copies(tr.weights.p)
			o, err := tr.step(t.Context(), n)
			must(t, err)
			want := 0
			if slices.Contains(b.dealt, 17) {
				want = 1
			}
			if !o.good || o.dropped != want || equal(before, tr.weights.p) || !finite(o.loss) || !finite(o.norm) {
				t.Fatalf("cell %g, step %d: %+v, bad rows in the batch: %d", cell, n, o, want)
			}
		}
		if !strings.Contains(tr.result.DroppedAt, "training row 17,") {
			t.Errorf("the row is named %q", tr.result.DroppedAt)
		}
		r, err := MaximumLikelihood(t.Context(), f, p, d, banana[float32](40, 2), Config{Batch: 20, Steps: 20})
		must(t, err)
		if r.Skipped != 0 || r.Dropped != 10 || !strings.Contains(r.DroppedAt, "row 17") {
			t.Errorf("%+v", r)
		}
	}
}

// A step that is not finite, whichever rows are left out, changes no parameter and no moment, is reported with a row, and training goes on.
func TestABadStepChangesNothing(t *testing.T) {
	f, p := small(t, "maf", 2, 0)
	d := banana[float32](40, 1)
	for r := range 15 {
		d.X.Row(r)[1] = 1e30
	}
	tr := trainerOf(t, f, p, d, Data[float32]{}, Config{Batch: 10, Steps: 100})
	b := tr.source.(*batches[float32])
	skipped, applied := 0, 0
	for n := range 40 {
		before := [3][][]float32{copies(tr.weights.p), copies(tr.weights.m), copies(tr.weights.v)}
		o, err := tr.step(t.Context(), n)
		must(t, err)
		bad := 0
		for _, r := range b.dealt {
			if r < 15 {
				bad++
			}
		}
		if o.good == (bad > 5) || o.good && o.dropped != bad {
			t.Fatalf("step %d: %+v, %d of 10 rows are bad", n, o, bad)
		}
		for k, now := range [3][][]float32{tr.weights.p, tr.weights.m, tr.weights.v} {
			if same := equal(before[k], now); same == o.good {
				t.Errorf("step %d, %d: unchanged %v", n, k, same)
			}
		}
		if o.good {
			applied++
			continue
		}
		skipped++
		if where := tr.diagnose(t.Context()); !strings.Contains(where, "training row ") {
			t.Errorf("diagnosis %q does not name a row", where)
		}
	}
	if skipped == 0 || tr.applied != applied {
		t.Errorf("%d skipped, %d applied of 40, counted %d", skipped, applied, tr.applied)
	}
	var reported *Skip
	r, err := MaximumLikelihood(t.Context(), f, p, d, banana[float32](40, 2), Config{Batch: 10, Steps: 40, Progress: func(p Progress) {
		if p.Skipped != nil {
			reported = p.Skipped
		}
	}})
	must(t, err)
	if r.Skipped != skipped || len(r.Skips) != skipped || reported == nil || *reported != r.Skips[skipped-1] || r.BestStep != 40 {
		t.Errorf("%+v", r)
	}
}

func TestTooManyBadSteps(t *testing.T) {
	f, p := small(t, "realnvp", 2, 0)
	first := p.Clone()
	d := banana[float32](40, 1)
	for r := range 40 {
		d.X.Row(r)[0] = 1e30
	}
	r, err := MaximumLikelihood(t.Context(), f, p, d, banana[float32](40, 2), Config{MaxBad: 4})
	if !errors.Is(err, fault.ErrNonFinite) || !strings.Contains(err.Error(), "4 steps in a row") || !strings.Contains(err.Error(), "row ") {
		t.Errorf("error %v", err)
	}
	if r.Skipped != 4 {
		t.Errorf("%+v", r)
	}
	for _, s := range p.Specs() {
		for i, x := range p.Data(s.Name) {
			if x != float64(float32(first.Data(s.Name)[i])) {
				t.Fatalf("%s changed, though no step was good", s.Name)
			}
		}
	}
}

// The diagnosis names the transform that gives the first bad value, and the parameter that gets the first bad gradient.
func TestDiagnosisNamesTheLayer(t *testing.T) {
	good := bijection.Autoregressive{}
	for name, test := range map[string]struct {
		fault spoiled
		want  string
	}{
		"value":    {spoiled{value: true}, "a value of transform 1 (transform.transforms.1) is "},
		"gradient": {spoiled{gradient: true}, "the gradient of transform.transforms.1.weight is NaN at position 0; "},
	} {
		f := flow.Flow{Base: dist.StandardNormal{Dim: 2}, Transform: bijection.Chain{Transforms: []bijection.Bijection{good, test.fault, good}}}
		bound, err := f.Bind()
		must(t, err)
		p := param.New(bound.Specs, 1)
		_, err = MaximumLikelihood(t.Context(), f, p, banana[float64](30, 1), Data[float64]{}, Config{MaxBad: 1})
		if !errors.Is(err, fault.ErrNonFinite) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v; want %q", name, err, test.want)
		}
	}
}

func TestNoFiniteValidation(t *testing.T) {
	f := flow.Flow{Base: dist.UnitBox(2), Transform: bijection.Chain{Transforms: []bijection.Bijection{bijection.Static{}}}}
	bound, err := f.Bind()
	must(t, err)
	d, v := banana[float64](30, 1), banana[float64](30, 1)
	for i := range d.X.Data {
		d.X.Data[i] = 0.5
	}
	_, err = MaximumLikelihood(t.Context(), f, param.New(bound.Specs, 1), d, v, Config{Steps: 3})
	if !errors.Is(err, fault.ErrNonFinite) || !strings.Contains(err.Error(), "validation row ") {
		t.Errorf("%v", err)
	}
}

// spoiled is the identity with a weight, and a mistake: 1/(1−x/x) in its value, or √0 in its gradient.
type spoiled struct{ value, gradient bool }

func (s spoiled) Bind(scope *param.Scope, base, _ graph.Shape) (bijection.Bound, error) {
	return spoiledBound{s, scope.Param("weight", param.Constant(0), 2), base}, nil
}

type spoiledBound struct {
	spoiled
	weight param.Ref
	shape  graph.Shape
}

func (s spoiledBound) DataShape() graph.Shape { return s.shape }

func (s spoiledBound) Forward(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	return s.Inverse(b, u, cond)
}

func (s spoiledBound) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	w := s.weight.Value(b)
	u = graph.Add(x, w)
	if s.value {
		u = graph.Div(u, graph.Sub(b.Scalar(1), graph.Div(x, x)))
	}
	if s.gradient {
		u = graph.Add(u, graph.Mul(graph.Sqrt(graph.Mul(w, w)), x))
	}
	return u, b.Scalar(0)
}

func copies(l [][]float32) [][]float32 {
	out := make([][]float32, len(l))
	for i := range l {
		out[i] = slices.Clone(l[i])
	}
	return out
}

func equal(a, b [][]float32) bool {
	for i := range a {
		for k := range a[i] {
			if math.Float32bits(a[i][k]) != math.Float32bits(b[i][k]) {
				return false
			}
		}
	}
	return true
}

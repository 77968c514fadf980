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

// A step that is not finite changes no parameter and no moment, is reported with the row that caused it, and training goes on.
func TestABadStepChangesNothing(t *testing.T) {
	f, p := small(t, "maf", 2, 0)
	d := banana[float32](40, 1)
	d.X.Row(17)[1] = 1e30 // its square overflows float32
	tr := trainerOf(t, f, p, d, Data[float32]{}, Config{Batch: 20, Steps: 10})
	skipped := 0
	for n := range 6 { // three epochs: each has one bad batch
		before := [3][][]float32{copies(tr.weights.p), copies(tr.weights.m), copies(tr.weights.v)}
		_, _, good, err := tr.step(t.Context(), n)
		must(t, err)
		holds := false
		for i := range 20 {
			holds = holds || tr.batches.row(i) == 17
		}
		if good == holds {
			t.Fatalf("step %d: good %v, bad row in the batch %v", n, good, holds)
		}
		for k, now := range [3][][]float32{tr.weights.p, tr.weights.m, tr.weights.v} {
			if same := equal(before[k], now); same != holds {
				t.Errorf("step %d, %d: unchanged %v, bad %v", n, k, same, holds)
			}
		}
		if !good {
			skipped++
			if where := tr.diagnose(t.Context()); !strings.Contains(where, "training row 17") {
				t.Errorf("diagnosis %q does not name row 17", where)
			}
		}
	}
	if skipped != 3 || tr.applied != 3 {
		t.Errorf("%d skipped, %d applied of 6", skipped, tr.applied)
	}
	var reported *Skip
	r, err := MaximumLikelihood(t.Context(), f, p, d, banana[float32](40, 2), Config{Batch: 20, Steps: 20, Progress: func(p Progress) {
		if p.Skipped != nil {
			reported = p.Skipped
		}
	}})
	must(t, err)
	if r.Skipped != 10 || len(r.Skips) != 10 || reported == nil || *reported != r.Skips[9] || r.BestStep != 20 {
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

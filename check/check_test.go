package check

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"diffeo/bijection"
	"diffeo/data"
	"diffeo/fault"
	"diffeo/graph"
	"diffeo/matrix"
	"diffeo/model"
)

// A model that is what it says passes every check at its own draws, in every dimension, precision and kind of map.
func TestASoundModelPasses(t *testing.T) {
	for _, c := range []struct {
		recipe       string
		dim, context int
		precision    string
	}{
		{"maf", 1, 0, model.Float32},
		{"nsf-ar", 1, 1, model.Float32},
		{"nsf-ar", 2, 0, model.Float64},
		{"realnvp", 2, 0, model.Float32},
		{"nsf-c", 3, 0, model.Float32},
		{"maf", 4, 1, model.Float32},
		{"iaf", 6, 0, model.Float32},
		{"nice", 5, 0, model.Float64},
	} {
		if testing.Short() && c.dim > 2 { // with the race detector half a minute
			continue
		}
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			m := example(t, c.recipe, c.dim, c.context, c.precision)
			r := report(t, m, drawn(t, m, 1500, 3))
			for _, x := range r.Results {
				if x.Verdict != Pass {
					t.Errorf("%s: %s (%.4g, bound %.4g): %s", x.Name, x.Verdict, x.Value, x.Bound, x.Text)
				}
				if x.Value != x.Value || x.Count == 0 || x.Text == "" {
					t.Errorf("%s: %+v measured nothing", x.Name, x)
				}
			}
			if len(r.Results) != 14 || r.Verdict() != Pass {
				t.Errorf("%d results, %s", len(r.Results), r.Verdict())
			}
		})
	}
}

// A log-determinant that is off in both directions alike passes every test of the directions against each other. It must not pass these.
func TestAConsistentlyWrongLogDetFails(t *testing.T) {
	for name, e := range map[string]func(b *graph.Builder, x graph.Value) graph.Value{
		"constant": func(b *graph.Builder, _ graph.Value) graph.Value { return b.Scalar(0.05) },
		"by place": func(_ *graph.Builder, x graph.Value) graph.Value {
			return graph.Offset(graph.Scale(graph.Sum(graph.Tanh(x)), 0.2), 0.3)
		},
	} {
		for _, dim := range []int{1, 2, 4} {
			t.Run(fmt.Sprintf("%s, %d columns", name, dim), func(t *testing.T) {
				m := example(t, "maf", dim, 0, model.Float32)
				m.Flow.Transform = lying(m.Flow.Transform, e)
				r := report(t, m, drawn(t, m, 500, 4), RoundTripData, LogDetInverse, Preprocessing, Integral)
				expect(t, r, RoundTripData, Pass)
				expect(t, r, RoundTripBase, Pass)
				expect(t, r, LogDetInverse, Fail)
				expect(t, r, LogDetForward, Fail)
				expect(t, r, Preprocessing, Pass)
				x := expect(t, r, Integral, Fail)
				if name == "constant" {
					near(t, "the integral", x.Value, 1.0513, 0.01)
				}
				if r.Verdict() != Fail || !strings.Contains(fmt.Sprint(r.Failed()), Integral) {
					t.Errorf("%s, failed: %v", r.Verdict(), r.Failed())
				}
			})
		}
	}
}

// Only one direction's log-determinant is wrong: the check of that direction says so.
func TestAWrongForwardLogDetFails(t *testing.T) {
	m := example(t, "realnvp", 3, 0, model.Float32)
	m.Flow.Transform = altered{Bijection: m.Flow.Transform, forward: func(_ *graph.Builder, _, x, l graph.Value) (graph.Value, graph.Value) {
		return x, graph.Offset(l, 1e-3)
	}}
	r := report(t, m, drawn(t, m, 200, 4))
	expect(t, r, LogDetInverse, Pass)
	expect(t, r, LogDetForward, Fail)
	expect(t, r, Integral, Pass)
}

// An inverse that is off by a thousandth is within float32's bound and a mistake all the same: float64 tells.
func TestAWrongInverseFails(t *testing.T) {
	m := example(t, "maf", 2, 0, model.Float32)
	m.Flow.Transform = altered{Bijection: m.Flow.Transform, inverse: func(_ *graph.Builder, _, u, l graph.Value) (graph.Value, graph.Value) {
		return graph.Offset(u, 1e-4), l
	}}
	r := report(t, m, drawn(t, m, 200, 4))
	x := expect(t, r, RoundTripData, Fail)
	expect(t, r, RoundTripBase, Fail)
	if !(x.Value < x.Bound) {
		t.Errorf("%g is not within %g: this is no test of float64", x.Value, x.Bound)
	}
	expect(t, r, LogDetInverse, Pass)
}

// A map that squeezes and stretches again loses digits in float32 alone: a warning, or a failure where nothing is left.
func TestRoundingIsToldFromMistakes(t *testing.T) {
	for _, c := range []struct {
		logScale float64
		want     Verdict
	}{{11, Warn}, {14, Fail}} {
		m := example(t, "nice", 2, 0, model.Float32)
		// x = (v − 1)·e^s with v = u·e^(−s) + 1
		m.Flow.Transform = altered{
			Bijection: bijection.Chain{},
			forward: func(_ *graph.Builder, u, _, _ graph.Value) (graph.Value, graph.Value) {
				v := graph.Offset(graph.Mul(u, expOf(u, -c.logScale)), 1)
				return graph.Mul(graph.Offset(v, -1), expOf(u, c.logScale)), graph.Scale(graph.Sum(u), 0)
			},
			inverse: func(_ *graph.Builder, x, _, _ graph.Value) (graph.Value, graph.Value) {
				return x, graph.Scale(graph.Sum(x), 0)
			},
		}
		r := report(t, m, drawn(t, m, 500, 4))
		x := expect(t, r, RoundTripBase, c.want)
		if !strings.Contains(x.Text, "not in float64") && !strings.Contains(x.Text, "none in float64") {
			t.Error(x.Text)
		}
	}
}

// expOf is a constant that the graph's simplification cannot see through.
func expOf(u graph.Value, s float64) graph.Value {
	return graph.Exp(graph.Offset(graph.Scale(u, 1e-30), s))
}

func TestAMapThatBreaksFails(t *testing.T) {
	m := example(t, "maf", 2, 0, model.Float32)
	m.Flow.Transform = altered{Bijection: m.Flow.Transform, inverse: func(_ *graph.Builder, x, u, l graph.Value) (graph.Value, graph.Value) {
		bad := graph.Log(graph.Offset(graph.Sum(x), 2)) // not a number where the columns add up to less than −2
		return u, graph.Add(l, graph.Scale(bad, 1e-30))
	}}
	rows := drawn(t, m, 500, 4)
	r := report(t, m, rows)
	x := expect(t, r, Finite, Fail)
	if !strings.Contains(x.Text, "NaN") {
		t.Error(x.Text)
	}
	expect(t, r, LogDetInverse, Fail)
}

func TestWithoutATable(t *testing.T) {
	m := example(t, "nsf-ar", 3, 0, model.Float32)
	r := report(t, m, Rows{})
	expect(t, r, Finite, Inconclusive)
	expect(t, r, PIT, Inconclusive)
	for _, name := range []string{RoundTripData, RoundTripBase, LogDetInverse, LogDetForward, Preprocessing, Integral} {
		expect(t, r, name, Pass)
	}
	if r.Verdict() != Pass {
		t.Error(r.Verdict())
	}
}

func TestManyColumnsAreNotIntegrated(t *testing.T) {
	m := example(t, "maf", 7, 0, model.Float32)
	r := report(t, m, drawn(t, m, 300, 1))
	x := expect(t, r, Integral, Inconclusive)
	if !strings.Contains(x.Text, "7 columns") {
		t.Error(x.Text)
	}
	expect(t, r, LogDetForward, Pass)
}

// A brief check asks what takes no time, and says it in a line.
func TestBrief(t *testing.T) {
	m := example(t, "maf", 3, 1, model.Float32)
	rows := drawn(t, m, 1000, 1)
	r, err := Brief(t.Context(), m, rows)
	must(t, err)
	if line := r.Line(); !strings.HasPrefix(line, "pass (round trip x→u→x ") || strings.Contains(line, "\n") || strings.Contains(line, "NaN") {
		t.Errorf("%q", line)
	}
	if _, ok := r.Result(Integral); ok || len(r.Results) != 6 {
		t.Errorf("%+v", r)
	}
	if _, err := Brief(t.Context(), m, Rows{X: rows.X}); !errors.Is(err, fault.ErrContext) {
		t.Errorf("without its context: %v", err)
	}
	free := example(t, "maf", 3, 0, model.Float32)
	if r, err = Brief(t.Context(), free, Rows{}); err != nil || r.Verdict() != Pass {
		t.Errorf("without rows: %+v, %v", r, err)
	}
	m.Flow.Transform = lying(m.Flow.Transform, func(b *graph.Builder, _ graph.Value) graph.Value { return b.Scalar(0.01) })
	r, err = Brief(t.Context(), m, rows)
	must(t, err)
	if line := r.Line(); !strings.HasPrefix(line, "fail (") || !strings.Contains(line, "log-det of x→u: at 4 of 4 rows") {
		t.Errorf("%q", line)
	}
}

func TestBadCalls(t *testing.T) {
	m, given := example(t, "maf", 2, 0, model.Float32), example(t, "maf", 2, 1, model.Float32)
	x, c := matrix.New[float64](5, 2), matrix.New[float64](5, 1)
	for name, test := range map[string]struct {
		m    *model.Model
		rows Rows
		o    Options
		want error
		text string
	}{
		"columns":             {m, Rows{X: c}, Options{}, fault.ErrShape, "rows of 1 columns, the model has 2"},
		"context where none":  {m, Rows{x, c}, Options{}, fault.ErrContext, "no context"},
		"no context":          {given, Rows{X: x}, Options{}, fault.ErrContext, "0×0, the model needs 5×1"},
		"context, no table":   {given, Rows{}, Options{}, fault.ErrContext, "give some"},
		"negative draws":      {m, Rows{}, Options{Draws: -1}, fault.ErrConfig, "Draws: -1"},
		"negative threads":    {m, Rows{}, Options{Threads: -1}, fault.ErrConfig, "Threads"},
		"a matrix that lacks": {m, Rows{X: matrix.Matrix[float64]{Rows: 3, Cols: 2, Stride: 2}}, Options{}, fault.ErrShape, ""},
	} {
		if _, err := Model(t.Context(), test.m, test.rows, test.o); !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v; want %v, %q", name, err, test.want, test.text)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Model(ctx, m, Rows{}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ended: %v", err)
	}
}

// A density of positive numbers, of parts and of angles is checked in its own units; of whole numbers in the flow's.
func TestPreprocessedColumns(t *testing.T) {
	m := example(t, "nsf-ar", 3, 0, model.Float32)
	m.Columns = []model.Column{
		{Name: "positive", Mean: 1, Std: 0.5, Steps: []data.Step{{Kind: data.Log}}},
		{Name: "part", Mean: 0, Std: 1, Steps: []data.Step{{Kind: data.Logit, Low: 0, High: 1}}},
		{Name: "angle", Mean: 0, Std: 0.5, Steps: []data.Step{{Kind: data.Circular, Period: 360, Cut: 200}}},
	}
	r := report(t, m, drawn(t, m, 1000, 3))
	for _, x := range r.Results {
		expect(t, r, x.Name, Pass)
	}
	m.Columns[2] = model.Column{Name: "whole", Mean: 5, Std: 4, Steps: []data.Step{{Kind: data.Dequantize, Width: 1}}}
	r = report(t, m, drawn(t, m, 1000, 3))
	expect(t, r, Preprocessing, Inconclusive)
	expect(t, r, PIT, Pass)
	if x := expect(t, r, Integral, Pass); !strings.Contains(x.Text, "before dequantization") {
		t.Error(x.Text)
	}
}

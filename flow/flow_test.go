package flow_test

import (
	"context"
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
	"diffeo/internal/tolerance"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/ref"
	"diffeo/scalar"
)

// A mistake says in which part it is, and keeps the kind of error that the part gave.
func TestBindErrors(t *testing.T) {
	base, chain := dist.StandardNormal{Dim: 3}, bijection.Chain{}
	for _, c := range []struct {
		name string
		f    flow.Flow
		kind error
		say  string
	}{
		{"nothing", flow.Flow{}, fault.ErrConfig, "a flow needs a base"},
		{"no base", flow.Flow{Transform: chain}, fault.ErrConfig, "a flow needs a base"},
		{"no transform", flow.Flow{Base: base}, fault.ErrConfig, "a flow needs a base"},
		{"negative context", flow.Flow{Base: base, Transform: chain, Context: -1}, fault.ErrConfig, "not negative"},
		{"bad base", flow.Flow{Base: dist.StandardNormal{}, Transform: chain}, nil, "base: "},
		{"bad transform", flow.Flow{Base: base, Transform: bijection.Permute{Order: []int{0, 0, 1}}}, nil, "transform: "},
		{"a transform of other columns", flow.Flow{Base: base, Transform: bijection.Permute{Order: []int{0, 1}}}, nil, "transform: "},
		{"two parameters of one name", flow.Flow{Base: base, Transform: twice{}}, fault.ErrConfig, `"transform.theta"`},
	} {
		b, err := c.f.Bind()
		if b != nil || err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v, want %q", c.name, err, c.say)
		}
		if c.kind != nil && !errors.Is(err, c.kind) || !errors.Is(err, fault.ErrConfig) && !errors.Is(err, fault.ErrShape) {
			t.Errorf("%s: %v is of no kind, or of the wrong one", c.name, err)
		}
	}
}

// twice declares a name twice, as a map with a mistake might.
type twice struct{}

func (twice) Bind(s *param.Scope, base, cond graph.Shape) (bijection.Bound, error) {
	s.Param("theta", param.Constant(0), 1)
	s.Param("theta", param.Constant(0), 1)
	return bijection.Chain{}.Bind(s, base, cond)
}

// Names begin with the part that declares them, and the condition reaches the transform.
func TestBind(t *testing.T) {
	f := flow.Flow{Base: dist.DiagonalNormal{Dim: 2}, Transform: bijection.Coupling{Net: nn.MLP{Hidden: []int{3}}}, Context: 4}
	b, err := f.Bind()
	if err != nil {
		t.Fatal(err)
	}
	if !b.Cond.Equal(graph.Shape{4}) || !b.Transform.DataShape().Equal(graph.Shape{2}) {
		t.Errorf("condition %v, data %v", b.Cond, b.Transform.DataShape())
	}
	parts := map[string]int{}
	for _, s := range b.Specs {
		part, _, _ := strings.Cut(s.Name, ".")
		parts[part]++
	}
	if len(parts) != 2 || parts["base"] != 2 || parts["transform"] == 0 {
		t.Errorf("parameters by part: %v", parts)
	}
	f.Context = 0
	if b, err = f.Bind(); err != nil || b.Cond != nil {
		t.Errorf("without a condition: %v, %v", b.Cond, err)
	}
}

// The textbook's asymmetric example holds the direction: x = exp(u), u ~ N(0,1), is log-normal,
// log p(x) = −½ (log x)² − ½ log 2π − log x, whichever way it is computed; outside of x > 0 there is nothing.
func TestLogNormal(t *testing.T) {
	f, err := flow.Flow{Base: dist.StandardNormal{Dim: 1}, Transform: bijection.Static{Map: scalar.Exp{}}}.Bind()
	if err != nil {
		t.Fatal(err)
	}
	logNormal := func(x float64) float64 {
		if x <= 0 {
			return math.Inf(-1)
		}
		l := math.Log(x)
		return -l*l/2 - math.Log(2*math.Pi)/2 - l
	}
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		b.Output("l", f.LogProb(b, b.Input("x", 1), graph.Value{}))
		x, l := f.Sample(b, b.SharedInput("key", graph.Uint32, 2), 3, graph.Value{})
		b.Output("drawn", x)
		b.Output("drawn.l", l)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	xs := []float64{-1, 0, 0.1, 0.5, 1, 3, 20}
	r, err := ref.Run(context.Background(), g, ref.Call{Rows: len(xs), Inputs: map[string][]float64{"x": xs, "key": {1, 2}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what   string
		x, got []float64
		n      int
	}{{"LogProb", xs, r.Outputs["l"], len(xs)}, {"Sample", r.Outputs["drawn"], r.Outputs["drawn.l"], 3 * len(xs)}} {
		if len(c.x) != c.n {
			t.Fatalf("%s: %d points, want %d", c.what, len(c.x), c.n)
		}
		want := make([]float64, len(c.x))
		for i, x := range c.x {
			want[i] = logNormal(x)
		}
		if err := tolerance.Compare(c.got, want, tolerance.Float64.LogDet); err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	if xs := slices.Compact(slices.Sorted(slices.Values(r.Outputs["drawn"]))); len(xs) != 21 {
		t.Errorf("21 draws are %d different numbers", len(xs))
	}
}

// Only a map that asks for data has a start, and the graph of a flow without one changes nothing.
func TestStartGraph(t *testing.T) {
	for _, c := range []struct {
		name    string
		m       bijection.Bijection
		context int
		updates bool
	}{
		{"nothing asks", bijection.Static{}, 0, false},
		{"a norm", bijection.ActNorm{}, 0, true},
		{"a norm in a chain under a condition", bijection.Chain{Transforms: []bijection.Bijection{bijection.ActNorm{}, bijection.Coupling{}}}, 2, true},
	} {
		b, err := flow.Flow{Base: dist.StandardNormal{Dim: 2}, Transform: c.m, Context: c.context}.Bind()
		if err != nil {
			t.Fatal(err)
		}
		g, err := b.StartGraph()
		if err != nil || len(g.Updates) > 0 != c.updates {
			t.Errorf("%s: %d updates, %v", c.name, len(g.Updates), err)
		}
	}
}

package scalar_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/param"
	"diffeo/ref"
	"diffeo/scalar"
)

func TestBadNetworks(t *testing.T) {
	for _, c := range []struct {
		m    scalar.Map
		want string
	}{
		{scalar.MonotonicMLP{Signal: -1}, "signal of -1"},
		{scalar.MonotonicMLP{Hidden: []int{4, 0}}, "hidden layer 1"},
		{scalar.MonotonicMLP{Reach: -1}, "reach"},
		{scalar.UnconstrainedMonotonic{Signal: 1001}, "signal of 1001"},
		{scalar.UnconstrainedMonotonic{Hidden: []int{-2}}, "hidden layer 0"},
		{scalar.UnconstrainedMonotonic{Nodes: 1}, "1 nodes"},
		{scalar.UnconstrainedMonotonic{Nodes: 1001}, "1001 nodes"},
		{scalar.UnconstrainedMonotonic{Rule: scalar.GaussLegendre + 1}, "rule 2"},
		{scalar.UnconstrainedMonotonic{Reach: math.NaN()}, "reach"},
	} {
		if _, err := c.m.Bind(param.NewRegistry().Scope(), 2); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want one with %q", c.m, err, c.want)
		}
	}
}

// integrals are the u of a map at x, with its first weights and signals of order one.
func integrals(t *testing.T, m scalar.UnconstrainedMonotonic, x []float64) []float64 {
	t.Helper()
	r := param.NewRegistry()
	f, err := m.Bind(r.Scope(), 1)
	if err != nil {
		t.Fatal(err)
	}
	specs, err := r.Specs()
	if err != nil {
		t.Fatal(err)
	}
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		u, _ := f.Inverse(b, b.Input("x", 1), b.Param("theta", f.Params(), 1))
		b.Output("u", u)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	in, set := map[string][]float64{"x": x}, param.New(specs, 3)
	for _, s := range specs {
		in[s.Name] = set.Data(s.Name)
		if strings.HasPrefix(s.Name, "layers.2") { // as large as the others, as they are after training
			for i := range in[s.Name] {
				in[s.Name][i] *= 100
			}
		}
	}
	theta := make([]float64, f.Params())
	for i := range theta {
		theta[i] = math.Sin(float64(3 * i))
	}
	in["theta"] = theta
	out, err := engine.Ref(t.Context(), g, ref.Call{Rows: len(x), Inputs: in})
	if err != nil {
		t.Fatal(err)
	}
	return out.Outputs["u"]
}

// The error of the quadrature is what the comment of UnconstrainedMonotonic says: measured against 400 nodes.
func TestQuadratureError(t *testing.T) {
	var x []float64
	for v := -5.0; v <= 5; v += 0.25 {
		x = append(x, v)
	}
	for _, c := range []struct {
		name        string
		m           scalar.UnconstrainedMonotonic
		least, most float64
	}{
		{"Clenshaw–Curtis, tanh", scalar.UnconstrainedMonotonic{}, 0, 1e-7},
		{"Gauss–Legendre, tanh", scalar.UnconstrainedMonotonic{Rule: scalar.GaussLegendre}, 0, 1e-7},
		{"Clenshaw–Curtis, tanh, few nodes", scalar.UnconstrainedMonotonic{Nodes: 6}, 1e-8, 0.1},
		{"Clenshaw–Curtis, ELU", scalar.UnconstrainedMonotonic{ELU: true}, 1e-8, 1e-3},
	} {
		fine := c.m
		fine.Nodes, fine.Rule = 400, scalar.GaussLegendre
		u, exact, worst := integrals(t, c.m, x), integrals(t, fine, x), 0.0
		for i := range u {
			worst = math.Max(worst, math.Abs(u[i]-exact[i]))
		}
		t.Logf("%s: %.1e", c.name, worst)
		if !(worst >= c.least && worst <= c.most) {
			t.Errorf("%s: the error is %.2g, not between %g and %g", c.name, worst, c.least, c.most)
		}
	}
}

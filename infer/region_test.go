package infer

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/ref"
)

// inside are the regions of the table, and the number of columns of their tests.
var inside = map[string]func(x []float64) bool{
	"real":     func([]float64) bool { return true },
	"positive": func(x []float64) bool { return slices.Min(x) > 0 },
	"interval": func(x []float64) bool { return slices.Min(x) > -2 && slices.Max(x) < 5 },
	"ordered":  func(x []float64) bool { return slices.IsSorted(x) },
	"simplex": func(x []float64) bool {
		sum := 0.0
		for _, v := range x {
			sum += v
		}
		return slices.Min(x) > 0 && sum < 1
	},
}

// through sends points through a region's map and back.
func through(t *testing.T, list []Constraint, u []float64) (x, logDet, back []float64) {
	t.Helper()
	region, err := Region(list...)
	must(t, err)
	d := 0
	for _, c := range list {
		d += c.Columns
	}
	r := param.NewRegistry()
	bound, err := region.Bind(r.Scope(), graph.Shape{d}, nil)
	must(t, err)
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		x, l := bound.Forward(b, b.Input("u", d), graph.Value{})
		back, _ := bound.Inverse(b, x, graph.Value{})
		b.Output("x", x)
		b.Output("l", graph.OnRows(l, 1))
		b.Output("back", back)
		return nil
	})
	must(t, err)
	out, err := ref.Run(context.Background(), g, ref.Call{Rows: len(u) / d, Inputs: map[string][]float64{"u": u}})
	must(t, err)
	return out.Outputs["x"], out.Outputs["l"], out.Outputs["back"]
}

// Every constraint of the table leads into its region and back, alone and beside others, and its log-determinant is that of its differences.
func TestConstraints(t *testing.T) {
	names, what := Constraints()
	if len(names) != len(inside) || len(what) != len(names) {
		t.Fatalf("%v have %d regions", names, len(inside))
	}
	rng := rand.New(rand.NewPCG(1, 9))
	for _, name := range names {
		c := Constraint{Name: name, Columns: 2}
		if name == "interval" {
			c.Low, c.High = -2, 5
		}
		list := []Constraint{{Name: "positive", Columns: 1}, c, {Name: "real", Columns: 1}}
		const d, h = 4, 1e-5
		for range 20 {
			u := make([]float64, d)
			for i := range u {
				u[i] = 1.5 * rng.NormFloat64()
			}
			x, logDet, back := through(t, list, u)
			if !(x[0] > 0) || !inside[name](x[1:3]) || x[3] != u[3] {
				t.Errorf("%s: %v leads to %v", name, u, x)
			}
			for i := range u {
				if math.Abs(back[i]-u[i]) > 1e-8 {
					t.Errorf("%s: %v comes back as %v", name, u, back)
				}
			}
			det := 1.0 // the maps of the table are triangular
			for i := range u {
				moved := slices.Concat(u, u)
				moved[i] += h
				moved[d+i] -= h
				y, _, _ := through(t, list, moved)
				det *= (y[i] - y[d+i]) / (2 * h)
			}
			if math.Abs(math.Log(det)-logDet[0]) > 1e-5 {
				t.Errorf("%s: log-determinant %g, by differences %g", name, logDet[0], math.Log(det))
			}
		}
	}
}

// A list in words is the list, and what is wrong with one is said.
func TestParseConstraints(t *testing.T) {
	got, err := ParseConstraints("real:2 positive  interval(-1,1.5):3 interval simplex:4 ordered:2")
	must(t, err)
	if want := []Constraint{{Name: "real", Columns: 2}, {Name: "positive", Columns: 1}, {"interval", 3, -1, 1.5}, {Name: "interval", Columns: 1}, {Name: "simplex", Columns: 4},
		{Name: "ordered", Columns: 2}}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	for text, say := range map[string]string{
		"":                  "a region of no columns",
		"negative":          `there is no constraint "negative"; choose among real, positive, interval, ordered, simplex`,
		"real:0":            "of 0 columns",
		"real:two":          `"two" is no number of columns`,
		"interval(1,0)":     "from 1 to 0",
		"interval(1)":       "not two numbers in brackets",
		"interval(0,inf)":   "from 0 to +Inf",
		"interval(0,nan)":   "from 0 to NaN",
		"interval(0,0)":     "its ends are equal",
		"interval(0,1":      "not two numbers in brackets",
		"positive(0,1)":     "constraint positive has no ends",
		"real:2 interval(a": "not two numbers in brackets",
	} {
		if _, err := ParseConstraints(text); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), say) {
			t.Errorf("%q: %v, want %q", text, err, say)
		}
	}
}

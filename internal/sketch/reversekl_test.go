package sketch

import (
	"context"
	"errors"
	"hash/fnv"
	"math"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/internal/philox"
	"diffeo/ref"
)

// stream is the number of a named random stream.
func stream(name string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return h.Sum32()
}

func TestReverseKL(t *testing.T) {
	b := open(t, find(t, "reverse KL"))
	b.gradients("loss", "grad ", 1e-9)

	// The draws are the generator's, and log q is the density of x = T(u): log N(u) less the log-determinant seen by differences in
	// the graph of the same layers with u as an input.
	u := b.out("u")
	for r := range b.rows {
		for i := range 2 {
			want := philox.Normal([2]uint32{uint32(b.in["key"][0]), uint32(b.in["key"][1])}, stream("base"), uint64(r), i)
			near(t, "u", u[2*r+i:2*r+i+1], []float64{want}, 0)
		}
	}
	given := open(t, Sketch{Rows: b.rows, Build: func(g *graph.Builder) error {
		x, _ := couple(g, "first", g.Input("u", 2), false)
		x, _ = couple(g, "second", reverse(x), false)
		g.Output("x", graph.Add(graph.Mul(x, graph.Exp(g.Param("log-scale", 2))), g.Param("shift", 2)))
		return nil
	}})
	for name := range given.in {
		if name != "u" {
			given.in[name] = b.in[name]
		}
	}
	given.in["u"] = u
	near(t, "x", b.out("forward"), given.out("x"), 0)
	want := given.logDets("u", "x")
	for r := range want {
		want[r] = -(u[2*r]*u[2*r]+u[2*r+1]*u[2*r+1])/2 - math.Log(2*math.Pi) - want[r]
	}
	near(t, "log q", b.out("log q"), want, 1e-9)

	// The loss is the mean of log q − log p̃ by a loop in Go.
	x, sum := b.out("forward"), 0.
	for r, l := range want {
		p, err := Banana(x[2*r:2*r+2], make([]float64, 2))
		if err != nil {
			t.Fatal(err)
		}
		sum += (l - p) / float64(b.rows)
	}
	near(t, "loss", b.out("loss"), []float64{sum}, 1e-9)
}

// A failing, panicking or non-finite log-density ends the run with an error that names it.
func TestHostFailures(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		f    LogDensity
		says string
		is   error
	}{
		"error":      {func(_, _ []float64) (float64, error) { return 0, broken }, "banana at row 0", broken},
		"panic":      {func(x, _ []float64) (float64, error) { return x[7], nil }, "banana panicked", nil},
		"not finite": {func(_, _ []float64) (float64, error) { return math.NaN(), nil }, "banana returned NaN", fault.ErrNonFinite},
		"gradient":   {func(_, g []float64) (float64, error) { g[1] = math.Inf(1); return 0, nil }, "banana returned +Inf", fault.ErrNonFinite},
	} {
		s := find(t, "reverse KL")
		s.Build = reverseKL(c.f)
		b := open(t, s)
		_, err := ref.Run(context.Background(), b.g, ref.Call{Rows: b.rows, Inputs: b.in})
		if err == nil || !strings.Contains(err.Error(), c.says) || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// A second derivative through the host is refused, not wrong.
func TestHostHasNoSecondDerivative(t *testing.T) {
	_, err := graph.Build(graph.Train, func(b *graph.Builder) error {
		x := b.Input("x", 2)
		first := graph.Gradient(graph.HostLogDensity("banana", x, Banana), x)[0]
		graph.Gradient(graph.Sum(graph.Square(first)), x)
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "first derivative only") {
		t.Errorf("error %v", err)
	}
}

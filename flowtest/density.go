package flowtest

import (
	"math"
	"slices"
	"testing"

	"diffeo/dist"
	"diffeo/graph"
)

// density is what distributions and flows have in common.
type density struct {
	dim     int
	support []dist.Interval // of each column
	logProb func(b *graph.Builder, x, cond graph.Value) graph.Value
	sample  func(b *graph.Builder, key graph.Value, lanes int, cond graph.Value) (x, logProb graph.Value)
}

// draws is the number of samples of a statistical test. Its statistics must lie within fiveSigma standard errors, which a right sampler
// misses for one in 1.7 million; six statistics, a few conditions and the fixed seed make a false alarm a matter of the seed chosen, below
// one in 10⁵, and never of the run.
const (
	draws     = 10000
	fiveSigma = 5
)

// quadratureError bounds what lies beyond the box and what the cells are too coarse for; a wrong log-determinant errs by far more.
const quadratureError = 1e-3

// densitySuite tests a density at a subject that holds points x and conditions c.
func densitySuite(t *testing.T, s *subject, d density) {
	logProb := func(b *graph.Builder, in map[string]graph.Value) graph.Value { return d.logProb(b, in["x"], in["c"]) }
	t.Run("gradients", func(t *testing.T) { s.gradients(t, "log-density", logProb) })
	t.Run("wild points", func(t *testing.T) { wildDensity(t, s, d) })
	t.Run("draws", func(t *testing.T) { drawing(t, s, d) })
	if d.dim <= 2 {
		t.Run("integral and samples", func(t *testing.T) { integral(t, s.calm(), d) })
	}
}

// wildDensity: a log-density is never NaN or +Inf, wherever the point.
func wildDensity(t *testing.T, s *subject, d density) {
	g := s.build(func(b *graph.Builder, in map[string]graph.Value, out func(string, graph.Value)) {
		out("l", d.logProb(b, in["x"], in["c"]))
	})
	points := slices.Clone(wild)
	for _, in := range d.support {
		points = append(points, in.Low, in.High)
	}
	for _, w := range points {
		for j := -1; j < d.dim; j++ {
			x := slices.Clone(s.values["x"])
			for i := range x {
				if j < 0 || i%d.dim == j {
					x[i] = w
				}
			}
			l := s.run(s.o.Engine, g, map[string][]float64{"x": x})["l"]
			noNaN(t, "log-density of a wild point", l)
			if slices.Max(l) > 1e5 {
				t.Errorf("log-density %g with %g in column %d (−1: all)", slices.Max(l), w, j)
			}
		}
	}
}

// drawing: groups of draws have log-densities equal to those that scoring gives them, under their own row's condition; equal
// keys give equal draws, other keys and other lanes other draws.
func drawing(t *testing.T, s *subject, d density) {
	const lanes = 3
	build := func(b *graph.Builder, in map[string]graph.Value) (x, l, again graph.Value) {
		x, l = d.sample(b, keyInput(b), lanes, in["c"])
		cond := in["c"]
		if cond.Valid() {
			cond = graph.SpreadRows(cond, lanes)
		}
		return x, l, d.logProb(b, x, cond)
	}
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		in := map[string]graph.Value{}
		if c, ok := s.shape["c"]; ok {
			in["c"] = b.Input("c", c...)
		} else {
			b.Input("x", d.dim)
		}
		x, l, again := build(b, in)
		if l.Type().Rows != lanes || x.Type().Rows != lanes || !x.Shape().Equal(graph.Shape{d.dim}) {
			t.Errorf("draws are %s with log-densities %s; want %d lanes of [%d] and []", x.Type(), l.Type(), lanes, d.dim)
		}
		b.Output("x", x)
		b.Output("l", l)
		b.Output("again", again)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	one := s.run(s.o.Engine, g, map[string][]float64{"key": key(7)})
	allFinite(t, "draws", one["x"])
	allFinite(t, "log-densities of draws", one["l"])
	near(t, "log-density given with a draw, against that of scoring it", one["l"], one["again"], s.tolerance().value*10)
	if same := s.run(s.o.Engine, g, map[string][]float64{"key": key(7)}); !slices.Equal(same["x"], one["x"]) {
		t.Error("equal keys give other draws")
	}
	if other := s.run(s.o.Engine, g, map[string][]float64{"key": key(8)}); slices.Equal(other["x"], one["x"]) {
		t.Error("another key gives the same draws")
	}
	if slices.Equal(one["x"][:d.dim], one["x"][d.dim:2*d.dim]) {
		t.Error("the draws of one row are equal")
	}
}

// integral: the density integrates to 1 under every condition of the subject's first rows, and the means of bounded functions under it are
// those of samples.
func integral(t *testing.T, s *subject, d density) {
	g := s.build(func(b *graph.Builder, in map[string]graph.Value, out func(string, graph.Value)) {
		out("l", d.logProb(b, in["x"], in["c"]))
	})
	sampler, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		var cond graph.Value
		if c, ok := s.shape["c"]; ok {
			cond = b.Input("c", c...)
		}
		y, _ := d.sample(b, keyInput(b), 1, cond)
		b.Output("x", y)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	conditions := 1
	if s.o.Context > 0 {
		conditions = 2
	}
	for r := range conditions {
		in, forDraws := map[string][]float64{}, map[string][]float64{"key": key(s.o.Seed)}
		k := s.o.Context
		if k > 0 {
			forDraws["c"] = slices.Repeat(s.values["c"][r*k:(r+1)*k], draws)
		}
		y := s.runRows(s.o.Engine, sampler, draws, forDraws)["x"]
		q := around(y, d.support)
		var total float64
		var mean, variance []float64
		for _, finer := range []int{1, 4, 10} { // splines with random parameters have narrow peaks
			x, n, volume := q.points(finer)
			in["x"] = x
			if k > 0 {
				in["c"] = slices.Repeat(s.values["c"][r*k:(r+1)*k], n)
			}
			total, mean, variance = q.means(x, s.runRows(s.o.Engine, g, n, in)["l"], volume)
			if math.Abs(total-1) <= quadratureError {
				break
			}
		}
		if !(math.Abs(total-1) <= quadratureError) {
			t.Errorf("the density integrates to %.9g under condition %d", total, r)
		}
		got := make([]float64, len(mean))
		for i := range draws {
			for k, v := range waveValues(y[i*d.dim : (i+1)*d.dim]) {
				got[k] += v / draws
			}
		}
		for k, v := range got {
			if e := math.Sqrt(variance[k] / draws); !(math.Abs(v-mean[k]) <= fiveSigma*e) {
				t.Errorf("condition %d: test function %d has mean %.5f over the samples and %.5f under the density (standard error %.5f)", r, k, v, mean[k], e)
			}
		}
	}
}

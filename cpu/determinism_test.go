package cpu_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"diffeo/cpu"
	"diffeo/cpu/internal/simd"
	"diffeo/graph"
	"diffeo/matrix"
	"diffeo/param"
	"diffeo/recipe"
	"diffeo/ref"
)

// model is a bound flow: its parameters and what it writes into graphs.
type model struct {
	Specs   []param.Spec
	LogProb func(b *graph.Builder, x, cond graph.Value) graph.Value
	Sample  func(b *graph.Builder, key graph.Value, n int, cond graph.Value) (x, logProb graph.Value)
}

// boundFlow is a small flow of a recipe with weights that are far from the identity.
func boundFlow(t testing.TB, name string, dim, cond int) (model, map[string][]float64) {
	t.Helper()
	return boundConfig(t, name, sized(name, dim, cond))
}

// searching are the recipes whose maps are long sums or quadratures, and search for their inverse.
var searching = map[string]bool{"bnaf": true, "bpf": true, "gf": true, "naf": true, "sospf": true, "unaf": true}

// sized is a small configuration of a recipe; smaller still where graphs are long, as those of maps are that have to search for their inverse.
func sized(name string, dim, cond int) recipe.Config {
	c := recipe.Config{Dim: dim, Context: cond, Transforms: 2, Hidden: []int{33, 17}}
	switch name { // those whose graphs are long, or whose networks have layers of one size
	case "bnaf":
		c.Transforms, c.Hidden = 1, []int{6, 6}
	case "bpf", "gf", "naf", "sospf":
		c.Transforms, c.Hidden = 1, []int{9}
	case "unaf":
		c.Transforms, c.Hidden, c.Signal = 1, []int{4}, 1
	}
	return c
}

// boundConfig is a flow of a recipe with weights that are far from the identity.
func boundConfig(t testing.TB, name string, c recipe.Config) (model, map[string][]float64) {
	t.Helper()
	f, err := recipe.New(name, c)
	if err != nil {
		t.Fatal(err)
	}
	bound, err := f.Bind()
	if err != nil {
		t.Fatal(err)
	}
	set, weights := param.New(bound.Specs, 1), map[string][]float64{}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range bound.Specs {
		w := append([]float64(nil), set.Data(s.Name)...)
		for i := range w {
			w[i] = float64(float32(w[i] + 0.1*rng.NormFloat64()))
		}
		weights[s.Name] = w
	}
	return model{bound.Specs, bound.LogProb, bound.Sample}, weights
}

// normals are n standard normal numbers that both number types hold.
func normals(seed uint64, n int) []float64 {
	rng := rand.New(rand.NewPCG(seed, 5))
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(float32(rng.NormFloat64()))
	}
	return x
}

// trainer is the program of a training step with Adam and its state.
func trainer[T matrix.Float](t testing.TB, name string, o cpu.Options, rows int) (*cpu.Program[T], *cpu.Args[T]) {
	t.Helper()
	const dim = 5
	bound, weights := boundFlow(t, name, dim, 2)
	g := build(t, func(b *graph.Builder) {
		x, c := b.Input("x", dim), b.Input("c", 2)
		loss := graph.Neg(graph.MeanRows(bound.LogProb(b, x, c)))
		b.Output("loss", loss)
		var ps []graph.Value
		for _, s := range bound.Specs {
			ps = append(ps, b.Param(s.Name, s.Shape...))
		}
		for i, d := range graph.Gradient(loss, ps...) {
			adamOf(b, ps[i], d, b.SharedInput("rate", graph.Float))
		}
	})
	p := compile[T](t, g, o)
	a := p.NewArgs()
	a.Rows = rows
	for i, n := range g.Inputs {
		name := string(n.Attr.(graph.Name))
		data := weights[name]
		switch {
		case name == "x":
			data = normals(1, rows*dim)
		case name == "c":
			data = normals(2, rows*2)
		case name == "rate":
			data = []float64{1e-2}
		case data == nil: // a moment
			data = make([]float64, n.Out[0].Shape.Size())
		}
		for _, v := range data {
			a.In[i].Data = append(a.In[i].Data, T(v))
		}
	}
	a.Out[0].Data = make([]T, 1)
	return p, &a
}

// bits is a digest of all numbers of a state.
func bits[T matrix.Float](a *cpu.Args[T]) (sum uint64) {
	for _, in := range a.In {
		for _, v := range in.Data {
			sum = sum*0x9E3779B97F4A7C15 + math.Float64bits(float64(v))
		}
	}
	return sum
}

// One seed gives the same parameters, bit for bit, with any number of threads: training for 30 steps multiplies the smallest difference.
func TestThreadsDoNotMatter(t *testing.T) {
	for _, name := range recipe.Names() {
		var want uint64
		var loss float32
		for _, threads := range []int{1, 2, 4} {
			p, a := trainer[float32](t, name, cpu.Options{Threads: threads, TileRows: 16}, 200)
			for range 30 {
				if err := p.Run(context.Background(), a); err != nil {
					t.Fatal(err)
				}
			}
			if threads == 1 {
				want, loss = bits(a), a.Out[0].Data[0]
			}
			if got := bits(a); got != want || a.Out[0].Data[0] != loss {
				t.Errorf("%s: %d threads end at a loss of %g and other weights, one at %g", name, threads, a.Out[0].Data[0], loss)
			}
		}
		if math.IsNaN(float64(loss)) {
			t.Errorf("%s: the loss is %g", name, loss)
		}
	}
}

// A row's log-density has the same bits alone, among two, 300 or 10,000 rows, wherever it stands.
func TestRowsAreIndependent(t *testing.T) {
	for _, level := range simd.Levels() {
		t.Run(level.String(), func(t *testing.T) {
			defer simd.SetLevelForTest(level)()
			for _, name := range recipe.Names() {
				independent[float32](t, name)
				independent[float64](t, name)
			}
		})
	}
}

func independent[T matrix.Float](t *testing.T, name string) {
	const dim = 5
	bound, weights := boundFlow(t, name, dim, 2)
	g := build(t, func(b *graph.Builder) { b.Output("lp", bound.LogProb(b, b.Input("x", dim), b.Input("c", 2))) })
	p := compile[T](t, g, cpu.Options{Threads: 2})
	frozen := compile[T](t, g, cpu.Options{Frozen: true})
	scoreBy := func(p *cpu.Program[T], rows int, first int) []float64 { // of the rows numbered from first on, around 300
		call := ref.Call{Rows: rows, Inputs: map[string][]float64{}}
		for k, v := range weights {
			call.Inputs[k] = v
		}
		x, c := normals(1, 300*dim), normals(2, 300*2)
		for r := range rows {
			k := (first + r) % 300
			call.Inputs["x"] = append(call.Inputs["x"], x[k*dim:(k+1)*dim]...)
			call.Inputs["c"] = append(call.Inputs["c"], c[k*2:(k+1)*2]...)
		}
		return mustRun(t, p, g, call).Outputs["lp"]
	}
	score := func(rows, first int) []float64 { return scoreBy(p, rows, first) }
	want := score(300, 0)
	for _, rows := range []int{1, 2, 1, 17} { // with frozen weights a single row runs in one lane
		for r, x := range scoreBy(frozen, rows, 5) {
			if w := want[5+r]; x != w {
				t.Fatalf("%s %T: row %d of %d with frozen weights: %x, among 300 rows %x", name, *new(T), r, rows, x, w)
			}
		}
	}
	many := 10000
	if testing.Short() || searching[name] {
		many = 1000
	}
	all := score(many, 37)
	for r, x := range all {
		if w := want[(37+r)%300]; x != w {
			t.Fatalf("%s %T: row %d of %d: %x, among 300 rows %x", name, *new(T), r, many, x, w)
		}
	}
	for first := 0; first < 300; first += 23 {
		for rows := 1; rows <= 2; rows++ {
			for r, x := range score(rows, first) {
				if w := want[(first+r)%300]; x != w {
					t.Fatalf("%s %T: row %d of %d: %x, among 300 rows %x", name, *new(T), r, rows, x, w)
				}
			}
		}
	}
}

// Random numbers are a function of the row's number: in pieces they are those of one call.
func TestFirstRow(t *testing.T) {
	g := build(t, func(b *graph.Builder) {
		key := b.SharedInput("key", graph.Uint32, 2)
		b.Output("normal", graph.Random(key, graph.Normal, "n", 1, 3))
		b.Output("uniform", graph.Random(key, graph.Uniform01, "u", 2, 2))
		b.Output("sign", graph.Random(key, graph.Rademacher, "r", 3))
		b.Output("shared", graph.Random(key, graph.Normal, "s", 0, 4))
	})
	p := compile[float64](t, g, cpu.Options{Threads: 2, TileRows: 16})
	call := ref.Call{Rows: 100, FirstRow: 1 << 40, Inputs: map[string][]float64{"key": {3, 4}}}
	whole := mustRun(t, p, g, call).Outputs
	for name, want := range reference(t, g, call).Outputs { // whose sines and logarithms are package math's
		for i, x := range whole[name] {
			if d := math.Abs(x - want[i]); !(d <= 1e-14) {
				t.Errorf("%s[%d] is %g, by the interpreter %g", name, i, x, want[i])
			}
		}
	}
	at := 0
	for _, rows := range []int{1, 33, 16, 50} {
		piece := call
		piece.Rows, piece.FirstRow = rows, call.FirstRow+uint64(at)
		got := mustRun(t, p, g, piece).Outputs
		part := map[string][]float64{"shared": whole["shared"]}
		for name, size := range map[string]int{"normal": 3, "uniform": 4, "sign": 3} {
			part[name] = whole[name][at*size : (at+rows)*size]
		}
		same(t, fmt.Sprintf("%d rows from %d on", rows, at), got, part)
		at += rows
	}
}

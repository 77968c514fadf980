package flowtest

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"diffeo/graph"
	"diffeo/param"
	"diffeo/scalar"
)

// subject is a piece under test with the numbers it is tested at: its parameters and per-row inputs.
type subject struct {
	t      testing.TB
	o      Options
	rng    *rand.Rand
	rows   int
	specs  []param.Spec
	names  []string // per-row inputs
	shape  map[string]graph.Shape
	values map[string][]float64 // of parameters and inputs
}

// program is code under test: it reads its inputs and names its results.
type program func(b *graph.Builder, in map[string]graph.Value, out func(name string, v graph.Value))

// newSubject holds the parameters at their first values, moved by normal noise so that nothing is 0 by chance.
func newSubject(t testing.TB, o Options, specs []param.Spec, rows int) *subject {
	t.Helper()
	s := &subject{t: t, o: o, rng: rand.New(rand.NewPCG(o.Seed, 17)), rows: rows, specs: specs,
		shape: map[string]graph.Shape{}, values: map[string][]float64{}}
	set := param.New(specs, o.Seed)
	for _, p := range specs {
		v := slices.Clone(set.Data(p.Name))
		for i := range v {
			v[i] += 0.3 * s.rng.NormFloat64()
		}
		s.values[p.Name] = s.rounded(v)
	}
	return s
}

// calm is the subject with parameters a third as far from their first values: densities that a grid can resolve.
func (s *subject) calm() *subject {
	c := *s
	c.values = maps.Clone(s.values)
	first := param.New(s.specs, s.o.Seed)
	for _, p := range s.specs {
		v := slices.Clone(s.values[p.Name])
		for i, x := range first.Data(p.Name) {
			v[i] = x + (v[i]-x)/3
		}
		c.values[p.Name] = s.rounded(v)
	}
	return &c
}

// declare binds a piece and returns the parameters that it declared.
func declare(t testing.TB, bind func(s *param.Scope) error) []param.Spec {
	t.Helper()
	r := param.NewRegistry()
	if err := bind(r.Scope()); err != nil {
		t.Fatalf("Bind: %v", err)
	}
	specs, err := r.Specs()
	if err != nil {
		t.Fatal(err)
	}
	return specs
}

// input gives a per-row input its values.
func (s *subject) input(name string, data []float64, shape ...int) {
	if !slices.Contains(s.names, name) {
		s.names = append(s.names, name)
	}
	s.shape[name] = shape
	s.values[name] = s.rounded(data)
}

// normals draws rows×n standard normal numbers.
func (s *subject) normals(n int) []float64 {
	x := make([]float64, s.rows*n)
	for i := range x {
		x[i] = s.rng.NormFloat64()
	}
	return x
}

// points draws rows×n numbers inside an interval, not too close to its ends.
func (s *subject) points(n int, in scalar.Interval) []float64 {
	x := s.normals(n)
	for i, z := range x {
		low, high := math.IsInf(in.Low, -1), math.IsInf(in.High, 1)
		switch {
		case !low && !high:
			x[i] = in.Low + (in.High-in.Low)*(0.02+0.96*s.rng.Float64())
		case !low:
			x[i] = in.Low + math.Exp(z)
		case !high:
			x[i] = in.High - math.Exp(z)
		}
	}
	return x
}

// rounded is data as the engine will see it.
func (s *subject) rounded(data []float64) []float64 {
	out := slices.Clone(data)
	if s.o.Float32 {
		for i, x := range out {
			out[i] = float64(float32(x))
		}
	}
	return out
}

// build writes the program into a graph; every result becomes a per-row output unless it is a parameter's gradient.
func (s *subject) build(p program) *graph.Graph {
	s.t.Helper()
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		in := map[string]graph.Value{}
		for _, n := range s.names {
			in[n] = b.Input(n, s.shape[n]...)
		}
		p(b, in, func(name string, v graph.Value) { b.Output(name, graph.OnRows(v, 1)) })
		return nil
	})
	if err != nil {
		s.t.Fatalf("building: %v", err)
	}
	return g
}

// run computes a graph at the subject's values, with some replaced.
func (s *subject) run(e Engine, g *graph.Graph, replace map[string][]float64) map[string][]float64 {
	s.t.Helper()
	return s.runRows(e, g, s.rows, replace)
}

func (s *subject) runRows(e Engine, g *graph.Graph, rows int, replace map[string][]float64) map[string][]float64 {
	s.t.Helper()
	in := maps.Clone(s.values)
	maps.Copy(in, replace)
	out, err := e(g, rows, in)
	if err != nil {
		s.t.Fatalf("running: %v", err)
	}
	return out
}

// runCopies computes a graph at k copies of the subject's rows at once, of which each has another value of one input: change makes that of
// copy i from the subject's. The results are those of all rows of copy 0, of copy 1, and so on.
func (s *subject) runCopies(e Engine, g *graph.Graph, k int, input string, change func(i int, x []float64)) map[string][]float64 {
	s.t.Helper()
	in := map[string][]float64{}
	for _, n := range s.names {
		in[n] = slices.Repeat(s.values[n], k)
	}
	size := len(s.values[input])
	for i := range k {
		change(i, in[input][i*size:(i+1)*size])
	}
	return s.runRows(e, g, s.rows*k, in)
}

// compute builds and runs a program on the interpreter.
func (s *subject) compute(p program) map[string][]float64 {
	s.t.Helper()
	return s.run(Reference, s.build(p), nil)
}

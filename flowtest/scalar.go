package flowtest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"diffeo/graph"
	"diffeo/param"
	"diffeo/scalar"
)

// Scalar proves a scalar map: all that Bijection does with parameters that differ from row to row and their gradients, and that it is
// monotone, near the identity at zero parameters, finite at every finite parameter, inside its codomain, and that a point outside
// the codomain has log-derivative −Inf and finite gradients. Options: Dim, FarFromIdentity.
func Scalar(t *testing.T, m scalar.Map, o Options) {
	o = o.defaults(t)
	var f scalar.Bound
	specs := declare(t, func(s *param.Scope) (err error) {
		f, err = m.Bind(s, o.Dim)
		return err
	})
	s := newSubject(t, o, specs, 6)
	s.input("u", s.points(o.Dim, f.Domain()), o.Dim)
	if f.Params() > 0 {
		s.input("theta", s.normals(f.Params()*o.Dim), f.Params(), o.Dim)
	}
	elementwise := scalarAsMap{f, o.Dim}
	t.Run("map", func(t *testing.T) { scalarSuite(t, s, elementwise) })
	t.Run("monotone", func(t *testing.T) { monotone(t, s, f) })
	t.Run("zero parameters", func(t *testing.T) { nearIdentity(t, s, f) })
	t.Run("wild parameters", func(t *testing.T) { wildParameters(t, s, f) })
	t.Run("codomain", func(t *testing.T) { codomain(t, s, f) })
}

// scalarAsMap turns the columns of a scalar map into a map of vectors; the condition is theta.
type scalarAsMap struct {
	f   scalar.Bound
	dim int
}

func (m scalarAsMap) DataShape() graph.Shape { return graph.Shape{m.dim} }

func (m scalarAsMap) Forward(b *graph.Builder, u, theta graph.Value) (x, logDet graph.Value) {
	x, l := m.f.Forward(b, u, theta)
	return x, graph.Sum(l)
}

func (m scalarAsMap) Inverse(b *graph.Builder, x, theta graph.Value) (u, logDet graph.Value) {
	u, l := m.f.Inverse(b, x, theta)
	return u, graph.Sum(l)
}

// scalarSuite is mapSuite with theta as the condition.
func scalarSuite(t *testing.T, s *subject, m scalarAsMap) {
	as := *s
	as.names, as.shape, as.values = nil, map[string]graph.Shape{}, map[string][]float64{}
	for _, p := range s.specs {
		as.values[p.Name] = s.values[p.Name]
	}
	as.input("u", s.values["u"], m.dim)
	if theta, ok := s.values["theta"]; ok {
		as.input("c", theta, s.shape["theta"]...)
	}
	mapSuite(t, &as, m)
}

// both is Forward of u with the shape [D] log-derivatives.
func both(f scalar.Bound) func(b *graph.Builder, in map[string]graph.Value, out func(string, graph.Value)) {
	return func(b *graph.Builder, in map[string]graph.Value, out func(string, graph.Value)) {
		x, l := f.Forward(b, in["u"], in["theta"])
		out("x", x)
		out("l", l)
	}
}

// monotone: on an ascending grid of the domain, x moves strictly in one direction, the same for all parameters of a column. On a circle it
// rises, but for one step over the seam.
func monotone(t *testing.T, s *subject, f scalar.Bound) {
	const n = 41
	d := s.o.Dim
	grid := slices.Sorted(slices.Values((&subject{o: s.o, rng: s.rng, rows: n}).points(1, f.Domain())))
	u := make([]float64, 0, n*d)
	for _, v := range grid {
		u = append(u, slices.Repeat([]float64{v}, d)...)
	}
	in := map[string][]float64{"u": slices.Repeat(u, s.rows)}
	if theta, ok := s.values["theta"]; ok {
		for r := range s.rows {
			in["theta"] = append(in["theta"], slices.Repeat(part(theta, r, s.rows), n)...)
		}
	}
	all := s.runRows(s.o.Engine, s.build(both(f)), n*s.rows, in)["x"]
	for r := range s.rows {
		x := part(all, r, s.rows)
		for j := range d {
			rising, turns := x[(n-1)*d+j] > x[j], 0
			if s.o.Circle {
				rising, turns = true, 1
			}
			for i := 1; i < n; i++ {
				if grid[i]-grid[i-1] < 1e-4*math.Abs(grid[i]) { // closer than float32 can tell apart
					continue
				}
				a, b := x[(i-1)*d+j], x[i*d+j]
				if turns > 0 && b < a {
					turns--
					continue
				}
				if a == b || (b > a) != rising {
					t.Errorf("row %d column %d: f(%g) = %g and f(%g) = %g: not strictly monotone", r, j, grid[i-1], a, grid[i], b)
					return
				}
			}
		}
	}
}

// nearIdentity: zero parameters move points by no more than a tenth, unless the options say why not.
func nearIdentity(t *testing.T, s *subject, f scalar.Bound) {
	in := map[string][]float64{}
	if f.Params() > 0 {
		in["theta"] = make([]float64, len(s.values["theta"]))
	}
	out := s.run(s.o.Engine, s.build(both(f)), in)
	allFinite(t, "log-derivative", out["l"])
	worst := 0.0
	for i, u := range s.values["u"] {
		worst = math.Max(worst, math.Abs(out["x"][i]-u)/math.Max(1, math.Abs(u)))
	}
	switch far := s.o.FarFromIdentity; {
	case worst > 0.1 && far == "":
		t.Errorf("zero parameters move a point by %g: start nearer the identity, or give Options.FarFromIdentity a reason", worst)
	case worst <= 0.1 && far != "":
		t.Errorf("zero parameters move points by %g at most: FarFromIdentity (%q) is not needed", worst, far)
	}
}

// wildParameters: every parameter at ±1, ±1e6 and ±1e30 gives finite log-derivatives at ordinary points, and no NaN.
func wildParameters(t *testing.T, s *subject, f scalar.Bound) {
	if f.Params() == 0 {
		return
	}
	d, n := s.o.Dim, f.Params()
	each := func(i int) (w float64, p int) { return wild[i/(n+1)], i%(n+1) - 1 }
	k := len(wild) * (n + 1)
	out := s.runCopies(s.o.Engine, s.build(both(f)), k, "theta", func(i int, theta []float64) {
		w, p := each(i)
		for j := range theta {
			if p < 0 || j/d%n == p {
				theta[j] = w
			}
		}
	})
	for i := range k {
		w, p := each(i)
		where := fmt.Sprintf("parameter %d (−1: all) at %g", p, w)
		noNaN(t, where, part(out["x"], i, k))
		allFinite(t, where+": log-derivative", part(out["l"], i, k))
	}
}

// codomain: points land inside, and outside Inverse says −Inf without poisoning a gradient.
func codomain(t *testing.T, s *subject, f scalar.Bound) {
	c := f.Codomain()
	x := s.run(s.o.Engine, s.build(both(f)), nil)["x"]
	for i, v := range x {
		if v < c.Low || v > c.High {
			t.Errorf("point %d lands on %g, outside %g…%g", i, v, c.Low, c.High)
		}
	}
	var outside []float64
	if !math.IsInf(c.Low, -1) {
		outside = append(outside, c.Low, c.Low-1, c.Low-1e30, s.next(c.Low, c.Low-1))
	}
	if !math.IsInf(c.High, 1) {
		outside = append(outside, c.High, c.High+1, c.High+1e30, s.next(c.High, c.High+1))
	}
	g := s.withX(func(b *graph.Builder, x, theta graph.Value, out func(string, graph.Value)) {
		u, l := f.Inverse(b, x, theta)
		out("u", u)
		out("l", l)
		density := graph.Sub(l, graph.Scale(graph.Square(u), 0.5))
		out("g", graph.Gradient(graph.OnRows(graph.Sum(density), 1), x)[0])
	})
	for k, w := range outside {
		out := s.run(s.o.Engine, g, map[string][]float64{"x": slices.Repeat([]float64{w}, len(x))})
		allFinite(t, fmt.Sprintf("Inverse of %g, outside the codomain", w), out["u"])
		allFinite(t, fmt.Sprintf("gradient at %g, outside the codomain", w), out["g"])
		for _, l := range out["l"] {
			if k%4 != 0 && !math.IsInf(l, -1) { // the edge itself may count as inside
				t.Errorf("log-derivative at %g, outside the codomain, is %g, not −Inf", w, l)
				break
			}
		}
	}
}

// next is the number beside x, towards y, that the engine can tell apart from it.
func (s *subject) next(x, y float64) float64 {
	if s.o.Float32 {
		return float64(math.Nextafter32(float32(x), float32(y)))
	}
	return math.Nextafter(x, y)
}

// withX builds a graph that reads data points x in place of u.
func (s *subject) withX(p func(b *graph.Builder, x, theta graph.Value, out func(string, graph.Value))) *graph.Graph {
	s.t.Helper()
	return s.build(func(b *graph.Builder, in map[string]graph.Value, out func(string, graph.Value)) {
		p(b, b.Input("x", s.o.Dim), in["theta"], out)
	})
}

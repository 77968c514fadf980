package golden

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
)

// built is our twin of a case: the piece of its kind, with where its weights come from.
type built struct {
	transform bijection.Bound
	base      dist.Bound // a density by itself, or the base of the transform
	net       nn.Net
	forward   bool  // the library has the transform's Forward alone: the loss is a function of u
	outputs   []int // of a net: element i of theirs is element outputs[i] of ours; nil: the same order
	specs     []param.Spec
	weights   takeover
	// moved says that the transform holds a part of what is the base there, one whose mean and deviation depend on the condition: u and the
	// log-determinants are those of other places, log-densities and gradients the same.
	moved bool
	// differences are parameters of theirs that are configuration here: their gradients are checked by building the twin with them moved.
	differences map[string]func(moved []float64) dist.Distribution
}

// logProb is the log-density of the twin, where it has one.
func (m built) logProb(b *graph.Builder, x, c graph.Value) (u, logDet, logProb graph.Value) {
	u, logDet = x, b.Scalar(0)
	if m.transform != nil {
		u, logDet = m.transform.Inverse(b, x, c)
	}
	if m.base != nil {
		logProb = graph.Add(m.base.LogProb(b, u, c), logDet)
	}
	return u, logDet, logProb
}

// loss is the case's loss of one row; x is u in a case that has Forward alone.
func (m built) loss(b *graph.Builder, x, c graph.Value) graph.Value {
	if m.net != nil {
		return graph.Scale(graph.Sum(graph.Square(m.net.Apply(b, x, c))), 0.5)
	}
	if m.forward {
		y, logDet := m.transform.Forward(b, x, c)
		return graph.Add(graph.Sum(y), logDet)
	}
	u, logDet, logProb := m.logProb(b, x, c)
	if m.base != nil {
		return graph.Neg(logProb)
	}
	return graph.Add(graph.Sum(u), logDet)
}

// bisected is the tolerance of x_back from which on the library's Forward is a bisection, and its log-determinant that of the point where the
// bisection stopped. Ours is held to more: it must undo Inverse.
const bisected = 1e-6

func negative(x []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = -v
	}
	return out
}

// verify compares the twin with the case on one way.
func (c *goldenCase) verify(t *testing.T, m built, e way) {
	tol, back := c.meta.Tolerance.Float64, c.meta.Tolerance.Back
	gradient := 1e-8
	if e.float32 {
		tol, back = c.meta.Tolerance.Float32, c.meta.Tolerance.Float32
		gradient = 10 * tol
	}
	in := m.weights.values(m.specs)
	for _, name := range []string{"x", "u"} {
		if c.has(name) {
			in[name] = c.floats(name)
		}
	}
	if cond := c.condition(); cond != nil {
		in["context"] = cond
	}
	in["mask"] = c.floats("grad_mask")
	got := c.run(t, m, e, in)
	for _, name := range []string{"u", "logdet_inverse", "log_prob", "y", "loss"} {
		if c.has(name) && !(m.forward && name == "u") && !(m.moved && (name == "u" || name == "logdet_inverse")) {
			near(t, name, got[name], c.floats(name), tol)
		}
	}
	switch {
	case m.moved:
		if !c.has("log_prob") {
			t.Error("there is nothing to compare")
		}
	case c.has("x_back") && e.float32:
		c.forward32(t, m, in, got, tol)
	case m.forward:
		near(t, "x", got["x_back"], c.floats("x"), tol)
		near(t, "logdet_forward", got["logdet_forward"], c.floats("logdet_forward"), tol)
	case c.has("x_back"):
		near(t, "x_back", got["x_back"], c.floats("x_back"), back)
		if back < bisected || c.jumps() {
			near(t, "logdet_forward", got["logdet_forward"], c.backLogDet(got["logdet_forward"]), tol)
			break
		}
		near(t, "logdet_forward", got["logdet_forward"], c.floats("logdet_forward"), back)
		near(t, "x_back against x", got["x_back"], c.floats("x"), tol)
		near(t, "logdet_forward against −logdet_inverse", got["logdet_forward"], negative(c.floats("logdet_inverse")), tol)
	}
	input := "grad/x"
	if m.forward {
		c.undone(t, got, tol)
		input = "grad_input/u"
	}
	nearGradient(t, input, got["grad of input"], c.floats(input), gradient)
	c.parameterGradients(t, m, e, in, got, gradient)
}

// jumps reports whether the slope jumps at knots.
func (c *goldenCase) jumps() bool { return strings.HasPrefix(c.Name, "linear_spline_") }

// backLogDet is what the log-determinant of Forward must be. nflows' linear spline is off in its last bin on the way back: there it is that of the
// other direction, negated; and its slope jumps at knots, so that a point on one, whose u was rounded, may lie in either bin.
func (c *goldenCase) backLogDet(got []float64) []float64 {
	want := c.floats("logdet_forward")
	if !c.jumps() {
		return want
	}
	there, edge := c.floats("logdet_inverse"), c.bools("edge_mask")
	for i := range want {
		want[i] = -there[i]
		if edge[i] {
			want[i] = got[i]
		}
	}
	return want
}

// undone compares our Inverse, which the library lacks, with the u that it began from.
func (c *goldenCase) undone(t *testing.T, got map[string][]float64, tol float64) {
	t.Helper()
	near(t, "u", got["u"], c.floats("u"), tol)
	want := slices.Clone(c.floats("logdet_forward"))
	for i := range want {
		want[i] = -want[i]
	}
	near(t, "logdet_inverse", got["logdet_inverse"], want, tol)
}

// forward32 judges Forward in float32: by the case's tolerance alone, but for splines. A chain of them stretches by e¹⁰ and more, so that the
// rounding of u and of the weights by itself moves x further than the cases' tolerances, which were not made for this direction. There each row
// may besides err by some times as much as the interpreter's results move when every number that goes in is rounded one way or the other.
func (c *goldenCase) forward32(t *testing.T, m built, in, got map[string][]float64, tol float64) {
	t.Helper()
	const draws = 8
	times := 0.0
	if strings.Contains(c.Name, "sf_") || strings.Contains(c.Name, "rqs_") || strings.Contains(c.Name, "spline_") {
		times = 3 // a knot is a sum of bins, each of which is rounded
	}
	rng := rand.New(rand.NewPCG(1, 2))
	exact := c.run(t, m, ways[0], in)
	for _, name := range []string{"x_back", "logdet_forward"} {
		if !c.has(name) {
			t.Errorf("the case has x_back and no %s", name)
			return
		}
	}
	moved := map[string][]float64{"x_back": make([]float64, c.rows()), "logdet_forward": make([]float64, c.rows())}
	for range draws {
		near := map[string][]float64{}
		for _, name := range slices.Sorted(maps.Keys(in)) {
			w := slices.Clone(in[name])
			for i := range w {
				w[i] *= 1 + float64(1-2*rng.IntN(2))*0x1p-24
			}
			near[name] = w
		}
		out := c.run(t, m, ways[0], near)
		for name, most := range moved {
			n := len(exact[name]) / c.rows()
			for i, x := range out[name] {
				most[i/n] = math.Max(most[i/n], math.Abs(x-exact[name][i]))
			}
		}
	}
	for name, most := range moved {
		want := c.floats(name)
		if name == "logdet_forward" {
			want = c.backLogDet(got[name])
		}
		n := len(want) / c.rows()
		for i, w := range want {
			e, bound := math.Abs(got[name][i]-w), tol*math.Max(1, math.Abs(w))+times*most[i/n]
			if !(e <= bound) {
				t.Errorf("%s: element %d is %.9g, want %.9g: error %.2g, allowed %.2g", name, i, got[name][i], w, e, bound)
			}
		}
	}
}

// parameterGradients compares the gradient of every parameter that the case has one for.
func (c *goldenCase) parameterGradients(t *testing.T, m built, e way, in, got map[string][]float64, tol float64) {
	ours := map[string][]float64{}
	for _, s := range m.specs {
		ours[s.Name] = got["grad/"+s.Name]
	}
	theirs := m.weights.gradients(ours)
	for _, name := range c.file.Names() {
		short, ok := cutPrefix(name, "grad/")
		if !ok || short == "x" || m.differences[short] != nil {
			continue
		}
		if theirs[short] == nil {
			t.Errorf("the gradient of %s has no counterpart", short)
			continue
		}
		nearGradient(t, name, theirs[short], c.floats(name), tol)
	}
	for _, name := range c.meta.Trainable {
		if !c.has("grad/" + name) {
			t.Errorf("%s is trainable and the case has no gradient of it", name)
		}
	}
	for name, moved := range m.differences {
		const h = 1e-4 // its error, h²/3, is below the tolerance
		want := make([]float64, len(c.floats("grad/"+name)))
		for i := range want {
			for _, sign := range []float64{1, -1} {
				v := slices.Clone(c.floats("param/" + name))
				v[i] += sign * h
				base, err := moved(v).Bind(param.NewRegistry().Scope(), nil)
				if err != nil {
					t.Fatal(err)
				}
				twin := m
				twin.base = base
				want[i] += sign * c.run(t, twin, ways[0], in)["loss"][0] / (2 * h)
			}
		}
		nearGradient(t, name+" (by differences)", want, c.floats("grad/"+name), max(tol, 1e-7))
	}
}

// run computes all that the case has numbers for.
func (c *goldenCase) run(t *testing.T, m built, e way, in map[string][]float64) map[string][]float64 {
	t.Helper()
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		x := b.Input("x", c.point()...)
		var cond graph.Value
		if n := c.context(); n > 0 {
			cond = b.Input("context", n)
		}
		perRow := func(name string, v graph.Value) { b.Output(name, graph.OnRows(v, 1)) }
		switch {
		case m.net != nil:
			y := graph.Flatten(m.net.Apply(b, x, cond))
			if m.outputs != nil {
				y = graph.Take(y, 0, m.outputs)
			}
			perRow("y", y)
		default:
			u, logDet, logProb := m.logProb(b, x, cond)
			perRow("u", u)
			perRow("logdet_inverse", logDet)
			if logProb.Valid() {
				perRow("log_prob", logProb)
			}
		}
		if m.transform != nil {
			y, logDet := m.transform.Forward(b, b.Input("u", c.base()...), cond)
			perRow("x_back", y)
			perRow("logdet_forward", logDet)
		}
		mask := b.Input("mask")
		of := x
		if m.forward {
			of = b.Input("u", c.base()...)
		}
		row := graph.Select(graph.Greater(mask, b.Scalar(0)), m.loss(b, of, cond), b.Scalar(0))
		loss := graph.Div(graph.SumRows(row), graph.SumRows(mask))
		b.Output("loss", graph.Reshape(loss, 1))
		wrt, names := []graph.Value{of}, []string{"grad of input"}
		for _, s := range m.specs {
			wrt, names = append(wrt, b.Param(s.Name, s.Shape...)), append(names, "grad/"+s.Name)
		}
		for i, v := range graph.Gradient(loss, wrt...) {
			b.Output(names[i], v)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.run(g, c.rows(), maps.Clone(in))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

package flowtest

import (
	"fmt"
	"math"
	"testing"

	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
)

// Conditioner proves a network from o.Dim columns (and the condition) to out numbers: its shape, its gradients, that it also works
// of one column and of none (unless Options.FixedColumns), that wild inputs give finite outputs, and that the condition reaches every output.
func Conditioner(t *testing.T, m nn.Conditioner, out int, o Options) {
	o = o.defaults(t)
	for _, in := range []int{o.Dim, 1, 0} {
		if o.FixedColumns && in != o.Dim {
			continue
		}
		t.Run(fmt.Sprintf("from %d columns", in), func(t *testing.T) {
			var net nn.Net
			specs := declare(t, func(s *param.Scope) (err error) {
				net, err = m.Bind(s, in, condition(o.Context), out)
				return err
			})
			s := newSubject(t, o, specs, 5)
			if in > 0 {
				s.input("x", s.normals(in), in)
			}
			s.condition()
			if len(s.names) == 0 {
				s.input("unused", s.normals(1), 1)
			}
			network(t, s, net, graph.Shape{out})
		})
	}
}

// ImageConditioner proves a network from images of o.Shape (and the condition) to out channels: what Conditioner proves, and that it refuses vectors. Options:
// Shape, Context, Picture.
func ImageConditioner(t *testing.T, m nn.ImageConditioner, out int, o Options) {
	o = o.defaults(t)
	cond := condition(o.Context)
	if o.Picture != nil {
		cond = o.Picture
	}
	var net nn.Net
	specs := declare(t, func(s *param.Scope) (err error) {
		net, err = m.BindImage(s, o.Shape, cond, out)
		return err
	})
	s := newSubject(t, o, specs, 5)
	s.input("x", s.normals(o.Dim), o.Shape...)
	if cond != nil {
		s.input("c", s.normals(o.Context), cond...)
	}
	network(t, s, net, graph.Shape{out, o.Shape[1], o.Shape[2]})
	if _, err := m.BindImage(param.NewRegistry().Scope(), graph.Shape{o.Dim}, cond, out); err == nil {
		t.Error("a vector is accepted")
	}
}

// Masked proves a masked network of o.Dim columns: what Conditioner proves, and that in several orders the outputs of a column depend on
// every column before it, on no other, and on the condition. Options: PartialContext.
func Masked(t *testing.T, m nn.Masked, outs int, o Options) {
	o = o.defaults(t)
	for _, order := range orders(o.Dim) {
		t.Run(fmt.Sprint("order ", order), func(t *testing.T) {
			var net nn.Net
			specs := declare(t, func(s *param.Scope) (err error) {
				net, err = m.BindMasked(s, order, condition(o.Context), outs)
				return err
			})
			s := newSubject(t, o, specs, 5)
			s.input("x", s.normals(len(order)), len(order))
			s.condition()
			network(t, s, net, graph.Shape{outs, len(order)})
			dependence(t, s, net, order, outs)
		})
	}
	for _, bad := range [][]int{{}, {1}, {0, 0}, {0, 2}, {-1, 0}} {
		if _, err := m.BindMasked(param.NewRegistry().Scope(), bad, condition(o.Context), outs); err == nil {
			t.Errorf("order %v is accepted", bad)
		}
	}
}

// orders to try: ascending, descending, a mixed one, and that of one column.
func orders(d int) [][]int {
	up, down, mixed := make([]int, d), make([]int, d), make([]int, d)
	for i := range d {
		up[i], down[i], mixed[i] = i, d-1-i, (i+d/2)%d
	}
	if d == 1 {
		return [][]int{up}
	}
	return [][]int{up, down, mixed}
}

func network(t *testing.T, s *subject, net nn.Net, shape graph.Shape) {
	weights := make([]float64, shape.Size())
	for i := range weights {
		weights[i] = s.rng.NormFloat64()
	}
	s.gradients(t, "outputs", func(b *graph.Builder, in map[string]graph.Value) graph.Value {
		y := net.Apply(b, in["x"], in["c"])
		if !y.Shape().Equal(shape) {
			t.Fatalf("the output has shape %v, want %v", y.Shape(), shape)
		}
		return graph.Sum(graph.Mul(graph.Flatten(y), b.Const(weights, len(weights))))
	})
	g := s.build(func(b *graph.Builder, in map[string]graph.Value, out func(string, graph.Value)) {
		out("y", net.Apply(b, in["x"], in["c"]))
	})
	for _, name := range s.names {
		for _, w := range append([]float64{math.Inf(1), math.Inf(-1)}, wild...) {
			x := make([]float64, len(s.values[name]))
			for i := range x {
				x[i] = w
			}
			allFinite(t, fmt.Sprintf("outputs for %s = %g", name, w), s.run(s.o.Engine, g, map[string][]float64{name: x})["y"])
		}
	}
	if s.o.Context > 0 && len(shape) != 2 { // those of masked networks depend on their order
		for i, g := range s.influence(net, shape, "c") {
			if g == 0 {
				t.Errorf("the condition does not reach output %d", i)
			}
		}
	}
}

// influence is, for each output, the sum of |∂ output/∂ input| over rows and columns of the input.
func (s *subject) influence(net nn.Net, shape graph.Shape, input string) []float64 {
	var out []float64
	for _, row := range s.sensitivity(net, shape, input) {
		total := 0.0
		for _, g := range row {
			total += g
		}
		out = append(out, total)
	}
	return out
}

// sensitivity is Σ_rows |∂ output i/∂ input j|.
func (s *subject) sensitivity(net nn.Net, shape graph.Shape, input string) [][]float64 {
	n := shape.Size()
	g := s.build(func(b *graph.Builder, in map[string]graph.Value, out func(string, graph.Value)) {
		y := graph.OnRows(graph.Flatten(net.Apply(b, in["x"], in["c"])), 1)
		for i := range n {
			out(fmt.Sprint(i), graph.Gradient(graph.Slice(y, 0, i, i+1), in[input])[0])
		}
	})
	got := s.run(s.o.Engine, g, nil)
	sums := make([][]float64, n)
	for i := range n {
		k := len(s.values[input]) / s.rows
		sums[i] = make([]float64, k)
		for j, v := range got[fmt.Sprint(i)] {
			sums[i][j%k] += math.Abs(v)
		}
	}
	return sums
}

func dependence(t *testing.T, s *subject, net nn.Net, order []int, outs int) {
	shape := graph.Shape{outs, len(order)}
	for i, row := range s.sensitivity(net, shape, "x") {
		d := i % len(order)
		for e, g := range row {
			switch may := order[e] < order[d]; {
			case !may && g != 0:
				t.Errorf("parameter %d of column %d depends on column %d, which does not come before it in order %v", i/len(order), d, e, order)
			case may && g == 0:
				t.Errorf("parameter %d of column %d does not depend on column %d, which comes before it in order %v", i/len(order), d, e, order)
			}
		}
	}
	if s.o.Context == 0 {
		return
	}
	missing := 0
	for _, g := range s.influence(net, shape, "c") {
		if g == 0 {
			missing++
		}
	}
	if (missing > 0) != (s.o.PartialContext != "") {
		t.Errorf("%d outputs do not see the condition; PartialContext is %q", missing, s.o.PartialContext)
	}
}

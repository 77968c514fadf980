package bijection

import (
	"fmt"
	"slices"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/scalar"
)

// Static applies a scalar map to every element with parameters that are learned directly: x_d = f(u_d; θ_d). They are called theta [P,D]
// and begin at 0, the identity or near it, but for a Start; weights of the map itself are under map. Values of any shape are
// mapped element by element.
type Static struct {
	Map     scalar.Map // nil: scalar.Affine{}
	Columns []int      // of a vector: those that are mapped, ascending; the others pass. nil: all
	Start   float64    // the parameters begin at random with this deviation; 0: at 0
}

// Bind implements Bijection. Errors: a Start out of its domain, columns of a shape that is no vector, columns that it does not have or that do not ascend.
func (m Static) Bind(s *param.Scope, base, _ graph.Shape) (Bound, error) {
	n, b := base.Size(), static{shape: base}
	if !(m.Start >= 0 && m.Start <= 1e3) {
		return nil, fmt.Errorf("%w: parameters that begin with deviation %g; choose one from 0 to 1000", fault.ErrConfig, m.Start)
	}
	if m.Columns != nil {
		d, err := vector("a map of some columns", base)
		if err != nil {
			return nil, err
		}
		if b.columns, b.merge, err = subset(m.Columns, d); err != nil {
			return nil, err
		}
		n = len(m.Columns)
	}
	var err error
	if b.f, err = bindMap(s, m.Map, n); err != nil {
		return nil, err
	}
	if b.f.Params() > 0 {
		b.theta = s.Param("theta", param.Gaussian(m.Start), b.f.Params(), n)
	}
	return b, nil
}

// subset is the columns and, for the merging of the passed and the mapped ones, the place of each column of d in [passed, mapped].
func subset(columns []int, d int) (parts [2][]int, merge []int, err error) {
	if len(columns) == 0 {
		return parts, nil, fmt.Errorf("%w: a map of no columns", fault.ErrConfig)
	}
	next := 0
	for i, c := range columns {
		if c < next || c >= d {
			return parts, nil, fmt.Errorf("%w: columns %v do not ascend within 0…%d (position %d)", fault.ErrConfig, columns, d-1, i)
		}
		for ; next < c; next++ {
			parts[0] = append(parts[0], next)
		}
		next++
	}
	for ; next < d; next++ {
		parts[0] = append(parts[0], next)
	}
	parts[1] = slices.Clone(columns)
	merge, err = permutation(slices.Concat(parts[0], parts[1]), d)
	return parts, merge, err
}

// bindMap binds the scalar map of a glue, Affine if there is none.
func bindMap(s *param.Scope, m scalar.Map, d int) (scalar.Bound, error) {
	if m == nil {
		m = scalar.Affine{}
	}
	f, err := m.Bind(s.Sub("map"), d)
	if err != nil {
		return nil, fmt.Errorf("map: %w", err)
	}
	return f, nil
}

type static struct {
	f       scalar.Bound
	theta   param.Ref
	shape   graph.Shape
	columns [2][]int // passed and mapped
	merge   []int    // nil: all are mapped
}

func (m static) DataShape() graph.Shape { return m.shape }

func (m static) Forward(b *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	return m.through(b, u, m.f.Forward)
}

func (m static) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	return m.through(b, x, m.f.Inverse)
}

// through applies the scalar map in either direction.
func (m static) through(b *graph.Builder, v graph.Value, f func(*graph.Builder, graph.Value, graph.Value) (graph.Value, graph.Value)) (w, logDet graph.Value) {
	if m.merge == nil {
		w, l := f(b, graph.Flatten(v), m.parameters(b))
		return graph.Reshape(w, m.shape...), total(l)
	}
	w, l := f(b, graph.Take(v, 0, m.columns[1]), m.parameters(b))
	if len(m.columns[0]) > 0 {
		w = graph.Concat(0, graph.Take(v, 0, m.columns[0]), w)
	}
	return graph.Take(w, 0, m.merge), total(l)
}

// parameters is theta; absent for a map without parameters.
func (m static) parameters(b *graph.Builder) graph.Value {
	if m.f.Params() == 0 {
		return graph.Value{}
	}
	return m.theta.Value(b)
}

package bijection

import (
	"fmt"

	"diffeo/graph"
	"diffeo/param"
	"diffeo/scalar"
)

// Static applies a scalar map to every element with parameters that are learned directly: x_d = f(u_d; θ_d). They are called theta [P,D]
// and begin at 0, the identity or near it; weights of the map itself are under map. Values of any shape are
// mapped element by element.
type Static struct {
	Map scalar.Map // nil: scalar.Affine{}
}

// Bind implements Bijection.
func (m Static) Bind(s *param.Scope, base, _ graph.Shape) (Bound, error) {
	f, err := bindMap(s, m.Map, base.Size())
	if err != nil {
		return nil, err
	}
	b := static{f: f, shape: base}
	if f.Params() > 0 {
		b.theta = s.Param("theta", param.Constant(0), f.Params(), base.Size())
	}
	return b, nil
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
	f     scalar.Bound
	theta param.Ref
	shape graph.Shape
}

func (m static) DataShape() graph.Shape { return m.shape }

func (m static) Forward(b *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	x, l := m.f.Forward(b, graph.Flatten(u), m.parameters(b))
	return graph.Reshape(x, m.shape...), total(l)
}

func (m static) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	u, l := m.f.Inverse(b, graph.Flatten(x), m.parameters(b))
	return graph.Reshape(u, m.shape...), total(l)
}

// parameters is theta; absent for a map without parameters.
func (m static) parameters(b *graph.Builder) graph.Value {
	if m.f.Params() == 0 {
		return graph.Value{}
	}
	return m.theta.Value(b)
}

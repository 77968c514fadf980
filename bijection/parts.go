package bijection

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Part is some columns with a map of their own; nil: they pass.
type Part struct {
	Columns   int
	Transform Bijection
}

// Parts maps neighbouring columns by maps of their own: x = (T_1(u_1), T_2(u_2), …), log-determinants add. It is for parameters of different kinds, such as cut
// points beside probabilities and scales. The columns of the parts add up to D. Parameters are under parts.0, parts.1, ….
type Parts []Part

// Bind implements Bijection. Errors: columns that do not add up, a map that changes the number of its columns, those of the maps.
func (m Parts) Bind(s *param.Scope, base, cond graph.Shape) (Bound, error) {
	d, err := vector("parts", base)
	if err != nil {
		return nil, err
	}
	p := parts{dim: d}
	at := 0
	for i, part := range m {
		if part.Columns < 1 {
			return nil, fmt.Errorf("%w: part %d has %d columns", fault.ErrConfig, i, part.Columns)
		}
		transform, shape := part.Transform, graph.Shape{part.Columns}
		if transform == nil {
			transform = Chain{}
		}
		bound, err := transform.Bind(s.At("parts", i), shape, cond)
		if err != nil {
			return nil, fmt.Errorf("part %d: %w", i, err)
		}
		if !bound.DataShape().Equal(shape) {
			return nil, fmt.Errorf("%w: part %d has %v columns and becomes %v", fault.ErrShape, i, shape, bound.DataShape())
		}
		p.from, p.maps = append(p.from, at), append(p.maps, bound)
		at += part.Columns
	}
	if at != d {
		return nil, fmt.Errorf("%w: parts of %d columns together, for %d", fault.ErrShape, at, d)
	}
	p.from = append(p.from, d)
	return p, nil
}

type parts struct {
	dim  int
	from []int // the first column of each, and the end
	maps []Bound
}

func (p parts) DataShape() graph.Shape { return graph.Shape{p.dim} }

func (p parts) Forward(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	return p.each(b, u, func(m Bound, v graph.Value) (graph.Value, graph.Value) { return m.Forward(b, v, cond) })
}

func (p parts) Inverse(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value) {
	return p.each(b, x, func(m Bound, v graph.Value) (graph.Value, graph.Value) { return m.Inverse(b, v, cond) })
}

func (p parts) each(b *graph.Builder, v graph.Value, apply func(m Bound, v graph.Value) (graph.Value, graph.Value)) (out, logDet graph.Value) {
	list := make([]graph.Value, len(p.maps))
	logDet = b.Scalar(0)
	for i, m := range p.maps {
		var l graph.Value
		list[i], l = apply(m, graph.Slice(v, 0, p.from[i], p.from[i+1]))
		logDet = graph.Add(logDet, l)
	}
	return graph.Concat(0, list...), logDet
}

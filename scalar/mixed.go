package scalar

import (
	"fmt"
	"math"
	"slices"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Mixed maps different columns of one layer by different maps: a circle beside a line beside a box. Column j of group i goes through that
// group's map, x_j = f_i(u_j; θ_j), with its derivative. P is that of the map with the most parameters; columns of the others leave the last
// of theirs unread. Weights of a map's own are under groups.i.
//
// The domain is the interval that all maps can take, and may be empty; each column takes its own map's. The codomain is the interval that all
// columns land in; a point outside its own column's codomain is treated as that map does.
type Mixed struct{ Groups []Group }

// Group is a map with the columns that it maps, counted among those that the layer maps: in a coupling, among those that do not pass.
type Group struct {
	Map     Map
	Columns []int
}

// Bind implements Map. Errors: no group, a missing map, a column in no group or in two, those of a map.
func (m Mixed) Bind(s *param.Scope, d int) (Bound, error) {
	out := mixed{place: make([]int, d)}
	for j := range out.place {
		out.place[j] = -1
	}
	next := 0
	for i, g := range m.Groups {
		if g.Map == nil || len(g.Columns) == 0 {
			return nil, fmt.Errorf("%w: group %d of a mixed map has no map or no columns", fault.ErrConfig, i)
		}
		for _, j := range g.Columns {
			if j < 0 || j >= d || out.place[j] >= 0 {
				return nil, fmt.Errorf("%w: group %d of a mixed map holds column %d, which is in another group too or not among the %d of the layer",
					fault.ErrConfig, i, j, d)
			}
			out.place[j] = next
			next++
		}
		f, err := g.Map.Bind(s.At("groups", i), len(g.Columns))
		if err != nil {
			return nil, fmt.Errorf("group %d: %w", i, err)
		}
		out.groups = append(out.groups, boundGroup{f, slices.Clone(g.Columns)})
		out.params = max(out.params, f.Params())
	}
	if j := slices.Index(out.place, -1); j >= 0 || next == 0 {
		return nil, fmt.Errorf("%w: column %d of %d is in no group of a mixed map", fault.ErrConfig, j, d)
	}
	return out, nil
}

type boundGroup struct {
	Bound
	columns []int
}

type mixed struct {
	groups []boundGroup
	place  []int // of each column in the groups' columns one after the other
	params int
}

func (m mixed) Params() int { return m.params }

func (m mixed) Domain() Interval {
	in := Line
	for _, g := range m.groups {
		d := g.Domain()
		in = Interval{math.Max(in.Low, d.Low), math.Min(in.High, d.High)}
	}
	return in
}

func (m mixed) Codomain() Interval {
	in := m.groups[0].Codomain()
	for _, g := range m.groups[1:] {
		c := g.Codomain()
		in = Interval{math.Min(in.Low, c.Low), math.Max(in.High, c.High)}
	}
	return in
}

func (m mixed) Forward(b *graph.Builder, u, theta graph.Value) (x, logDet graph.Value) {
	return m.each(u, theta, func(f Bound, u, theta graph.Value) (graph.Value, graph.Value) { return f.Forward(b, u, theta) })
}

func (m mixed) Inverse(b *graph.Builder, x, theta graph.Value) (u, logDet graph.Value) {
	return m.each(x, theta, func(f Bound, x, theta graph.Value) (graph.Value, graph.Value) { return f.Inverse(b, x, theta) })
}

// each maps every group's columns and puts the results where the columns were.
func (m mixed) each(v, theta graph.Value, f func(f Bound, v, theta graph.Value) (graph.Value, graph.Value)) (w, logDet graph.Value) {
	var ws, ls []graph.Value
	for _, g := range m.groups {
		var own graph.Value
		if n := g.Params(); n > 0 {
			own = graph.Take(graph.Slice(theta, 0, 0, n), 1, g.columns)
		}
		w, l := f(g.Bound, graph.Take(v, 0, g.columns), own)
		ws, ls = append(ws, w), append(ls, l)
	}
	return graph.Take(graph.Concat(0, ws...), 0, m.place), graph.Take(graph.Concat(0, ls...), 0, m.place)
}

package plot

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"diffeo"
	"diffeo/bijection"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/matrix"
)

// Layer is where the points of a grid, and draws of the base, are after some maps of a flow, in two of its columns. Of a flow of one column Y is not used.
type Layer struct {
	Name   string
	First  []Line // on which the first base coordinate is constant
	Second []Line // on which the second is
	Draws  Line   // points that are not joined
}

// Line is points.
type Line struct{ X, Y []float64 }

// MostLayers is the number of layers, the base among them, that Layers draws; of more, so many are chosen at equal distances.
const MostLayers = 9

// How fine the grid is.
const (
	gridLines  = 13
	gridPoints = 121
	layerDraws = 400
)

// Transport carries a grid of the base through the maps of a flow, and draws of the base beside it. The grid lies in the plane of the columns first and second (which
// are equal for a flow of one column), within the inner 99.6 % of draws; the other coordinates of the base are at the middle of their draws. cond is
// one row of a condition, or the zero Matrix. The units are the flow's own.
//
// Errors: those of diffeo.Compile and of running; fault.ErrShape for columns that the flow does not have, or data that are no rows.
func Transport(ctx context.Context, f flow.Flow, p *diffeo.Params, first, second int, cond matrix.Matrix[float64], seed uint64, o diffeo.Options) ([]Layer, error) {
	base, err := diffeo.Compile[float64](flow.Flow{Base: f.Base, Transform: bijection.Chain{}, Context: f.Context}, p, o)
	if err != nil {
		return nil, err
	}
	dim := base.Dim()
	if first < 0 || second < 0 || first >= dim || second >= dim || first == second && dim > 1 {
		return nil, fmt.Errorf("%w: columns %d and %d of a flow of %d", fault.ErrShape, first+1, second+1, dim)
	}
	if cond.Rows > 1 {
		return nil, fmt.Errorf("%w: %d rows of a condition: a grid is carried under one", fault.ErrContext, cond.Rows)
	}
	const many = 4096
	draws := matrix.New[float64](many, dim)
	if err := base.Sample(ctx, diffeo.Draw{Seed: seed}, repeated(cond, many), draws); err != nil {
		return nil, err
	}
	g := newGrid(draws, first, second)
	maps, prefix := mapsOf(f.Transform)
	var layers []Layer
	for _, k := range chosen(len(maps)) {
		name := "base"
		at := g.points
		if k > 0 {
			name = fmt.Sprintf("%d: %s", k, maps[k-1])
			c, err := diffeo.Compile[float64](flow.Flow{Base: f.Base, Transform: prefix(k), Context: f.Context}, p, o)
			if err != nil {
				return nil, err
			}
			if c.Dim() != dim {
				return nil, fmt.Errorf("%w: after %d maps there are %d columns of %d", fault.ErrShape, k, c.Dim(), dim)
			}
			at = matrix.New[float64](g.points.Rows, dim)
			if err := c.Transform().Forward(ctx, g.points, repeated(cond, at.Rows), at, make([]float64, at.Rows)); err != nil {
				return nil, err
			}
		}
		layers = append(layers, g.layer(name, at))
	}
	return layers, nil
}

// repeated is n copies of a condition's row.
func repeated(cond matrix.Matrix[float64], n int) matrix.Matrix[float64] {
	if cond.Rows == 0 {
		return cond
	}
	m := matrix.New[float64](n, cond.Cols)
	for r := range n {
		copy(m.Row(r), cond.Row(0))
	}
	return m
}

// mapsOf names the maps of a transform, and makes the transform of the first k of them.
func mapsOf(t bijection.Bijection) (names []string, prefix func(k int) bijection.Bijection) {
	switch t := t.(type) {
	case bijection.Chain:
		for _, m := range t.Transforms {
			names = append(names, kindOf(m))
		}
		return names, func(k int) bijection.Bijection { return bijection.Chain{Transforms: t.Transforms[:k]} }
	case bijection.Embed:
		names, inner := mapsOf(t.Transform)
		return names, func(k int) bijection.Bijection { return bijection.Embed{Net: t.Net, Transform: inner(k)} }
	}
	return []string{kindOf(t)}, func(int) bijection.Bijection { return t }
}

// kindOf is the name of a map's type; of a chain, those of its maps.
func kindOf(m bijection.Bijection) string {
	if c, ok := m.(bijection.Chain); ok && len(c.Transforms) > 0 {
		var names []string
		for _, inner := range c.Transforms {
			names = append(names, kindOf(inner))
		}
		return strings.Join(names, " + ")
	}
	name := fmt.Sprint(reflect.TypeOf(m))
	name, _, _ = strings.Cut(name[strings.LastIndex(name, ".")+1:], "[")
	return name
}

// chosen are the numbers of maps after which a layer is drawn: 0 and all, and of many between them some.
func chosen(maps int) (after []int) {
	n := min(maps+1, MostLayers)
	for i := range n {
		after = append(after, i*maps/max(n-1, 1))
	}
	return after
}

// grid is points in the order of lines and draws.
type grid struct {
	points        matrix.Matrix[float64]
	first, second int
}

func newGrid(draws matrix.Matrix[float64], first, second int) grid {
	dim := draws.Cols
	middle, low, high := make([]float64, dim), make([]float64, dim), make([]float64, dim)
	s := Sample{Rows: draws}
	for j := range dim {
		x := sorted(s.column(j))
		middle[j], low[j], high[j] = quantile(x, 0.5), quantile(x, outermost), quantile(x, 1-outermost)
	}
	sides := 2
	if dim == 1 {
		sides = 1
	}
	g := grid{matrix.New[float64](sides*gridLines*gridPoints+layerDraws, dim), first, second}
	r := 0
	for side := range sides {
		fixed, moving := first, second
		if side == 1 || dim == 1 {
			fixed, moving = second, first
		}
		for l := range gridLines {
			for i := range gridPoints {
				row := g.points.Row(r)
				copy(row, middle)
				row[fixed] = Grid(low[fixed], high[fixed], gridLines)[l]
				row[moving] = Grid(low[moving], high[moving], gridPoints)[i]
				r++
			}
		}
	}
	for i := range layerDraws {
		copy(g.points.Row(r+i), draws.Row(i))
	}
	return g
}

// layer takes lines and draws apart again.
func (g grid) layer(name string, at matrix.Matrix[float64]) Layer {
	take := func(from, n int) (l Line) {
		for r := from; r < from+n; r++ {
			l.X, l.Y = append(l.X, at.Row(r)[g.first]), append(l.Y, at.Row(r)[g.second])
		}
		return l
	}
	out, r := Layer{Name: name}, 0
	for i := 0; r+layerDraws < at.Rows; i++ {
		l := take(r, gridPoints)
		if i < gridLines {
			out.First = append(out.First, l)
		} else {
			out.Second = append(out.Second, l)
		}
		r += gridPoints
	}
	out.Draws = take(r, layerDraws)
	return out
}

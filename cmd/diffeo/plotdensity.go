package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"diffeo/data"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/plot"
)

// Points of a grid on which densities are computed.
const (
	curvePoints = 801
	mapPoints   = 161
)

// density draws the density of one column or of two.
func (p *plotting) density(ctx context.Context, m *model.Model) (*plot.Picture, string, error) {
	names := model.Names(m.Columns)
	at, err := p.choose(names, 2, "one or two")
	if err != nil {
		return nil, "", err
	}
	s, err := p.read(ctx, m)
	if err != nil {
		return nil, "", err
	}
	density, err := p.compile(m)
	if err != nil {
		return nil, "", err
	}
	d := densityPicture{plotting: p, m: m, shown: s, at: at, exact: density, own: len(at) == len(names) && len(density.Discrete()) == 0}
	if len(at) == 1 {
		return d.curves(ctx)
	}
	return d.image(ctx)
}

// densityPicture is a picture of densities in the making.
type densityPicture struct {
	*plotting
	m     *model.Model
	shown shown
	at    []int // the columns
	exact *model.Density
	own   bool // the model's own density, not that of draws
}

// how says where the numbers come from.
func (d densityPicture) how() string {
	if d.own {
		return "the model's density"
	}
	return "density of " + plot.Count(d.n) + " draws"
}

// conditions are the rows of context that are drawn under; one without numbers where there is no context.
func (d densityPicture) conditions(most int) []matrix.Matrix[float64] {
	if d.shown.cond.Rows == 0 {
		return []matrix.Matrix[float64]{{}}
	}
	var list []matrix.Matrix[float64]
	for r := range min(most, d.shown.cond.Rows) {
		list = append(list, d.shown.cond.Slice(r, r+1))
	}
	return list
}

// given describes a condition.
func (d densityPicture) given(cond matrix.Matrix[float64], row int) string {
	if cond.Rows == 0 {
		return d.how()
	}
	if cond.Cols > 2 {
		return fmt.Sprintf("given row %d", row+1)
	}
	var parts []string
	for j, c := range d.m.Context {
		parts = append(parts, fmt.Sprintf("%s = %.4g", c.Name, cond.Row(0)[j]))
	}
	return "given " + strings.Join(parts, ", ")
}

// curves draws one column.
func (d densityPicture) curves(ctx context.Context) (*plot.Picture, string, error) {
	j := d.at[0]
	conditions := d.conditions(plot.MostCurves)
	var drawn [][]float64
	var seen []float64
	for _, cond := range conditions {
		x, _, err := d.draws(ctx, d.m, cond)
		if err != nil {
			return nil, "", err
		}
		drawn = append(drawn, columnOf(x, j))
	}
	conditional := len(d.m.Context) > 0
	if d.shown.rows.X.Rows > 0 {
		if seen = columnOf(d.shown.rows.X, j); conditional {
			seen = seen[:len(conditions)]
		}
	}
	low, high := plot.Span(append(drawn, seen)...)
	var curves []plot.Curve
	for i, cond := range conditions {
		c := plot.Curve{Name: d.given(cond, i), X: plot.Grid(low, high, curvePoints), Truth: math.NaN()}
		var err error
		if c.Y, err = d.curve(ctx, c.X, drawn[i], cond); err != nil {
			return nil, "", err
		}
		if conditional && seen != nil {
			c.Truth = seen[i]
		}
		curves = append(curves, c)
	}
	var table plot.Sample
	if seen != nil && !conditional {
		table = plot.Sample{Name: rowsOf(len(seen), d.shown.total, d.table), Rows: chosenOf(d.shown.rows.X, matrix.Matrix[float64]{}, d.at)}
	}
	picture, err := plot.Density(d.named(model.Names(d.m.Columns), d.at)[0], curves, table, d.o)
	return picture, d.how(), err
}

// curve is the density at places of one column.
func (d densityPicture) curve(ctx context.Context, x, drawn []float64, cond matrix.Matrix[float64]) ([]float64, error) {
	if !d.own {
		return plot.Smooth(drawn, x), nil
	}
	points, err := matrix.Of(x, 1)
	if err != nil {
		return nil, err
	}
	return d.at64(ctx, points, cond)
}

// at64 is the model's density at points under one condition.
func (d densityPicture) at64(ctx context.Context, points, cond matrix.Matrix[float64]) ([]float64, error) {
	given := matrix.New[float64](points.Rows, cond.Cols)
	for r := range points.Rows {
		if cond.Rows > 0 {
			copy(given.Row(r), cond.Row(0))
		}
	}
	if cond.Rows == 0 {
		given = cond
	}
	out := make([]float64, points.Rows)
	if err := d.exact.LogProb(ctx, points, given, out); err != nil {
		return nil, err
	}
	for i, l := range out {
		out[i] = finiteDensity(l)
	}
	return out, nil
}

// image draws two columns.
func (d densityPicture) image(ctx context.Context) (*plot.Picture, string, error) {
	conditions := d.conditions(1)
	x, _, err := d.draws(ctx, d.m, conditions[0])
	if err != nil {
		return nil, "", err
	}
	drawn := chosenOf(x, matrix.Matrix[float64]{}, d.at)
	table := plot.Sample{}
	what := d.how()
	if len(d.m.Context) > 0 {
		what += ", " + d.given(conditions[0], 0)
	} else if d.shown.rows.X.Rows > 0 {
		table = plot.Sample{Name: rowsOf(d.shown.rows.X.Rows, d.shown.total, d.table), Rows: chosenOf(d.shown.rows.X, matrix.Matrix[float64]{}, d.at)}
	}
	seen := func(j int) (lists [][]float64) {
		lists = append(lists, columnOf(drawn, j))
		if table.Rows.Rows > 0 {
			lists = append(lists, columnOf(table.Rows, j))
		}
		return lists
	}
	xl, xh := plot.Span(seen(0)...)
	yl, yh := plot.Span(seen(1)...)
	var f plot.Field
	if d.own {
		f = plot.Field{X: plot.Grid(xl, xh, mapPoints), Y: plot.Grid(yl, yh, mapPoints)}
		points := matrix.New[float64](mapPoints*mapPoints, 2)
		for r := range points.Rows {
			points.Row(r)[d.at[0]], points.Row(r)[d.at[1]] = f.X[r%mapPoints], f.Y[r/mapPoints]
		}
		if f.Z, err = d.at64(ctx, points, conditions[0]); err != nil {
			return nil, "", err
		}
	} else {
		f = plot.SmoothMap(columnOf(drawn, 0), columnOf(drawn, 1), [2]float64{xl, xh}, [2]float64{yl, yh})
	}
	labels := d.named(model.Names(d.m.Columns), d.at)
	o := plot.MapOptions{Options: d.o, Equal: d.equal}
	if o.Title == "" && len(d.m.Context) > 0 {
		o.Title = d.given(conditions[0], 0)
	}
	picture, err := plot.Map([2]string{labels[0], labels[1]}, f, table, o)
	return picture, what, err
}

// columnOf copies a column.
func columnOf(m matrix.Matrix[float64], j int) []float64 {
	x := make([]float64, m.Rows)
	for r := range x {
		x[r] = m.Row(r)[j]
	}
	return x
}

// errorsTooFar is the cell that an error is about.
func errorsTooFar(err error) (*data.TooFar, bool) { return errors.AsType[*data.TooFar](err) }

package main

import (
	"context"
	"fmt"
	"math"
	"slices"

	"diffeo"
	"diffeo/check"
	"diffeo/data"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/plot"
	"diffeo/report"
)

// shown is what a picture is made of: rows of a table, and the conditions of draws.
type shown struct {
	rows  check.Rows
	total int
	cond  matrix.Matrix[float64]
}

// read reads TABLE, or the conditions of --given.
func (p *plotting) read(ctx context.Context, m *model.Model) (s shown, err error) {
	if p.given != "" {
		t := p.someRows
		t.table = p.given
		s.cond, s.total, err = t.values(ctx, m, model.Names(m.Context), p.seed)
		return s, err
	}
	s.rows, s.total, err = p.someRows.read(ctx, m, p.seed)
	s.cond = s.rows.Cond
	return s, err
}

// draws are draws from the model: n of them, or under the conditions in turn as many as make n, or one for each.
func (p *plotting) draws(ctx context.Context, m *model.Model, cond matrix.Matrix[float64]) (x, under matrix.Matrix[float64], err error) {
	density, err := p.compile(m)
	if err != nil {
		return x, under, err
	}
	x, under, err = report.Draws(ctx, density, len(m.Columns), cond, p.n, p.seed)
	if e, ok := errorsTooFar(err); ok {
		source := p.given
		if source == "" {
			source = p.table
		}
		err = fmt.Errorf("%w: %s: row %d, column %s: %s; correct the cell, or drop the row",
			fault.ErrData, data.SourceName(source), e.Row%cond.Rows+1, e.Column, e.Problem("the rows that the model was fitted to"))
	}
	return x, under, err
}

// chosenOf are some columns of rows beside others.
func chosenOf(x, beside matrix.Matrix[float64], at []int) matrix.Matrix[float64] {
	out := matrix.New[float64](x.Rows, len(at))
	for r := range x.Rows {
		for i, k := range at {
			if k < x.Cols {
				out.Row(r)[i] = x.Row(r)[k]
			} else {
				out.Row(r)[i] = beside.Row(r)[k-x.Cols]
			}
		}
	}
	return out
}

// corner draws the table against draws.
func (p *plotting) corner(ctx context.Context, m *model.Model) (*plot.Picture, string, error) {
	names := slices.Concat(model.Names(m.Columns), model.Names(m.Context))
	at, err := p.choose(names, plot.MostCorner, fmt.Sprintf("%d at most", plot.MostCorner))
	if err != nil {
		return nil, "", err
	}
	s, err := p.read(ctx, m)
	if err != nil {
		return nil, "", err
	}
	x, under, err := p.draws(ctx, m, s.cond)
	if err != nil {
		return nil, "", err
	}
	draws := plot.Sample{Name: plot.Count(x.Rows) + " draws from the model", Rows: chosenOf(x, under, at)}
	table, what := plot.Sample{}, ""
	if s.rows.X.Rows > 0 {
		table = plot.Sample{Name: rowsOf(s.rows.X.Rows, s.total, p.table), Rows: chosenOf(s.rows.X, s.rows.Cond, at)}
		what = table.Name + " and "
	}
	picture, err := plot.Corner(p.named(names, at), table, draws, plot.CornerOptions{Options: p.o})
	return picture, fmt.Sprintf("%s%s, %d columns", what, draws.Name, len(at)), err
}

// layers draws what the flow does to a grid.
func (p *plotting) layers(ctx context.Context, m *model.Model) (*plot.Picture, string, error) {
	names := model.Names(m.Columns)
	if len(p.columns) == 1 && len(names) > 1 {
		return nil, "", usagef("--columns names one column; a grid lies in the plane of two")
	}
	at, err := p.choose(names, 2, "two")
	if err != nil {
		return nil, "", err
	}
	s, err := p.read(ctx, m)
	if err != nil {
		return nil, "", err
	}
	var cond matrix.Matrix[float64]
	if s.cond.Rows > 0 {
		cond = matrix.New[float64](1, s.cond.Cols)
		if err := data.Transform(model.Preprocessing(m.Context), s.cond.Slice(0, 1), nil, cond, nil); err != nil {
			return nil, "", err
		}
	}
	first, second := at[0], at[len(at)-1]
	layers, err := plot.Transport(ctx, m.Flow, m.Params, first, second, cond, p.seed, diffeo.Options{Threads: p.threads})
	if err != nil {
		return nil, "", err
	}
	labels := p.named(names, []int{first, second})
	picture, err := plot.Layers([2]string{labels[0], labels[1]}, layers, p.o)
	return picture, fmt.Sprintf("a grid of the base after %d layers, in the flow's units", len(layers)-1), err
}

// training draws the curves of the file.
func (p *plotting) training(_ context.Context, m *model.Model) (*plot.Picture, string, error) {
	c := m.Training.Curves
	if c == nil || len(c.Train.Steps)+len(c.Validation.Steps) == 0 {
		return nil, "", fmt.Errorf("%w: %s holds no curves of its training: it was imported, or fitted before diffeo kept them; fit again", fault.ErrModel, p.model)
	}
	h := plot.HistoryOf(c.Train.Steps, c.Train.LogProb, c.Validation.Steps, c.Validation.LogProb, m.Training.BestStep)
	if n := m.Training.ValidationRows; n > 0 {
		h.ValidName = plot.Count(n) + " validation rows"
	}
	picture, err := plot.Training(h, p.o)
	return picture, plot.Count(m.Training.Steps) + " steps of training", err
}

// calibration ranks the rows of the table among draws.
func (p *plotting) calibration(ctx context.Context, m *model.Model) (*plot.Picture, string, error) {
	names := model.Names(m.Columns)
	at, err := p.choose(names, plot.MostRanks, fmt.Sprintf("%d at most", plot.MostRanks))
	if err != nil {
		return nil, "", err
	}
	s, err := p.read(ctx, m)
	if err != nil {
		return nil, "", err
	}
	r, err := check.RanksOf(ctx, m, s.rows, check.Options{Seed: p.seed, Threads: p.threads})
	if err != nil {
		return nil, "", err
	}
	if len(r.Regions) == 0 {
		return nil, "", fmt.Errorf("%w: %s: no row can be computed with", fault.ErrData, data.SourceName(p.table))
	}
	var ranks []plot.Ranks
	for i, name := range p.named(names, at) {
		ranks = append(ranks, plot.Ranks{Name: name, Values: r.Columns[at[i]]})
	}
	picture, err := plot.Calibration(ranks, r.Regions, p.o)
	return picture, fmt.Sprintf("%s ranked among %s draws each", rowsOf(len(r.Regions), s.total, p.table), plot.Count(r.Draws)), err
}

// finiteDensity is e^l, and 0 where that is no number.
func finiteDensity(l float64) float64 {
	if d := math.Exp(l); d-d == 0 {
		return d
	}
	return 0
}

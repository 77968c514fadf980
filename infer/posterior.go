package infer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"diffeo/data"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/recipe"
	"diffeo/train"
)

// PosteriorConfig of Posterior. The zero value is a good choice.
type PosteriorConfig struct {
	Support []Interval // where each parameter lies; nil: anywhere

	// Recipe, of package recipe, and its Flow, whose Dim and Context are those of the simulations, are trained as Train says, whose Seed is not used. Recipe "": all three
	// are those of DefaultPosterior, but for Train's Threads and Progress.
	Recipe string
	Flow   recipe.Config
	Train  train.Config

	HoldOut float64 // share of the simulations that is validated on, above 0 and below 1; 0: 0.1
	Seed    uint64  // of what is held out, of the first weights and of the order of rows
}

// DefaultPosterior is what the zero PosteriorConfig means: a flow and a training that do not learn a thousand simulations by heart, and gain from ten thousand. The
// command line has it as --recipe posterior.
func DefaultPosterior() PosteriorConfig {
	return PosteriorConfig{
		Recipe:  "nsf-ar",
		Flow:    recipe.Config{Transforms: 5, Hidden: []int{50, 50}, Bins: 8, Dropout: 0.1, Regression: true},
		Train:   train.Config{Steps: 20000, Warmup: 3000, Batch: 100, Rate: 2e-3, Decay: 0.3, Average: 0.99, ValidateEvery: 50, Patience: 4000},
		HoldOut: 0.1,
	}
}

func (c PosteriorConfig) filled() (PosteriorConfig, error) {
	d := DefaultPosterior()
	if c.Recipe == "" {
		threads, progress := c.Train.Threads, c.Train.Progress
		c.Recipe, c.Flow, c.Train = d.Recipe, d.Flow, d.Train
		c.Train.Threads, c.Train.Progress = threads, progress
	}
	if !(c.HoldOut >= 0 && c.HoldOut < 1) { // also NaN
		return c, fmt.Errorf("%w: HoldOut: %g is no share of the simulations", fault.ErrConfig, c.HoldOut)
	}
	if c.HoldOut == 0 {
		c.HoldOut = d.HoldOut
	}
	c.Train.Seed = c.Seed
	return c, nil
}

// Posterior fits the posterior of parameters given an observation to simulations: a flow q(θ | x), by maximum likelihood, the mean over simulations of log q(θ | x), which is
// greatest where q is the posterior under the prior that the parameters came from (neural posterior estimation: Papamakarios and Murray, arXiv 1605.06376; Greenberg et al., arXiv
// 1905.07488). Given any observation the Model then draws and scores (model.Compile), and diffeo sample --given does so from its file.
//
// The flow's last map leads onto the support, so that no draw leaves it and the density there integrates to 1. Parameters, behind that map, and observations are standardized.
//
// Errors: fault.ErrShape for tables that do not fit together; fault.ErrConfig for a bad configuration; fault.ErrData, with the row, for a parameter outside its support, and for numbers
// that are not finite or constant; those of training, which has been interrupted in vain where the context ends.
func Posterior(ctx context.Context, s Simulations, c PosteriorConfig) (*model.Model, train.Result, error) {
	c, err := c.filled()
	if err != nil {
		return nil, train.Result{}, err
	}
	columns, given, err := s.columns(c)
	if err != nil {
		return nil, train.Result{}, err
	}
	m, err := model.New(c.Recipe, c.Flow, columns, given, model.Float32, c.Seed)
	if err != nil {
		return nil, train.Result{}, err
	}
	all, err := s.encoded(m)
	if err != nil {
		return nil, train.Result{}, err
	}
	rows, held, _, err := data.Split(all.X.Rows, c.Seed, 0, c.HoldOut)
	if err != nil {
		return nil, train.Result{}, err
	}
	learned := picked(all, rows)
	if err := recipe.Regress(c.Flow, m.Params, learned.X, learned.Cond); err != nil {
		return nil, train.Result{}, err
	}
	r, err := train.MaximumLikelihood(ctx, m.Flow, m.Params, learned, picked(all, held), c.Train)
	if err != nil {
		return nil, r, err
	}
	m.Training = model.Training{
		TrainRows: len(rows), ValidationRows: len(held), Steps: r.Steps, BestStep: r.BestStep, PlannedSteps: r.Planned, SkippedSteps: r.Skipped, DroppedRows: r.Dropped,
		Batch: r.Batch, Rate: c.Train.Rate, Clip: c.Train.Clip, Decay: c.Train.Decay, Warmup: c.Train.Warmup, Average: c.Train.Average, Freeze: c.Train.Freeze,
	}
	if r.Early {
		m.Training.Ended = model.EndedEarly
	}
	return m, r, nil
}

// columns measures the preprocessing.
func (s Simulations) columns(c PosteriorConfig) (columns, given []model.Column, err error) {
	theta, x := s.Parameters, s.Observations
	switch n := theta.Values.Rows; {
	case x.Values.Rows != n:
		return nil, nil, fmt.Errorf("%w: %d rows of parameters and %d of observations: they stand beside each other", fault.ErrShape, n, x.Values.Rows)
	case c.Support != nil && len(c.Support) != theta.Values.Cols:
		return nil, nil, fmt.Errorf("%w: Support: %d intervals for %d parameters", fault.ErrShape, len(c.Support), theta.Values.Cols)
	case slices.ContainsFunc(theta.Columns, func(name string) bool { return slices.Contains(x.Columns, name) }):
		return nil, nil, fmt.Errorf("%w: a name occurs among the parameters %v and the observations %v", fault.ErrConfig, theta.Columns, x.Columns)
	}
	for i, side := range []struct {
		t  data.Table
		to *[]model.Column
	}{{theta, &columns}, {x, &given}} {
		specs := make([]data.Spec, side.t.Values.Cols)
		for k := range specs {
			if i == 0 && c.Support != nil {
				if specs[k], err = c.Support[k].spec(); err != nil {
					return nil, nil, fmt.Errorf("support of %s: %w", side.t.Columns[k], err)
				}
			}
		}
		p, err := data.FitPreprocessing(side.t, specs, nil)
		if err != nil {
			return nil, nil, named(err, side.t.Columns)
		}
		if *side.to, err = model.Columned(side.t.Columns, p); err != nil {
			return nil, nil, err
		}
	}
	return columns, given, nil
}

// encoded brings the simulations to the flow's units.
func (s Simulations) encoded(m *model.Model) (train.Data[float32], error) {
	n := s.Parameters.Values.Rows
	d := train.Data[float32]{X: matrix.New[float32](n, len(m.Columns)), Cond: matrix.New[float32](n, len(m.Context))}
	if err := data.Transform(model.Preprocessing(m.Columns), s.Parameters.Values, nil, d.X, nil); err != nil {
		return d, named(err, s.Parameters.Columns)
	}
	return d, named(data.Transform(model.Preprocessing(m.Context), s.Observations.Values, nil, d.Cond, nil), s.Observations.Columns)
}

// named gives an error that knows a column by its number the column's name.
func named(err error, columns []string) error {
	if e, ok := errors.AsType[*data.TooFar](err); ok {
		k, _ := strconv.Atoi(e.Column)
		return &data.TooFar{Row: e.Row, Column: strconv.Quote(columns[k]), X: e.X, Support: e.Support}
	}
	return err
}

// picked copies some rows.
func picked(d train.Data[float32], rows []int) train.Data[float32] {
	out := train.Data[float32]{X: matrix.New[float32](len(rows), d.X.Cols), Cond: matrix.New[float32](len(rows), d.Cond.Cols)}
	for i, r := range rows {
		copy(out.X.Row(i), d.X.Row(r))
		copy(out.Cond.Row(i), d.Cond.Row(r))
	}
	return out
}

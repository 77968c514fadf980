package train

import (
	"context"
	"fmt"

	"diffeo/fault"
	"diffeo/flow"
	"diffeo/matrix"
	"diffeo/param"
)

// Result says how training went.
type Result struct {
	Planned    int     // steps that were to be made
	Batch      int     // rows of a step
	Steps      int     // steps made, those before a resume included
	BestStep   int     // the step whose weights were kept, from 1; 0: the first weights
	Validation float64 // mean log p over the validation rows with those weights, in nats; NaN without validation
	Floored    int     // validation rows that lay so low that they count in Validation with a floor: see MaximumLikelihood
	Early      bool    // patience ended it
	TimedOut   bool    // Config.TimeLimit ended it
	Resumed    int     // the step that the checkpoint was made after; 0: from the beginning
	Skipped    int     // steps that changed nothing because they were not finite
	Skips      []Skip  // the first of them, 20 at most
	Dropped    int     // rows left out of batches because the step would not have been finite with them, over all steps
	DroppedAt  string  // where the first of them came from
	Curve      Curve   // how the likelihood went
}

const maxSkips = 20

// MaximumLikelihood trains a flow on the training rows: params holds the first weights and receives the best ones, those of the
// best validation, or without validation rows the last ones. The numbers are computed in T.
//
// One row cannot decide a validation: with n validation rows none counts for less than max(100, n/2) nats below their median, rows of
// density 0 included. Result.Floored says how many that concerned; where it is 0 the mean is the plain one.
//
// Where a batch's loss or gradient is not finite because of some rows, the step is made without these: their places
// are taken by other rows of the batch. Where that does not help, or more than half of the batch would have to go, the step is
// skipped. A gradient that is finite and too large is scaled down to Config.Clip.
//
// Where the context ends first, params receives the best weights so far (the current ones if none was validated yet) and the
// error wraps the context's. Where MaxBad consecutive steps are not finite it receives the best weights so far and
// the error wraps fault.ErrNonFinite and says where the trouble begins. Other errors leave params as they were: fault.ErrConfig,
// fault.ErrShape, fault.ErrContext, fault.ErrData (no rows, a cell that is not finite, weights that are none), and ErrCheckpoint.
func MaximumLikelihood[T matrix.Float](ctx context.Context, f flow.Flow, params *param.Set, train, validation Data[T], c Config) (Result, error) {
	bound, err := f.Bind()
	if err != nil {
		return noResult(), err
	}
	return fit(ctx, f, bound, params, likelihood(train.Weights != nil, c.Noise), train, validation, c)
}

// fit minimizes an objective over the rows of a table.
func fit[T matrix.Float](ctx context.Context, m Model, bound *flow.Bound, params *param.Set, o Objective, train, validation Data[T], c Config) (Result, error) {
	if train.X.Rows == 0 {
		return noResult(), fmt.Errorf("%w: there are no training rows", fault.ErrData)
	}
	if err := train.check("training data", bound); err != nil {
		return noResult(), err
	}
	f, _ := m.(flow.Flow) // only a diagnosis looks into it
	return minimize[T](ctx, f, bound, params, o, newBatches(train, c.Seed), validation, c)
}

// FromSource is MaximumLikelihood with batches from a source, which may be larger than memory. Maps that take their first values from data
// take them from the first batch. Config.Seed is not used: the order of the rows is the source's affair. An error of
// the source ends training as an interruption does.
func FromSource[T matrix.Float](ctx context.Context, f flow.Flow, params *param.Set, from Source[T], validation Data[T], c Config) (Result, error) {
	bound, err := f.Bind()
	if err != nil {
		return noResult(), err
	}
	return minimize(ctx, f, bound, params, likelihood(from.About().Weighted, c.Noise), from, validation, c)
}

func minimize[T matrix.Float](ctx context.Context, f flow.Flow, bound *flow.Bound, params *param.Set, o Objective, from Source[T], validation Data[T], c Config) (Result, error) {
	clock := startClock(c.TimeLimit)
	if err := validation.check("validation data", bound); err != nil {
		return noResult(), err
	}
	if validation.Fresh != nil {
		return noResult(), fmt.Errorf("%w: validation data that are fresh in every pass could not be compared from one validation to the next; leave Fresh out", fault.ErrConfig)
	}
	c, err := c.filled(from.About().Rows)
	if err != nil {
		return noResult(), err
	}
	w, err := newWeights[T](bound.Specs, params, c)
	if err != nil {
		return noResult(), err
	}
	t, err := newTrainer(f, bound, w, o, from, validation, c)
	if err != nil {
		return noResult(), err
	}
	resumed, err := t.resume(params, validation)
	if err != nil {
		return noResult(), err
	}
	if !resumed && !t.dataless() {
		if err := t.start(ctx); err != nil {
			return t.result, err
		}
	}
	err = t.loop(ctx, clock)
	r := &t.result
	if t.unvalidated() && r.Steps > 0 { // nothing to compare: the last weights, which are finite
		w.keepBest()
		r.BestStep = r.Steps
	}
	if e := w.assign(params); e != nil && err == nil {
		err = e
	}
	r.Curve = t.curve.Curve
	return *r, err
}

package train

import (
	"context"
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/flow"
	"diffeo/matrix"
	"diffeo/param"
)

// Result says how training went.
type Result struct {
	Steps      int     // steps made
	BestStep   int     // the step whose weights were kept, from 1; 0: the first weights
	Validation float64 // mean log p over the validation rows with those weights, in nats; NaN without validation
	Early      bool    // patience ended it
	Skipped    int     // steps that changed nothing because they were not finite
	Skips      []Skip  // the first of them, 20 at most
}

const maxSkips = 20

// MaximumLikelihood trains a flow on the training rows: params holds the first weights and receives the best ones, those of the
// best validation, or without validation rows the last ones. The numbers are computed in T.
//
// Where the context ends first, params receives the best weights so far (the current ones if none was validated yet) and the
// error wraps the context's. Where MaxBad consecutive steps are not finite it receives the best weights so far and
// the error wraps fault.ErrNonFinite and says where the trouble begins. Other errors leave params as they were: fault.ErrConfig,
// fault.ErrShape, fault.ErrContext, fault.ErrData (no rows, a cell that is not finite).
func MaximumLikelihood[T matrix.Float](ctx context.Context, f flow.Flow, params *param.Set, train, validation Data[T], c Config) (Result, error) {
	r := Result{Validation: math.NaN()}
	bound, err := f.Bind()
	if err != nil {
		return r, err
	}
	if train.X.Rows == 0 {
		return r, fmt.Errorf("%w: there are no training rows", fault.ErrData)
	}
	if err := train.check("training data", bound); err != nil {
		return r, err
	}
	if err := validation.check("validation data", bound); err != nil {
		return r, err
	}
	if c, err = c.filled(train.X.Rows); err != nil {
		return r, err
	}
	w, err := newWeights[T](bound.Specs, params)
	if err != nil {
		return r, err
	}
	t, err := newTrainer(f, bound, w, train, validation, c)
	if err != nil {
		return r, err
	}
	if err := t.start(ctx, train); err != nil {
		return r, err
	}
	err = t.loop(ctx, &r)
	if math.IsNaN(r.Validation) && r.Steps > 0 { // nothing to compare: the last weights, which are finite
		w.keepBest()
		r.BestStep = r.Steps
	}
	if e := w.assign(params); e != nil && err == nil {
		err = e
	}
	return r, err
}

// loop makes steps until there is a reason to end.
func (t *trainer[T]) loop(ctx context.Context, r *Result) error {
	c, bad := t.config, 0
	progress := Progress{Steps: c.Steps, Validation: math.NaN(), Best: math.NaN()}
	for n := range c.Steps {
		loss, norm, good, err := t.step(ctx, n)
		if err != nil {
			return stopped(r.Steps, err)
		}
		r.Steps = n + 1
		progress.Step, progress.Loss, progress.Norm, progress.Rate = n+1, loss, norm, c.rate(n)
		progress.Validated, progress.Skipped = false, nil
		if bad++; good {
			bad = 0
		} else {
			progress.Skipped = t.skip(ctx, r)
		}
		if bad >= c.MaxBad {
			t.report(progress)
			return fmt.Errorf("%w: %d steps in a row were not finite; the last one, step %d: %s; lower the learning rate, look at that row, or rescale the columns (the best weights so far were kept)",
				fault.ErrNonFinite, bad, n+1, progress.Skipped.Where)
		}
		last := n+1 == c.Steps
		if t.score != nil && ((n+1)%c.ValidateEvery == 0 || last) {
			v, err := t.validate(ctx)
			if err != nil {
				return stopped(r.Steps, err)
			}
			if finite(v) && !(v <= r.Validation) { // also the first
				r.Validation, r.BestStep = v, n+1
				t.weights.keepBest()
			}
			progress.Validated, progress.Validation, progress.Best = true, v, r.Validation
		}
		t.report(progress)
		if progress.Validated && !last && c.Patience > 0 && n+1-r.BestStep >= c.Patience {
			r.Early = true
			break
		}
	}
	if t.score != nil && math.IsNaN(r.Validation) {
		return fmt.Errorf("%w: no validation gave a finite mean: %s", fault.ErrNonFinite, t.badValidation())
	}
	return nil
}

func (t *trainer[T]) report(p Progress) {
	if t.config.Progress != nil {
		t.config.Progress(p)
	}
}

func stopped(steps int, err error) error {
	return fmt.Errorf("training was stopped after %d steps: %w", steps, err)
}

package train

import (
	"context"
	"fmt"
	"math"
	"time"

	"diffeo/fault"
)

// clock measures Config.TimeLimit.
type clock struct {
	start time.Time
	limit time.Duration
}

func startClock(limit time.Duration) clock { return clock{time.Now(), limit} }

func (c clock) over() bool { return c.limit > 0 && time.Since(c.start) >= c.limit }

func noResult() Result { return Result{Validation: math.NaN()} }

// unvalidated tells whether no validation has given a number yet.
func (t *trainer[T]) unvalidated() bool { return math.IsNaN(t.result.Validation) }

// loop makes steps until there is a reason to end. A checkpoint is written between steps only, when all that a step entails has been done:
// then a resumed run does what this one would have done.
func (t *trainer[T]) loop(ctx context.Context, clock clock) error {
	c, r := t.config, &t.result
	progress := Progress{Steps: c.Steps, Validation: math.NaN(), Best: r.Validation}
	for !t.ended() {
		n := r.Steps
		o, err := t.step(ctx, n)
		if err != nil {
			return t.interrupted(err)
		}
		r.Steps = n + 1
		progress.Step, progress.Loss, progress.Norm, progress.Rate = n+1, o.loss, o.norm, c.rate(n)
		progress.Validated, progress.Skipped, progress.Dropped = false, nil, o.dropped
		r.Dropped += o.dropped
		t.curve.step(n+1, o.loss)
		if t.bad++; o.good {
			t.bad = 0
		} else {
			progress.Skipped = t.skip(ctx)
		}
		if t.bad >= c.MaxBad {
			t.report(progress)
			return fmt.Errorf("%w: %d steps in a row were not finite; the last one, step %d: %s; lower the learning rate, look at that row, or rescale the columns (the best weights so far were kept)",
				fault.ErrNonFinite, t.bad, n+1, progress.Skipped.Where)
		}
		if t.score != nil && ((n+1)%c.ValidateEvery == 0 || n+1 == c.Steps) {
			if progress.Validation, err = t.judge(t.patient(ctx)); err != nil {
				return stopped(r.Steps, err)
			}
			progress.Validated, progress.Best = true, r.Validation
			r.Early = n+1 < c.Steps && c.Patience > 0 && n+1-r.BestStep >= c.Patience
		}
		t.report(progress)
		r.TimedOut = !t.ended() && clock.over()
		if c.Checkpoint.File != "" && (r.Steps%c.Checkpoint.Every == 0 || t.ended() || r.TimedOut) {
			if err := t.save(); err != nil {
				return err
			}
		}
		if r.TimedOut {
			return t.outOfTime(ctx, progress)
		}
	}
	return t.verdict()
}

// ended tells whether training has come to its own end.
func (t *trainer[T]) ended() bool { return t.result.Early || t.result.Steps >= t.config.Steps }

// judge validates the current weights, and keeps them if they are the best so far.
func (t *trainer[T]) judge(ctx context.Context) (float64, error) {
	r := &t.result
	v, floored, err := t.validate(ctx)
	if err != nil {
		return v, err
	}
	t.curve.validation(r.Steps, v)
	if finite(v) && !(v <= r.Validation) { // also the first
		r.Validation, r.BestStep, r.Floored = v, r.Steps, floored
		t.weights.keepBest()
	}
	return v, nil
}

// outOfTime ends training before its time: weights that were not validated yet are.
func (t *trainer[T]) outOfTime(ctx context.Context, progress Progress) error {
	if t.score != nil && !progress.Validated {
		var err error
		if progress.Validation, err = t.judge(ctx); err != nil {
			return stopped(t.result.Steps, err)
		}
	}
	return t.verdict()
}

// verdict reports a training that never gave a density to the validation rows.
func (t *trainer[T]) verdict() error {
	if t.score != nil && t.unvalidated() {
		return fmt.Errorf("%w: no validation gave a finite mean: %s", fault.ErrNonFinite, t.badValidation())
	}
	return nil
}

// patient is a context that ends a validation only where no checkpoint is to be written after it: a checkpoint lies between steps.
func (t *trainer[T]) patient(ctx context.Context) context.Context {
	if t.config.Checkpoint.File != "" {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// interrupted notes down what there is when a step was stopped from outside. Nothing of that step has happened.
func (t *trainer[T]) interrupted(err error) error {
	err = stopped(t.result.Steps, err)
	if t.config.Checkpoint.File == "" || t.result.Steps == 0 {
		return err
	}
	if e := t.save(); e != nil {
		return fmt.Errorf("%w; and %w", err, e)
	}
	return fmt.Errorf("%w; the checkpoint %s was written, from which it can be resumed", err, t.config.Checkpoint.File)
}

func (t *trainer[T]) report(p Progress) {
	if t.config.Progress != nil {
		t.config.Progress(p)
	}
}

func stopped(steps int, err error) error {
	return fmt.Errorf("training was stopped after %d steps: %w", steps, err)
}

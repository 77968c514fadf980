package train

import (
	"context"
	"fmt"

	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/matrix"
	"diffeo/param"
)

// Objective writes into a training graph what is minimized, of shape [] per row: the loss of a step is its mean over the rows of a batch. Random
// numbers come from the builder's Key, which differs from step to step; terms that come in slowly read Done.
type Objective func(b *graph.Builder, f *flow.Bound) graph.Value

// Done is the share of the steps that have been made, shared and from 0 to below 1: for the graphs of an Objective.
func Done(b *graph.Builder) graph.Value { return b.SharedInput(inputDone, graph.Float) }

// Minimize trains a flow on an objective without data, such as a reverse divergence, where the rows of a batch are draws: params holds the first
// weights and receives the last ones, or with Config.Average their moving average. Schedule, clipping, checkpoints and the guard against steps that are not finite are those of
// MaximumLikelihood; there is no validation. Maps that take their first values from data keep those of their declaration. In the Result
// and in Progress the loss is the objective's mean, and Curve.Train its negative.
//
// Errors are those of MaximumLikelihood that do not concern data; Config.Epochs and Config.Noise, of which there are none, are fault.ErrConfig. A flow with a condition is
// fault.ErrContext.
func Minimize[T matrix.Float](ctx context.Context, f flow.Flow, params *param.Set, o Objective, c Config) (Result, error) {
	bound, err := f.Bind()
	if err != nil {
		return noResult(), err
	}
	if bound.Cond != nil {
		return noResult(), fmt.Errorf("%w: an objective without data has no condition to give to this flow", fault.ErrContext)
	}
	if c.Noise != 0 {
		return noResult(), fmt.Errorf("%w: Noise is added to rows, and an objective without data has none", fault.ErrConfig)
	}
	return minimize(ctx, f, bound, params, o, nothing[T]{}, Data[T]{}, c)
}

// Model is what Over trains: a flow.Flow, or anything else with parameters and a log-density of rows, or a bound on one, that Bind gives
// the form of a flow.
type Model interface {
	Bind() (*flow.Bound, error)
}

// Over is Minimize with the rows of a table, in the batches of MaximumLikelihood: the objective reads those of a step by Rows. Validation is by the model's log-density, as there;
// where that draws, as a bound does, with the random key of the step. Errors: those of MaximumLikelihood; rows with weights, which an objective
// would not see, are fault.ErrConfig.
func Over[T matrix.Float](ctx context.Context, m Model, params *param.Set, o Objective, train, validation Data[T], c Config) (Result, error) {
	bound, err := m.Bind()
	if err != nil {
		return noResult(), err
	}
	if err := unweighted(train.Weights != nil, c); err != nil {
		return noResult(), err
	}
	return fit(ctx, m, bound, params, o, train, validation, c)
}

// OverSource is Over with batches from a source, as FromSource has them. Errors: those of both; a source whose rows have weights is fault.ErrConfig.
func OverSource[T matrix.Float](ctx context.Context, m Model, params *param.Set, o Objective, from Source[T], validation Data[T], c Config) (Result, error) {
	bound, err := m.Bind()
	if err != nil {
		return noResult(), err
	}
	if err := unweighted(from.About().Weighted, c); err != nil {
		return noResult(), err
	}
	f, _ := m.(flow.Flow) // only a diagnosis looks into it
	return minimize(ctx, f, bound, params, o, from, validation, c)
}

// unweighted reports what objectives of one's own do not see.
func unweighted(weights bool, c Config) error {
	if weights {
		return fmt.Errorf("%w: rows with weights are for MaximumLikelihood; leave Weights out", fault.ErrConfig)
	}
	if c.Noise != 0 {
		return fmt.Errorf("%w: Noise is for MaximumLikelihood; an objective of one's own adds what it wants to its rows", fault.ErrConfig)
	}
	return nil
}

// Rows are the rows of a step's batch and their condition, for an Objective of Over.
func Rows(b *graph.Builder, f *flow.Bound) (x, cond graph.Value) { return inputs(b, f) }

// likelihood is −log p of a batch's rows, with normal noise of a deviation, times their weights where they have some.
func likelihood(weighted bool, noise float64) Objective {
	return func(b *graph.Builder, f *flow.Bound) graph.Value {
		x, cond := inputs(b, f)
		if noise > 0 {
			x = graph.Add(x, graph.Scale(graph.Random(b.Key(), graph.Normal, "train.noise", 1, x.Shape()...), noise))
		}
		l := f.LogProb(b, x, cond)
		if weighted {
			l = graph.Mul(b.Input(inputW), l)
		}
		return graph.Neg(l)
	}
}

// nothing is a Source without data.
type nothing[T matrix.Float] struct{}

func (nothing[T]) About() About { return About{Fingerprint: func() string { return "none" }} }

func (nothing[T]) Batch(context.Context, int, matrix.Matrix[T], matrix.Matrix[T], []T) error {
	return nil
}

func (nothing[T]) Place(i int) string { return fmt.Sprintf("draw %d of the step", i) }

// dataless reports whether a step's rows are draws of its own.
func (t *trainer[T]) dataless() bool {
	_, ok := t.source.(nothing[T])
	return ok
}

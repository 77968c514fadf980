package dequant

import (
	"context"
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/matrix"
	"diffeo/param"
	"diffeo/train"
)

// most is the largest number of draws a row in a training step.
const most = 64

// Config of Fit. The zero value maximizes the bound with one draw.
type Config struct {
	Train train.Config // Noise has no meaning
	Draws int          // of the noise for each row: above 1 the importance-weighted bound is maximized; at most 64; 0: 1
}

// Fit trains a flow and its noise together on the rows of a table, x, by the bound: params holds the first weights (Model.Init) and receives the best ones by validation, or
// without validation rows the last ones. Validation is by the bound with one draw, as Result says log p: it is a lower bound of the mean of log P. The numbers are
// computed in T, and are functions of the seeds. Rows are the whole numbers themselves: a step adds their noise, and Data.Fresh, which may turn pictures around, adds none.
//
// Errors: those of train.MaximumLikelihood, of Model.Bind; fault.ErrConfig for a bad field, and for rows with weights.
func Fit[T matrix.Float](ctx context.Context, m Model, params *param.Set, data, validation train.Data[T], c Config) (train.Result, error) {
	if err := c.check(); err != nil {
		return train.Result{}, err
	}
	return train.Over(ctx, m, params, c.objective, data, validation, c.Train)
}

// FitSource is Fit with rows from a source, which may be larger than memory (train.FromSource): the whole numbers themselves, to which it adds no noise.
func FitSource[T matrix.Float](ctx context.Context, m Model, params *param.Set, from train.Source[T], validation train.Data[T], c Config) (train.Result, error) {
	if err := c.check(); err != nil {
		return train.Result{}, err
	}
	return train.OverSource(ctx, m, params, c.objective, from, validation, c.Train)
}

func (c Config) check() error {
	if c.Draws < 0 || c.Draws > most {
		return fmt.Errorf("%w: Draws: a bound of %d draws; at most %d are computed in a step", fault.ErrConfig, c.Draws, most)
	}
	return nil
}

// objective is −log 1/K Σ_k p(y_k)/q(y_k|x).
func (c Config) objective(b *graph.Builder, f *flow.Bound) graph.Value {
	x, cond := train.Rows(b, f)
	draws := max(1, c.Draws)
	weights := f.Transform.(*cells).logWeight(b, x, cond, b.Key(), draws)
	if draws == 1 {
		return graph.Neg(weights)
	}
	return graph.Offset(graph.Neg(graph.GroupLogSumExp(weights, draws)), math.Log(float64(draws)))
}

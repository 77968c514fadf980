package train

import (
	"context"
	"math"
	"strings"

	"diffeo/cpu"
	"diffeo/flow"
	"diffeo/matrix"
)

// trainer makes steps.
type trainer[T matrix.Float] struct {
	config  Config
	flow    flow.Flow
	bound   *flow.Bound
	weights *weights[T]
	batches *batches[T]

	gradient, update *program[T]
	loss             [1]T
	scalars          map[string][]T // of the update
	applied          int            // updates made

	score      *program[T] // nil: no validation
	validation []T         // log p of every validation row
}

func newTrainer[T matrix.Float](f flow.Flow, bound *flow.Bound, w *weights[T], train, validation Data[T], c Config) (*trainer[T], error) {
	t := &trainer[T]{
		config: c, flow: f, bound: bound, weights: w, batches: newBatches(train, c.Batch, c.Seed),
		scalars: map[string][]T{"rate": {0}, "correction1": {0}, "correction2": {0}, "scale": {0}},
	}
	g, err := gradientGraph(bound)
	t.gradient, err = compile(g, err, c.Threads, t.find(t.batches.x, t.batches.cond), func(name string) cpu.Array[T] {
		if name == outLoss {
			return cpu.Array[T]{Data: t.loss[:]}
		}
		return t.named(name)
	})
	if err != nil {
		return nil, err
	}
	t.gradient.args.Rows = c.Batch
	g, err = adamGraph(bound)
	t.update, err = compile(g, err, c.Threads, t.named, nil)
	if err != nil {
		return nil, err
	}
	if validation.X.Rows == 0 {
		return t, nil
	}
	t.validation = make([]T, validation.X.Rows)
	g, err = scoreGraph(bound)
	t.score, err = compile(g, err, c.Threads, t.find(validation.X, validation.Cond), func(string) cpu.Array[T] {
		return cpu.Array[T]{Data: t.validation}
	})
	if err != nil {
		return nil, err
	}
	t.score.args.Rows = validation.X.Rows
	return t, nil
}

// find binds the data of a graph, and everything else by name.
func (t *trainer[T]) find(x, cond matrix.Matrix[T]) func(name string) cpu.Array[T] {
	return func(name string) cpu.Array[T] {
		switch name {
		case inputX:
			return rowsOf(x)
		case inputCond:
			return rowsOf(cond)
		}
		return t.named(name)
	}
}

// named is a parameter, its gradient or moment, or a scalar of the update.
func (t *trainer[T]) named(name string) cpu.Array[T] {
	if s, ok := t.scalars[name]; ok {
		return cpu.Array[T]{Data: s}
	}
	list := t.weights.p
	for prefix, l := range map[string][][]T{prefixG: t.weights.g, prefixM: t.weights.m, prefixV: t.weights.v} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			name, list = rest, l
		}
	}
	return cpu.Array[T]{Data: list[t.weights.at[name]]}
}

// step makes step number n, from 0: it deals a batch and updates the parameters, unless the loss or the gradient is not finite. Then
// nothing has changed and good is false.
func (t *trainer[T]) step(ctx context.Context, n int) (loss, norm float64, good bool, err error) {
	t.batches.deal()
	t.weights.keepState()
	if err := t.gradient.Run(ctx, &t.gradient.args); err != nil {
		t.weights.restoreState()
		return 0, 0, false, err
	}
	loss, norm = float64(t.loss[0]), math.Sqrt(t.weights.squares())
	if !finite(loss) || !finite(norm) || !t.stateFinite() {
		t.weights.restoreState()
		return loss, norm, false, nil
	}
	k := float64(t.applied + 1)
	t.set("rate", t.config.rate(n))
	t.set("correction1", 1-math.Pow(adam.Beta1, k))
	t.set("correction2", 1-math.Pow(adam.Beta2, k))
	t.set("scale", min(1, t.config.Clip/max(norm, math.SmallestNonzeroFloat64)))
	if err := t.update.Run(context.Background(), &t.update.args); err != nil { // not cancelled: whole or not at all
		return loss, norm, false, err
	}
	t.applied++
	return loss, norm, true, nil
}

func (t *trainer[T]) set(scalar string, x float64) { t.scalars[scalar][0] = T(x) }

func (t *trainer[T]) stateFinite() bool {
	for i, s := range t.weights.previous {
		if s == nil {
			continue
		}
		for _, x := range t.weights.p[i] {
			if !finite(float64(x)) {
				return false
			}
		}
	}
	return true
}

// validate returns the mean log-density of the validation rows, added up in float64 in their order.
func (t *trainer[T]) validate(ctx context.Context) (float64, error) {
	if err := t.score.Run(ctx, &t.score.args); err != nil {
		return 0, err
	}
	sum := 0.0
	for _, x := range t.validation {
		sum += float64(x)
	}
	return sum / float64(len(t.validation)), nil
}

func finite(x float64) bool { return x-x == 0 }

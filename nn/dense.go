package nn

import (
	"fmt"
	"slices"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Context says how a condition enters a network.
type Context uint8

// The ways of a condition c into a network.
const (
	EveryLayer Context = iota // every dense layer adds W·c
	FirstLayer                // the first layer adds W·c: the same as concatenating c to the input
	Activated                 // the first layer adds act(W·c + b), as nflows' MADE does
	Gated                     // the first layer adds W·c, and residual blocks are multiplied by σ(V·c + a): residual networks only
)

func (c Context) check() error {
	if c > Gated {
		return fmt.Errorf("%w: context mode %d is none of EveryLayer, FirstLayer, Activated, Gated", fault.ErrConfig, c)
	}
	return nil
}

// dense is y = (mask∘W)·x + b + V·c. Parts that cannot matter are not declared: a weight whose mask is 0, a
// context weight without a context.
type dense struct {
	weight, bias, context param.Ref
	mask                  []float64 // nil: all ones
	hasWeight, hasContext bool
}

// layer declares a dense layer of the given sizes; mask holds out×in zeros and ones, or is nil for all ones.
func layer(s *param.Scope, in, out, context int, mask []float64, at place, start Start) dense {
	d := dense{mask: mask, hasWeight: in > 0, hasContext: context > 0}
	if mask != nil {
		d.hasWeight = d.hasWeight && slices.Contains(mask, 1)
		if !slices.Contains(mask, 0) {
			d.mask = nil
		}
	}
	n, reads := context, make([]int, out)
	for j := range reads {
		reads[j] = context
		if d.hasWeight {
			reads[j] += seen(mask, in, j)
		}
	}
	if d.hasWeight {
		n += in
	}
	first, bias := rowwise(start.bounds(at, n, reads)), param.Constant(0)
	if at == firstLayer || at == hiddenLayer {
		bias = first
	}
	if d.hasWeight {
		d.weight = s.Param("weight", first, out, in)
	}
	d.bias = s.Param("bias", bias, out)
	if d.hasContext {
		d.context = s.Param("context", first, out, context)
	}
	return d
}

// seen counts the columns that unit j sees of in.
func seen(mask []float64, in, j int) (n int) {
	if mask == nil {
		return in
	}
	for _, m := range mask[j*in : (j+1)*in] {
		if m != 0 {
			n++
		}
	}
	return n
}

// apply computes the layer. x may be absent where the layer has no weight.
func (d dense) apply(b *graph.Builder, x, cond graph.Value) graph.Value {
	y := d.bias.Value(b)
	if d.hasWeight {
		w := d.weight.Value(b)
		if d.mask != nil {
			w = graph.Mul(w, b.Const(d.mask, d.weight.Shape...))
		}
		y = graph.Add(graph.Linear(w, x), y)
	}
	if d.hasContext {
		y = graph.Add(y, graph.Linear(d.context.Value(b), cond))
	}
	return y
}

// reach is the largest magnitude of a number that a network reads; larger ones count as this. Scaled by any sensible weights it stays far
// inside float32, so that a wild point gives a bad score and never ∞ − ∞ or 0·∞.
const reach = 1e12

// tame bounds what a network reads; absent values pass.
func tame(x graph.Value) graph.Value {
	if !x.Valid() {
		return x
	}
	return graph.Clamp(x, -reach, reach)
}

// columns is the number of columns of a condition, which must be a vector.
func columns(cond graph.Shape) (int, error) {
	switch {
	case cond == nil:
		return 0, nil
	case len(cond) == 1 && cond[0] > 0:
		return cond[0], nil
	}
	return 0, fmt.Errorf("%w: a condition of shape %v, but this network reads a vector", fault.ErrShape, cond)
}

// widths checks hidden layer sizes; nil means 128, 128.
func widths(hidden []int) ([]int, error) {
	if hidden == nil {
		return []int{128, 128}, nil
	}
	for i, h := range hidden {
		if h < 1 {
			return nil, fmt.Errorf("%w: hidden layer %d has %d units and needs at least 1", fault.ErrConfig, i, h)
		}
	}
	return hidden, nil
}

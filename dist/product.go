package dist

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Product joins independent densities column by column: the first columns follow the first part, the next ones the second, and so on, each on
// its own support, as an angle beside a number beside a fraction:
//
//	log p(x) = Σ_i log p_i(x_i)
//
// The parameters are those of the parts, under parts.i. A condition is given to all of them.
type Product struct{ Parts []Distribution }

// Bind implements Distribution. Errors: no parts, those of a part, a part whose draws are no vectors.
func (p Product) Bind(s *param.Scope, cond graph.Shape) (Bound, error) {
	if len(p.Parts) == 0 {
		return nil, fmt.Errorf("%w: a product of no densities", fault.ErrConfig)
	}
	out := product{ends: []int{0}}
	for i, d := range p.Parts {
		part, err := bindPart("part", s.At("parts", i), i, d, cond)
		if err != nil {
			return nil, err
		}
		event := part.Event()
		if len(event) != 1 {
			return nil, fmt.Errorf("%w: draws of part %d have shape %v, and a product joins vectors", fault.ErrShape, i, event)
		}
		out.parts = append(out.parts, part)
		out.ends = append(out.ends, out.ends[i]+event[0])
	}
	return out, nil
}

// bindPart binds a density that another one is made of.
func bindPart(what string, s *param.Scope, i int, d Distribution, cond graph.Shape) (Bound, error) {
	if d == nil {
		return nil, fmt.Errorf("%w: %s %d is missing", fault.ErrConfig, what, i)
	}
	b, err := d.Bind(s, cond)
	if err != nil {
		return nil, fmt.Errorf("%s %d: %w", what, i, err)
	}
	return b, nil
}

type product struct {
	parts []Bound
	ends  []int // part i has the columns ends[i] … ends[i+1]−1
}

func (p product) Event() graph.Shape { return graph.Shape{p.ends[len(p.parts)]} }

func (p product) Support() []Interval {
	var out []Interval
	for _, part := range p.parts {
		out = append(out, part.Support()...)
	}
	return out
}

func (p product) LogProb(b *graph.Builder, x, cond graph.Value) graph.Value {
	total := b.Scalar(0)
	for i, part := range p.parts {
		total = graph.Add(total, part.LogProb(b, graph.Slice(x, 0, p.ends[i], p.ends[i+1]), cond))
	}
	return total
}

func (p product) Sample(b *graph.Builder, key graph.Value, lanes int, cond graph.Value) graph.Value {
	var draws []graph.Value
	for _, part := range p.parts {
		draws = append(draws, part.Sample(b, key, lanes, cond))
	}
	return graph.Concat(0, draws...)
}

// Scaled implements Scaler: every part is scaled.
func (p product) Scaled(t float64) (Bound, error) {
	var err error
	p.parts, err = scaledParts("part", p.parts, t)
	return p, err
}

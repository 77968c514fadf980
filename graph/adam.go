package graph

import "fmt"

// AdamConfig are the constants of an Adam update (Kingma and Ba, arXiv 1412.6980; decoupled weight decay: 1711.05101).
type AdamConfig struct{ Beta1, Beta2, Epsilon, WeightDecay float64 }

func (c AdamConfig) String() string {
	return fmt.Sprintf("β1 %g β2 %g ε %g decay %g", c.Beta1, c.Beta2, c.Epsilon, c.WeightDecay)
}

// AdamOp is the name of the composite that Adam makes.
const AdamOp = "adam"

// AdamScalars are shared floats of shape [] that change from step to step: the learning rate, the bias corrections 1 − β₁ᵗ and
// 1 − β₂ᵗ, a factor on the gradient (for clipping), and a bool, Enabled: where it is false, nothing changes, whatever the gradient holds
// (a step that is not finite is skipped so). Without it the update is always made.
type AdamScalars struct{ Rate, Correction1, Correction2, GradScale, Enabled Value }

// Adam is one update of a parameter p with gradient g and moments m and v:
//
//	g' = s·g,  m' = β₁m + (1−β₁)g',  v' = β₂v + (1−β₂)g'²,  p' = p − η·λ·p − η·(m'/c₁)/(√(v'/c₂) + ε)
//
// with learning rate η, decay λ, corrections c₁ and c₂, and gradient factor s. It has no derivative worth having: differentiate its parts
// if you must.
//
// Where g is a product with a constant mask and λ is 0, an engine may leave p, m and v as they are wherever the mask is 0: m and v must be 0 there, as they
// are if they began so.
func Adam(c AdamConfig, p, g, m, v Value, s AdamScalars) (p1, m1, v1 Value) {
	if !s.Enabled.Valid() {
		s.Enabled = builderOf(p).ConstBool([]bool{true})
	}
	in := []Value{p, g, m, v, s.Rate, s.Correction1, s.Correction2, s.GradScale, s.Enabled}
	out := composite(AdamOp, c, in, func(in []Value) []Value {
		p0, m0, v0, enabled := in[0], in[2], in[3], in[8]
		p, g, m, v, rate := p0, Mul(in[7], in[1]), m0, v0, in[4]
		m = Add(Scale(m, c.Beta1), Scale(g, 1-c.Beta1))
		v = Add(Scale(v, c.Beta2), Scale(Square(g), 1-c.Beta2))
		step := Div(Div(m, in[5]), Offset(Sqrt(Div(v, in[6])), c.Epsilon))
		decayed := Sub(p, Mul(Scale(rate, c.WeightDecay), p))
		return []Value{Select(enabled, Sub(decayed, Mul(rate, step)), p0), Select(enabled, m, m0), Select(enabled, v, v0)}
	}, nil)
	return out[0], out[1], out[2]
}

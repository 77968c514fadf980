package simd

import "math"

// AdamStep holds the scalars of one step of Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter
// 2019). For each parameter p with gradient g and moments m, v the kernel computes
//
//	g = GradScale·g
//	m = Beta1·m + (1-Beta1)·g
//	v = Beta2·v + (1-Beta2)·g²
//	p = (1 - LR·WeightDecay)·p - LR·(m/Correction1) / (√(v/Correction2) + Eps)
//
// GradScale is 1 without clipping; at step t, from 1, the corrections are 1-Beta1^t and 1-Beta2^t. No field has a useful
// zero value but WeightDecay. What combines fields is computed in float64 and rounded to the type of the parameters.
type AdamStep struct {
	LR, Beta1, Beta2, Eps    float64
	Correction1, Correction2 float64
	WeightDecay              float64
	GradScale                float64
}

// Places of the scalars that the kernels use.
const (
	adamGradScale = iota
	adamBeta1
	adamRest1 // 1 - Beta1
	adamBeta2
	adamRest2
	adamRate  // LR / Correction1
	adamScale // 1 / Correction2
	adamEps
	adamDecay // 1 - LR·WeightDecay
	adamCount
)

// adamScalars turns the step into what the kernels use.
func adamScalars[T Float](h AdamStep) [adamCount]T {
	return [adamCount]T{
		adamGradScale: T(h.GradScale),
		adamBeta1:     T(h.Beta1),
		adamRest1:     T(1 - h.Beta1),
		adamBeta2:     T(h.Beta2),
		adamRest2:     T(1 - h.Beta2),
		adamRate:      T(h.LR / h.Correction1),
		adamScale:     T(1 / h.Correction2),
		adamEps:       T(h.Eps),
		adamDecay:     T(1 - h.LR*h.WeightDecay),
	}
}

func genericAdam[T Float](p, g, m, v []T, h AdamStep) {
	check3(len(p), len(g), len(m), len(v))
	s := adamScalars[T](h)
	g, m, v = g[:len(p)], m[:len(p)], v[:len(p)]
	for i := range p {
		gi := T(s[adamGradScale] * g[i])
		mi := T(s[adamBeta1]*m[i]) + T(s[adamRest1]*gi)
		vi := T(s[adamBeta2]*v[i]) + T(s[adamRest2]*T(gi*gi))
		m[i], v[i] = mi, vi
		root := T(math.Sqrt(float64(T(s[adamScale]*vi)))) + s[adamEps]
		p[i] = T(s[adamDecay]*p[i]) - T(s[adamRate]*mi)/root
	}
}

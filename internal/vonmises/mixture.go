// Package vonmises fits mixtures of products of von Mises densities to angles by expectation maximisation: what flows on the torus are compared with.
package vonmises

import "math"

// Mixture is the density p(x) = Σ_k w_k·Π_d e^(κ_kd·cos(x_d − μ_kd))/(2π·I₀(κ_kd)) of angles in radians.
type Mixture struct {
	Weights       []float64   // w, of each component
	Mean          [][]float64 // μ, [component][column]
	Concentration [][]float64 // κ
}

// LogDensity is log p(x).
func (m Mixture) LogDensity(x []float64) float64 {
	e := newExpectation(m, len(x))
	point := directions(x)
	return e.point(point)
}

// direction is an angle as a point on the circle.
type direction struct{ cos, sin float64 }

func directions(x []float64) []direction {
	out := make([]direction, len(x))
	for d, v := range x {
		out[d].sin, out[d].cos = math.Sincos(v)
	}
	return out
}

// expectation is a mixture in the form that densities are computed from: log w_k − Σ log 2π·I₀(κ_kd), and κ times the direction of μ.
type expectation struct {
	constant []float64
	pull     [][]direction
	log      []float64 // of the last point: the log-densities of the components, and then their shares
}

func newExpectation(m Mixture, columns int) *expectation {
	e := &expectation{log: make([]float64, len(m.Weights))}
	for k, w := range m.Weights {
		c, pull := math.Log(w), directions(m.Mean[k])
		for d := range columns {
			kappa := m.Concentration[k][d]
			c -= math.Log(2*math.Pi) + logI0(kappa)
			pull[d].cos *= kappa
			pull[d].sin *= kappa
		}
		e.constant, e.pull = append(e.constant, c), append(e.pull, pull)
	}
	return e
}

// point computes the log-density of a point, and leaves the components' shares of it in log.
func (e *expectation) point(x []direction) float64 {
	most := math.Inf(-1)
	for k, c := range e.constant {
		for d, p := range e.pull[k] {
			c += p.cos*x[d].cos + p.sin*x[d].sin
		}
		e.log[k] = c
		most = math.Max(most, c)
	}
	if math.IsInf(most, -1) {
		return most
	}
	sum := 0.0
	for k, l := range e.log {
		e.log[k] = math.Exp(l - most)
		sum += e.log[k]
	}
	for k := range e.log {
		e.log[k] /= sum
	}
	return most + math.Log(sum)
}

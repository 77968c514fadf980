package infer

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
)

// several reports whether a step maximizes a bound of several draws instead of the ELBO.
func (c Config) several() bool { return c.Draws > 1 }

// checkBound reports a bound that is none.
func (c Config) checkBound() error {
	switch {
	case c.Draws < 0:
		return fmt.Errorf("%w: Draws: a bound of %d draws", fault.ErrConfig, c.Draws)
	case !(c.Alpha >= 0 && c.Alpha < 1): // also NaN
		return fmt.Errorf("%w: Alpha: the order %g lies outside 0 ≤ α < 1; α = 1 is the ELBO, of one draw", fault.ErrConfig, c.Alpha)
	case c.Alpha > 0 && !c.several():
		return fmt.Errorf("%w: Alpha: a bound of order %g needs two draws or more; of one draw every order is the ELBO", fault.ErrConfig, c.Alpha)
	}
	return nil
}

// bound is −L̂ of a group of K draws with log-weights ℓ = log p̃*(x) − log q(x):
//
//	L̂ = 1/(1−α)·log 1/K Σ e^((1−α)·ℓ_k)
//
// (Li and Turner, arXiv 1602.02311, eq. 12; α = 0: Burda, Grosse and Salakhutdinov, arXiv 1509.00519). With PathGradient log q is taken along the path, and the
// weights of the draws in the gradient are those of the doubly reparametrized estimator: with w_k = e^((1−α)ℓ_k)/Σ e^((1−α)ℓ_j),
//
//	∇L̂ = Σ_k (α·w_k + (1−α)·w_k²)·∂ℓ_k/∂x·∂x_k/∂θ
//
// (Tucker et al., arXiv 1810.04152, eq. 8 for α = 0; for other orders the same steps give it: the score's part has the mean of (1−α)·(w_k − w_k²) times the path's).
func (c Config) bound(b *graph.Builder, f *flow.Bound, t Target) graph.Value {
	k, order := c.Draws, 1-c.Alpha
	x, logQ := f.Sample(b, b.Key(), k, graph.Value{})
	if c.Estimator == PathGradient {
		logQ = alongPath(b, f, x, logQ)
	}
	logP := t.logDensity(b, x)
	if c.Anneal > 0 {
		logP = graph.Mul(c.power(b), logP)
	}
	l := graph.OnRows(graph.Sub(logP, logQ), k)
	sum := graph.GroupLogSumExp(graph.Scale(l, order), k)
	value := graph.Scale(graph.Offset(sum, -math.Log(float64(k))), 1/order)
	if c.Estimator != PathGradient {
		return graph.Neg(value)
	}
	w := graph.Exp(graph.Sub(graph.Scale(l, order), graph.SpreadRows(sum, k)))
	share := graph.StopGradient(graph.Add(graph.Scale(w, c.Alpha), graph.Scale(graph.Square(w), order)))
	path := graph.GroupSum(graph.Mul(share, l), k)
	return graph.Neg(graph.Add(graph.StopGradient(value), graph.Sub(path, graph.StopGradient(path)))) // the value of one, the gradient of the other
}

// Bound is the mean of the bound of order α over groups of k neighbouring draws (see Config.Draws), and its standard error; draws that fill no group are
// left out. It lies below log Z on average, rises with k towards
//
//	1/(1−α)·log ∫ p̃*(x)^(1−α)·q(x)^α dx
//
// and falls with α, to the ELBO. Errors: fault.ErrConfig for an order that is none, or fewer than two groups.
func (d Draws) Bound(alpha float64, k int) (bound, standardError float64, err error) {
	groups := 0
	if k > 0 {
		groups = len(d.LogWeights) / k
	}
	if !(alpha >= 0 && alpha < 1) || groups < 2 {
		return 0, 0, fmt.Errorf("%w: a bound of order %g of groups of %d draws: the order is within 0 ≤ α < 1, and %d draws make %d groups, of which two are needed",
			fault.ErrConfig, alpha, k, len(d.LogWeights), groups)
	}
	values := make([]float64, groups)
	for g := range values {
		group := Draws{LogWeights: make([]float64, k)}
		for i := range group.LogWeights {
			group.LogWeights[i] = (1 - alpha) * d.LogWeights[g*k+i]
		}
		logMean, _ := group.LogConstant()
		values[g] = logMean / (1 - alpha)
	}
	bound, standardError = Draws{LogWeights: values}.ELBO()
	return bound, standardError, nil
}

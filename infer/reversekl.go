package infer

import (
	"context"
	"fmt"

	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/matrix"
	"diffeo/param"
	"diffeo/train"
)

// Estimator says how the gradient of the divergence is estimated. Both are without bias.
type Estimator uint8

// The estimators.
const (
	// PathGradient, for several draws the doubly reparametrized one, leaves the parameters' direct effect on log q out, whose mean is 0 ("sticking the landing": Roeder, Wu and Duvenaud, arXiv
	// 1703.09194; for flows Vaitl et al., arXiv 2206.09016). Its variance goes to 0 as q comes to p*. A step inverts the flow at its
	// draws, which autoregressive flows that draw by a formula (iaf) do column by column.
	PathGradient Estimator = iota
	// Reparametrized differentiates all of log q(x) − log p̃*(x), x = T(u).
	Reparametrized
)

func (e Estimator) String() string { return [...]string{"path gradient", "reparametrized"}[e] }

// Config of ReverseKL. The zero value is a good choice.
type Config struct {
	Train     train.Config // Steps, Batch (draws of a step, or groups of Draws), Rate, Clip, Average, Seed, …; Epochs and what concerns validation have no meaning
	Estimator Estimator

	// Anneal is the share of the steps, from 0 to 1, in which the target is flattened: it counts with the power β, which rises from Hottest to 1. 0: it never is.
	Anneal  float64
	Hottest float64 // the first β, above 0; 0: 0.05

	// Draws is the number K of draws to a bound on log Z. 0 and 1: the ELBO, whose maximum is the least KL(q‖p*). More make the bound tighter and the flow broader: it
	// need not avoid places where p* is small as long as one draw in K hits. A step then has Batch·Draws draws.
	Draws int
	// Alpha is the order of such a bound, 0 ≤ α < 1. 0: that of importance-weighted autoencoders, whose limit is log Z. In between it is the variational bound
	// of Rényi's α-divergence, which turns into the ELBO as α goes to 1; the smaller α, the more the flow covers all of the target, and the more the gradient varies.
	Alpha float64
}

func (c Config) filled() (Config, error) {
	switch {
	case c.Estimator > Reparametrized:
		return c, fmt.Errorf("%w: Estimator: %d", fault.ErrConfig, c.Estimator)
	case !(c.Anneal >= 0 && c.Anneal <= 1): // also NaN
		return c, fmt.Errorf("%w: Anneal: %g is no share of the steps", fault.ErrConfig, c.Anneal)
	case !(c.Hottest >= 0 && c.Hottest <= 1):
		return c, fmt.Errorf("%w: Hottest: the power %g of the target lies outside 0 … 1", fault.ErrConfig, c.Hottest)
	}
	if c.Hottest == 0 {
		c.Hottest = 0.05
	}
	return c, c.checkBound()
}

// ReverseKL fits a flow to a target by minimizing KL(q‖p*): params holds the first weights and receives the fitted ones. The loss, in Progress and in the
// Result's curve, is the mean of log q(x) − β·log p̃*(x) over a step's draws; with β = 1 its mean is KL(q‖p*) − log Z, so its negative is the evidence lower
// bound. With Config.Draws it is minus the mean of another bound, which is tighter. The numbers are computed in T.
//
// Errors: those of train.Minimize; fault.ErrConfig and fault.ErrShape for a target that is none or does not fit the flow.
func ReverseKL[T matrix.Float](ctx context.Context, f flow.Flow, params *param.Set, t Target, c Config) (train.Result, error) {
	bound, err := f.Bind()
	if err != nil {
		return train.Result{}, err
	}
	if err := t.check(bound); err != nil {
		return train.Result{}, err
	}
	if c, err = c.filled(); err != nil {
		return train.Result{}, err
	}
	return train.Minimize[T](ctx, f, params, c.objective(t), c.Train)
}

// objective is log q(x) − β·log p̃*(x) of one draw, or minus the bound of several.
func (c Config) objective(t Target) train.Objective {
	return func(b *graph.Builder, f *flow.Bound) graph.Value {
		if c.several() {
			return c.bound(b, f, t)
		}
		x, logQ := f.Sample(b, b.Key(), 1, graph.Value{})
		if c.Estimator == PathGradient {
			logQ = alongPath(b, f, x, logQ)
		}
		logP := t.logDensity(b, x)
		if c.Anneal > 0 {
			logP = graph.Mul(c.power(b), logP)
		}
		return graph.Sub(logQ, logP)
	}
}

// power is β, which rises linearly.
func (c Config) power(b *graph.Builder) graph.Value {
	rising := graph.Offset(graph.Scale(train.Done(b), (1-c.Hottest)/c.Anneal), c.Hottest)
	return graph.Min(rising, b.Scalar(1))
}

// alongPath is log q at x, whose derivative is that of log q as a function of x alone, with the parameters held fixed.
func alongPath(b *graph.Builder, f *flow.Bound, x, logQ graph.Value) graph.Value {
	known := func(in []graph.Value) []graph.Value { return in[1:] }
	return graph.Custom("log q along its path", []graph.Value{x, graph.StopGradient(logQ)}, known, func(c graph.CustomCall) (in, captured []graph.Value) {
		l := f.LogProb(b, c.In[0], graph.Value{})
		return append(graph.VJP([]graph.Value{l}, c.Grad, c.In[:1]), graph.Value{}), nil
	})[0]
}

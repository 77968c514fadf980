package dist

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
)

// Resampled is a learned resampled base (LARS; Bauer and Mnih, arXiv 1810.11428; Stimper, Schölkopf and Hernández-Lobato, arXiv 2110.15828). Proposals
// of a normal π with learned means and deviations are accepted with the probability a(z) = 1/(1+e^−Net(z)), z = (x − loc)/scale, and the
// last of T is accepted in any case. On ℝ^D, with Z = E a(z) under z ~ N(0, 1) and α = (1−Z)^(T−1):
//
//	log p(x) = log π(x) + log((1−α)·a(z)/Z + α)
//
// The parameters are loc [D] and log_scale [D], held within ±60, and the network's weights, under acceptance. Net(z) is held within ±30, Z within
// 10⁻⁶ … 1−10⁻⁶. A graph for evaluation finds Z for the weights that it is given, from 4096 quasi-random points that are always the same: what
// Z errs by moves log p by the same amount everywhere, some 10⁻⁴ in few columns; in many, where they are as random points, by about
// √((1−Z)/(4096·Z)) at most.
//
// While it trains, each step estimates Z from Points new points, and takes the moving average of these estimates as Z, with the derivative of the new
// one (section 3.2 of the second paper). The average, normalizer [], and where the points are, shift [2,D], are parameters that gradients do not train. In one
// graph for training LogProb can be written once.
//
// A draw costs the network once for every proposal until it is accepted. It is differentiable in loc and log_scale given the accepted
// proposal; gradients through samples leave out what the weights of the network would change. Gradients of LogProb are complete.
type Resampled struct {
	Dim      int
	Net      nn.MLP  // the zero value: 128, 128 units, relu
	Tries    int     // T ≥ 2; 0: 100
	Points   int     // for each estimate of Z in training; 0: 256
	Momentum float64 // weight of a new estimate in the average, within 0 … 1; 0: 0.05
}

// Bind implements Distribution. Errors: no columns, a network that cannot be made, fields out of their domains.
func (n Resampled) Bind(s *param.Scope, _ graph.Shape) (Bound, error) {
	if n.Tries == 0 {
		n.Tries = 100
	}
	if n.Points == 0 {
		n.Points = 256
	}
	if n.Momentum == 0 {
		n.Momentum = 0.05
	}
	if n.Tries < 2 || n.Points < 1 {
		return nil, fmt.Errorf("%w: a resampled base of %d tries and %d points: it needs 2 tries and a point at least", fault.ErrConfig, n.Tries, n.Points)
	}
	if !(n.Momentum > 0 && n.Momentum <= 1) { // also NaN
		return nil, fmt.Errorf("%w: a momentum of %g of a moving average, outside 0 … 1", fault.ErrConfig, n.Momentum)
	}
	l, err := locate("resampled normal", s, n.Dim, nil, nil, nil)
	if err != nil {
		return nil, err
	}
	net, err := n.Net.BindColumns(s.Sub("acceptance"), n.Dim, 1)
	if err != nil {
		return nil, fmt.Errorf("acceptance: %w", err)
	}
	return resampled{l, n, net, s.State("normalizer", param.Constant(0)), s.State("shift", param.Constant(0), 2, n.Dim)}, nil
}

type resampled struct {
	located
	Resampled
	net               nn.Columnwise
	normalizer, shift param.Ref
}

// logAccept is log a from the network's output.
func logAccept(net graph.Value) graph.Value {
	return graph.Neg(graph.Softplus(graph.Neg(graph.Clamp(net, -30, 30))))
}

func (n resampled) LogProb(b *graph.Builder, x, _ graph.Value) graph.Value {
	z, log := n.standardized(b, x)
	accept := graph.Reshape(logAccept(n.net.Apply(b, z, graph.Value{})))
	mean := graph.Clamp(n.mean(b), 1e-6, 1-1e-6)
	never := graph.Scale(graph.Log1p(graph.Neg(mean)), float64(n.Tries-1)) // log α
	once := graph.Log(graph.Neg(graph.Expm1(never)))                       // log(1 − α)
	terms := []graph.Value{graph.Add(graph.Sub(once, graph.Log(mean)), accept), never}
	for i, v := range terms {
		terms[i] = graph.Reshape(v, 1)
	}
	return graph.Add(graph.Sub(graph.NormalLogDensity(z), graph.Sum(log)), logSum(b, graph.Concat(0, terms...)))
}

// mean is Z.
func (n resampled) mean(b *graph.Builder) graph.Value {
	if !b.Training() {
		return n.estimate(b, b.Const(quasiNormals(n.dim, quasiPoints), n.dim, quasiPoints))
	}
	now := n.estimate(b, n.freshPoints(b))
	average := n.normalizer.Value(b)
	moved := graph.Add(average, graph.Scale(graph.Sub(now, average), n.Momentum))
	moved = graph.StopGradient(graph.Select(graph.Greater(average, b.Scalar(0)), moved, now))
	b.Update(average, moved)
	return graph.Add(moved, graph.Sub(now, graph.StopGradient(now)))
}

// estimate is the mean of a over points [D,n].
func (n resampled) estimate(b *graph.Builder, points graph.Value) graph.Value {
	a := graph.Exp(logAccept(n.net.ApplyColumns(b, points)))
	return graph.Scale(graph.Sum(a), 1/float64(points.Shape()[1]))
}

// freshPoints are normal points by Box and Muller from uniform ones, which are moved around the unit box from step to step.
func (n resampled) freshPoints(b *graph.Builder) graph.Value {
	d, count := n.dim, n.Points
	still, step := lattice(2*d, count)
	shift := n.shift.Value(b)
	next := graph.Add(shift, b.Const(step, 2, d))
	b.Update(shift, graph.Sub(next, graph.Floor(next)))
	u := graph.Add(b.Const(still, 2, d, count), graph.Reshape(shift, 2, d, 1))
	u = graph.Clamp(graph.Sub(u, graph.Floor(u)), 0x1p-24, 1)
	radius := graph.Sqrt(graph.Scale(graph.Log(graph.Reshape(graph.Slice(u, 0, 0, 1), d, count)), -2))
	return graph.Mul(radius, graph.Cos(graph.Scale(graph.Reshape(graph.Slice(u, 0, 1, 2), d, count), 2*math.Pi)))
}

// Sample tries until a proposal is accepted, each row by itself.
func (n resampled) Sample(b *graph.Builder, key graph.Value, lanes int, _ graph.Value) graph.Value {
	tries, d := n.Tries, n.dim
	proposals := graph.Random(key, graph.Normal, n.stream, lanes, tries, d)
	chances := graph.Log(graph.Random(key, graph.Uniform01, n.stream+".accept", lanes, tries))
	numbers := make([]float64, tries)
	for i := range numbers {
		numbers[i] = float64(i)
	}
	open := func(c []graph.Value) graph.Value { return graph.Less(c[2], b.Scalar(0.5)) }
	try := func(c []graph.Value) []graph.Value {
		at := graph.Equal(b.Const(numbers, tries), c[0])
		z := graph.Sum(graph.Select(graph.Reshape(at, tries, 1), proposals, b.Zeros(d)), 0)
		chance := graph.Sum(graph.Select(at, chances, b.Zeros(tries)))
		accepted := graph.LessEq(chance, graph.Reshape(logAccept(n.net.Apply(b, z, graph.Value{}))))
		accepted = graph.Or(accepted, graph.LessEq(b.Scalar(float64(tries-1)), c[0]))
		return []graph.Value{graph.Offset(c[0], 1), z, graph.ToFloat(accepted)}
	}
	none := graph.OnRows(b.Scalar(0), lanes)
	done := graph.While([]graph.Value{none, graph.OnRows(b.Zeros(d), lanes), none}, open, try)
	return n.placed(b, graph.StopGradient(done[1]))
}

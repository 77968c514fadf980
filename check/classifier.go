package check

import (
	"context"
	"math"

	"diffeo"
	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/matrix"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/train"
)

// label is the distribution of y ∈ {0, 1} under a condition c, a network's logit t(c): log p(y|c) = y·t − log(1 + eᵗ). A flow of it alone is a classifier, which is
// trained by maximum likelihood like any other.
type label struct{ net nn.MLP }

// Bind implements dist.Distribution.
func (l label) Bind(s *param.Scope, cond graph.Shape) (dist.Bound, error) {
	net, err := l.net.Bind(s, cond.Size(), nil, 1)
	return boundLabel{net, s.Path() + ".sample"}, err
}

type boundLabel struct {
	net    nn.Net
	stream string
}

func (boundLabel) Event() graph.Shape       { return graph.Shape{1} }
func (boundLabel) Support() []dist.Interval { return []dist.Interval{{Low: 0, High: 1}} }

func (l boundLabel) LogProb(b *graph.Builder, y, cond graph.Value) graph.Value {
	t := l.net.Apply(b, cond, graph.Value{})
	return graph.Sum(graph.Sub(graph.Mul(y, t), graph.Softplus(t)))
}

// Sample is 1 where a uniform number is below the probability, without a gradient.
func (l boundLabel) Sample(b *graph.Builder, key graph.Value, lanes int, cond graph.Value) graph.Value {
	p := graph.Sigmoid(l.net.Apply(b, cond, graph.Value{}))
	return graph.Select(graph.Less(graph.Random(key, graph.Uniform01, l.stream, lanes, 1), p), graph.Broadcast(b.Scalar(1), 1), b.Zeros(1))
}

// The classifier: its network, and how it is trained. It needs to see differences that matter, not to be the best.
var (
	classifierNet   = nn.MLP{Hidden: []int{64, 64}, Activation: "silu"}
	classifierTrain = train.Config{Steps: 400, Batch: 256, Rate: 5e-3, Decay: 1e-2, ValidateEvery: 25, Patience: 100}
)

// logits trains a classifier on rows that are true and others that are drawn, and returns its logits for what is asked: above 0 says true. An eighth of the
// rows decides when to stop.
func logits(ctx context.Context, truth, drawn, asked rows64, seed uint64, threads int) ([]float64, error) {
	f := flow.Flow{Base: label{classifierNet}, Transform: bijection.Chain{}, Context: truth.Cols}
	params, err := diffeo.Init(f, seed)
	if err != nil {
		return nil, err
	}
	var fit, val train.Data[float32]
	n, held := truth.Rows, truth.Rows/8
	fit.X, fit.Cond = labelled(truth.Slice(held, n), drawn.Slice(held, n))
	val.X, val.Cond = labelled(truth.Slice(0, held), drawn.Slice(0, held))
	c := classifierTrain
	c.Seed, c.Threads = seed, threads
	if _, err := train.MaximumLikelihood(ctx, f, params, fit, val, c); err != nil {
		return nil, err
	}
	run, err := diffeo.Compile[float32](f, params, diffeo.Options{Threads: threads})
	if err != nil {
		return nil, err
	}
	cond, y := matrix.New[float32](asked.Rows, asked.Cols), matrix.New[float32](asked.Rows, 1)
	narrow(cond, asked)
	var l [2][]float32
	for k := range l {
		for i := range y.Data {
			y.Data[i] = float32(k)
		}
		l[k] = make([]float32, asked.Rows)
		if err := run.LogProb(ctx, y, cond, l[k]); err != nil {
			return nil, err
		}
	}
	out := make([]float64, asked.Rows)
	for i := range out {
		out[i] = float64(l[1][i]) - float64(l[0][i])
	}
	return out, nil
}

// labelled puts rows with the label 1 above others with the label 0.
func labelled(truth, drawn rows64) (y, x matrix.Matrix[float32]) {
	n := truth.Rows
	y, x = matrix.New[float32](n+drawn.Rows, 1), matrix.New[float32](n+drawn.Rows, truth.Cols)
	narrow(x.Slice(0, n), truth)
	narrow(x.Slice(n, n+drawn.Rows), drawn)
	for i := range n {
		y.Data[i] = 1
	}
	return y, x
}

// narrow copies rows into float32.
func narrow(to matrix.Matrix[float32], from rows64) {
	for r := range from.Rows {
		for j, v := range from.Row(r) {
			to.Row(r)[j] = float32(v)
		}
	}
}

// sameChance is the probability of so large a share of heads or a larger one in n throws of a coin.
func sameChance(heads, n int) float64 {
	if n == 0 {
		return 1
	}
	p, term := 0.0, 0.0
	for k := heads; k <= n; k++ {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(k + 1))
		c, _ := math.Lgamma(float64(n - k + 1))
		term = math.Exp(a - b - c - float64(n)*math.Ln2)
		p += term
	}
	return math.Min(1, p)
}

// Command universality shows why autoregressive flows can be any density (Papamakarios et al., arXiv 1912.02762, section 2.2): the map
//
//	u_1 = F(x_1),  u_2 = F(x_2 | x_1)
//
// of conditional distribution functions makes any density uniform, its Jacobian is lower-triangular, and an autoregressive map with enough bins
// comes as close to it as one likes. It learns that map for moons on the unit square from a uniform base with more and more bins, and prints
//
//	bins  KL(p*‖p) in nats, by quadrature
//	      the largest |∂u_1/∂x_2|, which a triangular map does not have
//	      the largest distance of u_1 from the target's own distribution function of x_1
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"

	"diffeo"
	"diffeo/bijection"
	"diffeo/data"
	"diffeo/dist"
	"diffeo/matrix"
	"diffeo/nn"
	"diffeo/scalar"
	"diffeo/train"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, []int{1, 2, 4, 8, 16}, 1000, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "universality: %v\n", err)
		os.Exit(1)
	}
}

// result is what a map with so many bins came to.
type result struct {
	bins             int
	kl, upper, apart float64
}

func run(ctx context.Context, bins []int, steps int, out io.Writer) error {
	q, err := onSquare("moons")
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "%4s  %8s  %9s  %13s\n", "bins", "KL(p*‖p)", "|∂u₁/∂x₂|", "|u₁ − F(x₁)|")
	for _, k := range bins {
		r, err := learn(ctx, q, k, steps)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "%4d  %8.4f  %9.1g  %13.4f\n", r.bins, r.kl, r.upper, r.apart)
	}
	return nil
}

// unitSquare is a density whose box is shrunk to the unit square.
type unitSquare struct {
	toy       data.Toy
	low, side [2]float64
}

func onSquare(name string) (unitSquare, error) {
	t, err := data.ToyNamed(name)
	return unitSquare{t, t.Low, [2]float64{t.High[0] - t.Low[0], t.High[1] - t.Low[1]}}, err
}

func (q unitSquare) logDensity(x0, x1 float64) float64 {
	return q.toy.LogDensity([2]float64{q.low[0] + q.side[0]*x0, q.low[1] + q.side[1]*x1}) + math.Log(q.side[0]*q.side[1])
}

func (q unitSquare) sample(n int, seed uint64) matrix.Matrix[float64] {
	x := q.toy.Sample(n, seed)
	for i := range n {
		for k, v := range x.Row(i) {
			x.Row(i)[k] = math.Min(math.Max((v-q.low[k])/q.side[k], 0), 1)
		}
	}
	return x
}

// cells along each side of the quadrature.
const cells = 400

// middles are the middles of a row of cells, with x_1 given.
func middles(x0 float64) matrix.Matrix[float64] {
	m := matrix.New[float64](cells, 2)
	for j := range cells {
		m.Row(j)[0], m.Row(j)[1] = x0, (float64(j)+0.5)/cells
	}
	return m
}

// learn fits the map with so many bins, for so many steps a bin, and measures it.
func learn(ctx context.Context, q unitSquare, bins, steps int) (r result, err error) {
	f := diffeo.Flow{Base: dist.UnitBox(2), Transform: bijection.Autoregressive{
		Map: scalar.RationalQuadratic{Bins: bins, Low: 0, High: 1, Boxed: true, LearnedEnds: true},
		Net: nn.MADE{Hidden: []int{128, 128}, Activation: "silu"},
	}}
	params, err := diffeo.Init(f, 1)
	if err != nil {
		return r, err
	}
	c := train.Config{Steps: steps * max(2, bins), Batch: 256, Rate: 5e-3, Seed: 1, Threads: 1, Average: 0.99}
	if _, err := train.MaximumLikelihood(ctx, f, params, train.Data[float64]{X: q.sample(400000, 2)}, train.Data[float64]{}, c); err != nil {
		return r, err
	}
	flow, err := diffeo.Compile[float64](f, params, diffeo.Options{})
	if err != nil {
		return r, err
	}
	r.bins = bins
	none, logs, u, scratch := matrix.Matrix[float64]{}, make([]float64, cells), matrix.New[float64](cells, 2), make([]float64, cells)
	below := 0.0 // F of the left end of the cells
	for i := range cells {
		x := middles((float64(i) + 0.5) / cells)
		err := errors.Join(flow.LogProb(ctx, x, none, logs), flow.Transform().Inverse(ctx, x, none, u, scratch))
		if err != nil {
			return r, err
		}
		column := 0.0
		for j, l := range logs {
			if p := q.logDensity(x.Row(j)[0], x.Row(j)[1]); p > math.Inf(-1) {
				r.kl += math.Exp(p) * (p - l) / (cells * cells)
				column += math.Exp(p) / (cells * cells)
			}
			r.upper = math.Max(r.upper, math.Abs(u.Row(j)[0]-u.Row(0)[0])*cells) // of any two points over one x_1
		}
		r.apart = math.Max(r.apart, math.Abs(u.Row(0)[0]-(below+column/2)))
		below += column
	}
	return r, nil
}

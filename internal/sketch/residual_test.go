package sketch

import (
	"math"
	"testing"

	"diffeo/graph"
)

// converged runs the power iteration to its end, where σ no longer depends on the vectors to first order.
func converged(b bench) bench {
	for range 500 {
		b = b.with(b.run().Updates)
	}
	return b
}

func TestResidualBlock(t *testing.T) {
	b := converged(open(t, find(t, "residual block")))
	near(t, "round trip", b.out("round trip"), b.in["x"], 1e-11)
	for _, terms := range []float64{0, 1, 2, 7} {
		c := b.with(numbers{"terms": {terms}})
		c.gradients("loss", "grad ", 1e-7)
	}
	none := b.with(numbers{"terms": {0}}).out("inverse log-det estimate")
	near(t, "no terms", none, make([]float64, len(none)), 0)
}

// Both layers have spectral norm at most lipschitz: seen in the Jacobian, u = x + h(x) with ‖∂h‖ ≤ lipschitz².
func TestSpectralNorm(t *testing.T) {
	b := converged(open(t, find(t, "residual block")))
	before := b.run().Updates["w0.left"]
	w, n, k := b.in["w0"], 5, 3
	// σ² is the largest eigenvalue of WWᵀ: at its eigenvector u, WWᵀu = σ²u.
	for i := range n {
		sum := 0.
		for j := range k {
			for l := range n {
				sum += w[i*k+j] * w[l*k+j] * before[l]
			}
		}
		sigma := norm(w, before, n, k)
		near(t, "eigenvector", []float64{sum}, []float64{sigma * sigma * before[i]}, 1e-9)
	}
	if norm(w, before, n, k) < lipschitz {
		t.Error("the weights are small already: scaling is not tested")
	}
	direction := make([]float64, 9)
	for r := range b.rows {
		direction[3*r] = 1
	}
	moved := b.slope("inverse", "x", direction)
	for r := range b.rows {
		if d := math.Hypot(math.Hypot(moved[3*r]-1, moved[3*r+1]), moved[3*r+2]); d > lipschitz*lipschitz {
			t.Errorf("row %d: ‖∂h/∂x₀‖ = %g", r, d)
		}
	}
}

// norm is |Wᵀu| for a unit vector u.
func norm(w, u []float64, n, k int) float64 {
	sum := 0.
	for j := range k {
		dot := 0.
		for i := range n {
			dot += w[i*k+j] * u[i]
		}
		sum += dot * dot
	}
	return math.Sqrt(sum)
}

// Exact enumeration over the number of terms (up to mostTerms, beyond which terms are below 10⁻¹²) and over all vectors of
// signs: the mean estimate is the log-determinant, the mean gradient its gradient, in both forms of the estimator.
func TestRandomTermsAreUnbiased(t *testing.T) {
	s := find(t, "residual block")
	s.Build = residualBlock(givenSigns)
	b := converged(open(t, s))
	estimates := []string{"inverse log-det estimate", "loss", "neumann grad w0", "neumann grad w1", "neumann grad b0", "neumann grad x",
		"grad w0", "grad b1", "grad x"}
	mean := numbers{}
	for k := range 8 {
		signs := make([]float64, 3*b.rows)
		for i := range signs {
			signs[i] = float64(k>>(i%3)&1*2 - 1)
		}
		for n := 1; n <= mostTerms; n++ {
			p := math.Pow(1-stopping, float64(n-1))
			if n < mostTerms {
				p *= stopping
			}
			out := b.with(numbers{"signs": signs, "terms": {float64(n)}}).run().Outputs
			for _, name := range estimates {
				if mean[name] == nil {
					mean[name] = make([]float64, len(out[name]))
				}
				for i, v := range out[name] {
					mean[name][i] += p * v / 8
				}
			}
		}
	}
	near(t, "log-det", mean["inverse log-det estimate"], b.logDets("x", "inverse"), 1e-9)

	e := open(t, Sketch{Mode: s.Mode, Rows: s.Rows, Build: exactResidual}).with(numbers{
		"x": b.in["x"], "w0": b.in["w0"], "w1": b.in["w1"], "b0": b.in["b0"], "b1": b.in["b1"],
		"w0.left": b.in["w0.left"], "w1.left": b.in["w1.left"],
	})
	want := e.run().Outputs
	for _, name := range estimates {
		near(t, name, mean[name], want[name], 1e-9)
	}
}

// exactResidual is the block with the determinant of the 3×3 Jacobian written out.
func exactResidual(b *graph.Builder) error {
	const d = 3
	x := b.Input("x", d)
	h, params := branch(b, d)
	u := graph.Add(x, h(x))
	var j [d][d]graph.Value
	for i := range d {
		e := make([]float64, d)
		e[i] = 1
		row := graph.VJP([]graph.Value{u}, []graph.Value{graph.OnRows(b.Const(e, d), 1)}, []graph.Value{x})[0]
		for k := range d {
			j[i][k] = graph.Reshape(graph.Slice(row, 0, k, k+1))
		}
	}
	minor := func(p, q int) graph.Value {
		return graph.Sub(graph.Mul(j[1][p], j[2][q]), graph.Mul(j[1][q], j[2][p]))
	}
	det := graph.Add(graph.Sub(graph.Mul(j[0][0], minor(1, 2)), graph.Mul(j[0][1], minor(0, 2))), graph.Mul(j[0][2], minor(0, 1)))
	logDet := graph.Log(det)
	b.Output("inverse log-det estimate", logDet)
	wrt := append(params, x)
	for i, v := range graph.Gradient(graph.SumRows(logDet), wrt...) {
		b.Output("neumann grad "+string(wrt[i].Node().Attr.(graph.Name)), v)
	}
	minimize(b, graph.Neg(graph.MeanRows(graph.Add(logNormal(u), logDet))), wrt...)
	return nil
}

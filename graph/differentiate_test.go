package graph_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"diffeo/graph"
	"diffeo/internal/optest"
	"diffeo/internal/tolerance"
)

// TestDerivatives compares the first and the second derivative of every case of the table with finite differences on the
// reference interpreter, with respect to every float operand.
func TestDerivatives(t *testing.T) {
	const seed, rows = 11, 3
	t.Logf("seed %d, %d rows", seed, rows)
	for _, c := range optest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			for order := 1; order <= c.Order; order++ {
				nonzero, err := checkDerivative(c, order, rows, seed)
				if err != nil {
					t.Errorf("order %d: %v", order, err)
					continue
				}
				if flat := c.Flat != 0 && c.Flat <= order; flat == nonzero {
					t.Errorf("order %d: gradients other than zero: %t, the table says %t", order, nonzero, !flat)
				}
			}
		})
	}
}

// checkDerivative compares the gradients of the given order with finite differences of what they are the gradients of: along a
// random direction, which no element escapes, and along single elements, all of them if they are few. It also reports whether any
// gradient is not zero: if none is, the check proves little.
func checkDerivative(c optest.Case, order, rows int, seed uint64) (nonzero bool, err error) {
	g, err := c.Graph(order)
	if err != nil {
		return false, err
	}
	loss, prefix := "loss", "d"
	if order == 2 {
		loss, prefix = "loss2", "dd"
	}
	inputs := c.Inputs(g, rows, seed)
	out, err := optest.Run(g, rows, inputs)
	if err != nil {
		return false, err
	}
	keep := *g // only the loss is computed again and again
	keep.Outputs = nil
	for _, o := range g.Outputs {
		if o.Name == loss {
			keep.Outputs = append(keep.Outputs, o)
		}
	}
	at := func(name string, x []float64) (float64, error) {
		in := map[string][]float64{}
		for k, v := range inputs {
			in[k] = v
		}
		in[name] = x
		out, err := optest.Run(&keep, rows, in)
		if err != nil {
			return 0, err
		}
		return out[loss][0], nil
	}
	r := rand.New(rand.NewPCG(seed, 1))
	found := 0
	for i, o := range c.In {
		name := optest.InName(i)
		grad, ok := out[prefix+name]
		if !ok {
			if o.DType == graph.Float {
				return false, fmt.Errorf("no gradient of %s", name)
			}
			continue
		}
		found++
		x := inputs[name]
		if len(grad) != len(x) {
			return false, fmt.Errorf("the gradient of %s has %d numbers, not %d", name, len(grad), len(x))
		}
		for _, d := range directions(r, len(x)) {
			want, err := slope(func(step float64) (float64, error) {
				moved := make([]float64, len(x))
				for i := range x {
					moved[i] = x[i] + step*d[i]
				}
				return at(name, moved)
			})
			if err != nil {
				return false, err
			}
			got := 0.
			for i := range d {
				got += d[i] * grad[i]
			}
			nonzero = nonzero || got != 0
			if !tolerance.FiniteDifference.Times(max(1, c.Slack)).Allows(got, want) {
				return false, fmt.Errorf("the gradient of %s along %s is %.12g, by finite differences %.12g", name, describe(d), got, want)
			}
		}
	}
	if found == 0 {
		return false, fmt.Errorf("the case has no float operand: say that its order is 0")
	}
	return nonzero, nil
}

// slope is f'(0) by central differences of fourth order.
func slope(f func(step float64) (float64, error)) (float64, error) {
	const h = 1e-3
	sum := 0.
	for _, k := range []struct{ step, weight float64 }{{h, 8}, {-h, -8}, {2 * h, -1}, {-2 * h, 1}} {
		y, err := f(k.step)
		if err != nil {
			return 0, err
		}
		sum += k.weight * y
	}
	return sum / (12 * h), nil
}

// directions in a space of n dimensions: a random one, and unit vectors, all of them up to a dozen (two in short tests).
func directions(r *rand.Rand, n int) [][]float64 {
	if n == 0 {
		return nil
	}
	random := make([]float64, n)
	for i := range random {
		random[i] = r.NormFloat64() / math.Sqrt(float64(n))
	}
	ds := [][]float64{random}
	units := r.Perm(n)
	most := 12
	if testing.Short() {
		most = 2
	}
	for _, i := range units[:min(n, most)] {
		d := make([]float64, n)
		d[i] = 1
		ds = append(ds, d)
	}
	return ds
}

func describe(d []float64) string {
	at := -1
	for i, x := range d {
		switch {
		case x == 0:
		case at >= 0:
			return "a random direction"
		default:
			at = i
		}
	}
	return fmt.Sprintf("element %d", at)
}

// TestRandomExpressions checks first and second derivatives of random graphs.
func TestRandomExpressions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := optest.Draw(t)
		rows := rapid.IntRange(1, 4).Draw(t, "rows")
		seed := rapid.Uint64Range(0, 1000).Draw(t, "seed")
		for order := 1; order <= 2; order++ {
			if _, err := checkDerivative(c, order, rows, seed); err != nil {
				t.Fatalf("order %d: %v", order, err)
			}
		}
	})
}

package bijection

import (
	"math/rand/v2"
	"slices"

	"diffeo/graph"
	"diffeo/param"
)

// Permute reorders columns: x_i = u_{Order[i]}, log |det| = 0.
type Permute struct {
	Order []int // a permutation of 0 … D−1; nil: reversal
}

// RandomOrder is a permutation of 0 … n−1, a function of the seed.
func RandomOrder(n int, seed uint64) []int { return rand.New(rand.NewPCG(seed, 0)).Perm(n) }

// Reversed is the order n−1 … 0.
func Reversed(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = n - 1 - i
	}
	return order
}

// Bind implements Bijection.
func (p Permute) Bind(_ *param.Scope, base, _ graph.Shape) (Bound, error) {
	d, err := vector("a permutation", base)
	if err != nil {
		return nil, err
	}
	order := slices.Clone(p.Order)
	if p.Order == nil {
		order = Reversed(d)
	}
	inverse, err := permutation(order, d)
	if err != nil {
		return nil, err
	}
	return permute{order, inverse}, nil
}

type permute struct{ order, inverse []int }

func (p permute) DataShape() graph.Shape { return graph.Shape{len(p.order)} }

func (p permute) Forward(b *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	return graph.Take(u, 0, p.order), b.Scalar(0)
}

func (p permute) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	return graph.Take(x, 0, p.inverse), b.Scalar(0)
}

func (p permute) forwardColumns(b *graph.Builder, u graph.Value) (x, logDet graph.Value) {
	return p.Forward(b, u, graph.Value{})
}

func (p permute) inverseColumns(b *graph.Builder, x graph.Value) (u, logDet graph.Value) {
	return p.Inverse(b, x, graph.Value{})
}

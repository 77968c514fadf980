package importer

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/internal/transfer"
	"diffeo/recipe"
)

// lu adds the linear map of nflows and normflows, u = L·U·x + bias: its entries packed into our matrix.
func (b *builder) lu(class, theirs string, eps float64) error {
	if err := within(class, "eps", eps); err != nil {
		return err
	}
	d := b.dim
	scope := b.add(recipe.Layer{Kind: recipe.LinearLayer, Diagonal: &recipe.LayerScale{Kind: recipe.SoftplusScale, Floor: eps}})
	n := d * (d - 1) / 2
	ok := b.w.Want(theirs+"lower_entries", n)
	ok = b.w.Want(theirs+"upper_entries", n) && ok
	if ok = b.w.Want(theirs+"unconstrained_upper_diag", d) && ok; ok {
		b.w.LU(scope+"lu", theirs+"lower_entries", theirs+"unconstrained_upper_diag", theirs+"upper_entries", d)
	}
	b.whole(scope+"bias", theirs+"bias", d, d)
	return nil
}

// within checks a number between 0 and 1.
func within(class, what string, x float64) error {
	if x > 0 && x < 1 {
		return nil
	}
	return fmt.Errorf("%w: %s: %q is %g and must be between 0 and 1", fault.ErrConfig, class, what, x)
}

// nflowsReflected adds a linear map that is made of reflections: HouseholderSequence, QRLinear or SVDLinear.
func (b *builder) nflowsReflected(class, theirs string, k int, eps float64) error {
	if err := counted(class, "the number of reflections", k, 1); err != nil {
		return err
	}
	if err := within(class, "eps", eps); err != nil {
		return err
	}
	d := b.dim
	vectors := func(ours, theirs string) { b.whole(ours+"vectors", theirs+"q_vectors", k*d, k, d) }
	switch class {
	case "HouseholderSequence":
		vectors(b.add(recipe.Layer{Kind: recipe.HouseholderLayer, Reflections: k}), theirs)
		return nil
	case "QRLinear":
		scope := b.add(recipe.Layer{Kind: recipe.QRLayer, Reflections: k, Diagonal: &recipe.LayerScale{Kind: recipe.ExpScale}})
		vectors(scope+"orthogonal.", theirs+"orthogonal.")
		above, diagonal := theirs+"upper_entries", theirs+"log_upper_diag"
		ok := b.w.Want(above, d*(d-1)/2)
		if ok = b.w.Want(diagonal, d) && ok; ok {
			b.w.LU(scope+"upper", "", diagonal, above, d)
		}
		b.whole(scope+"bias", theirs+"bias", d, d)
		return nil
	}
	scope := b.add(recipe.Layer{Kind: recipe.SVDLayer, Reflections: k, Diagonal: &recipe.LayerScale{Kind: recipe.SoftplusScale, Floor: eps}})
	vectors(scope+"left.", theirs+"orthogonal_1.")
	vectors(scope+"right.", theirs+"orthogonal_2.")
	b.whole(scope+"diagonal", theirs+"unconstrained_diagonal", d, d)
	b.whole(scope+"bias", theirs+"bias", d, d)
	return nil
}

// matrix adds u = W·x + bias for a matrix without structure, which becomes a permutation and a product, W = P·L·U.
func (b *builder) matrix(theirs string, w, bias []float64) {
	d := b.dim
	order, packed, ok := factors(w, d)
	if !ok {
		b.w.Problem("parameter %q is a matrix that has no inverse, or nearly none", theirs)
		return
	}
	back := make([]float64, d) // the bias before the permutation, y = L·U·x + back with y_k = u_order[k]
	for k, i := range order {
		back[k] = bias[i]
	}
	b.add(recipe.Layer{Kind: recipe.PermutationLayer, Order: order})
	scope := b.add(recipe.Layer{Kind: recipe.LinearLayer, Free: true})
	b.w.Set(scope+"lu", packed)
	b.w.Set(scope+"bias", back)
}

// smallestPivot is the least diagonal element that a free linear map keeps.
const smallestPivot = 1e-6

// factors is the LU decomposition with the largest pivots: row order[k] of w is row k of L·U, which are packed into one matrix. The diagonal is that of L,
// and U has ones.
func factors(w []float64, d int) (order []int, lu []float64, ok bool) {
	lu, order = append([]float64(nil), w...), transfer.Ascending(d)
	for k := range d {
		p := k
		for i := k + 1; i < d; i++ {
			if math.Abs(lu[i*d+k]) > math.Abs(lu[p*d+k]) {
				p = i
			}
		}
		if !(math.Abs(lu[p*d+k]) > smallestPivot) { // also NaN
			return nil, nil, false
		}
		order[k], order[p] = order[p], order[k]
		for j := range d {
			lu[k*d+j], lu[p*d+j] = lu[p*d+j], lu[k*d+j]
		}
		for j := k + 1; j < d; j++ {
			lu[k*d+j] /= lu[k*d+k]
			for i := k + 1; i < d; i++ {
				lu[i*d+j] -= lu[i*d+k] * lu[k*d+j]
			}
		}
	}
	return order, lu, true
}

package importer

import (
	"fmt"
	"math"
	"slices"

	"diffeo/fault"
	"diffeo/internal/transfer"
	"diffeo/recipe"
)

// builder collects the layers of a flow, from the base to the data, and where their weights are.
type builder struct {
	w            *transfer.Weights
	dim, context int
	base         string
	components   int
	parts        []recipe.LayerBase
	layers       []recipe.Layer
}

// The largest sizes and numbers that a specification may name: so that no product overflows, and a slip of the pen costs no memory.
const (
	most = 1 << 24 // units, columns
	many = 1 << 12 // transforms, blocks, bins
)

// sized checks a size of a specification.
func sized(class, what string, n, least int) error { return between(class, what, n, least, most) }

// counted checks a number of parts of a specification.
func counted(class, what string, n, least int) error { return between(class, what, n, least, many) }

func between(class, what string, n, least, largest int) error {
	if n < least || n > largest {
		return fmt.Errorf("%w: %s: %q is %d and must be from %d to %d", fault.ErrConfig, class, what, n, least, largest)
	}
	return nil
}

// columns says how many columns a part of the flow has; all parts must agree.
func (b *builder) columns(class string, n int) error {
	if err := sized(class, "features", n, 1); err != nil {
		return err
	}
	if b.dim != 0 && b.dim != n {
		return fmt.Errorf("%w: %s has %d features, what comes before it %d", fault.ErrConfig, class, n, b.dim)
	}
	b.dim = n
	return nil
}

// given says how many columns of a condition a part reads; all that read one must agree.
func (b *builder) given(class string, n int) error {
	if err := sized(class, "context", n, 0); err != nil {
		return err
	}
	if n > 0 && b.context != 0 && b.context != n {
		return fmt.Errorf("%w: %s reads %d columns of context, what comes before it %d", fault.ErrConfig, class, n, b.context)
	}
	b.context = max(b.context, n)
	return nil
}

// add appends a layer and returns the scope of its parameters.
func (b *builder) add(l recipe.Layer) string {
	b.layers = append(b.layers, l)
	return fmt.Sprintf("transform.transforms.%d.", len(b.layers)-1)
}

// integers are the elements of a parameter of whole numbers from low to high; nil where it is not there or holds others.
func (b *builder) integers(theirs string, low, high int, shape ...int) []int {
	v, ok := b.w.Values(theirs, shape...)
	if !ok {
		return nil
	}
	out := make([]int, len(v))
	for i, x := range v {
		if x != math.Trunc(x) || x < float64(low) || x > float64(high) {
			b.w.Problem("parameter %q holds %g, which is no whole number from %d to %d", theirs, x, low, high)
			return nil
		}
		out[i] = int(x)
	}
	return out
}

// permutation is a parameter that is one of 0 … dim−1; nil where it is not.
func (b *builder) permutation(theirs string) []int {
	order := b.integers(theirs, 0, b.dim-1, b.dim)
	if sorted := slices.Sorted(slices.Values(order)); order != nil && !slices.Equal(sorted, transfer.Ascending(b.dim)) {
		b.w.Problem("parameter %q %v is no permutation", theirs, order)
		return nil
	}
	return order
}

// linear takes a dense layer, with the shapes that it must have.
func (b *builder) linear(l transfer.Linear) {
	rows, width := l.Rows, l.Width
	if rows == 0 {
		rows = l.Out
	}
	if width == 0 {
		width = l.In + l.Context
	}
	weight, bias := b.w.Want(l.Weight, rows, width), b.w.Want(l.Bias, rows)
	if weight && bias {
		l.Take(b.w)
	}
}

// whole takes a parameter as it is.
func (b *builder) whole(ours, theirs string, n int, shape ...int) {
	if b.w.Want(theirs, shape...) {
		b.w.Whole(ours, theirs, n, 0)
	}
}

// byDegree is the order of hidden units that sorts them by degree, and the sorted degrees.
func byDegree(degrees []int) (order, sorted []int) {
	order = transfer.Ascending(len(degrees))
	slices.SortStableFunc(order, func(i, j int) int { return degrees[i] - degrees[j] })
	for _, i := range order {
		sorted = append(sorted, degrees[i])
	}
	return order, sorted
}

// at makes a function of a list, for orders of rows and columns.
func at(list []int) func(int) int { return func(i int) int { return list[i] } }

// masked checks that a mask of theirs is that of the degrees: 1 where the later unit's is no smaller. The columns behind those of in, a condition's, are ones.
func (b *builder) masked(theirs string, out, in []int, context int) {
	width := len(in) + context
	v, ok := b.w.Values(theirs, len(out), width)
	if !ok {
		return
	}
	for i, m := range out {
		for k := range width {
			want := k >= len(in) || m >= in[k]
			if (v[i*width+k] != 0) != want {
				b.w.Problem("parameter %q is not the mask of an autoregressive network: row %d, column %d", theirs, i, k)
				return
			}
		}
	}
}

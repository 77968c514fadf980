package transfer

// Linear takes the weights of a dense layer whose input is [x, c] concatenated, from a matrix of theirs [Rows, Width], or from matrix Layer of
// a stack of them.
type Linear struct {
	Ours             string // scope of our layer
	Weight, Bias     string
	In, Context, Out int               // of our layer
	Rows, Width      int               // of their matrix; 0: Out and In+Context. The condition's columns are its last ones
	Layer            int               // of stacked layers
	Row, Column      func(int) int     // their row of our output, their column of our input; nil: the same
	Negative         bool              // our outputs are theirs with the other sign
	Factor           func(int) float64 // on our output; nil: 1
}

// Take takes weight, context and bias.
func (l Linear) Take(w *Weights) {
	same := func(i int) int { return i }
	row, column := l.Row, l.Column
	if row == nil {
		row = same
	}
	if column == nil {
		column = same
	}
	if l.Rows == 0 {
		l.Rows = l.Out
	}
	if l.Width == 0 {
		l.Width = l.In + l.Context
	}
	sign := 1.0
	if l.Negative {
		sign = -1
	}
	at := func(i, k int) int { return (l.Layer*l.Rows+row(i))*l.Width + k }
	part := func(first, n int, sign float64) { // outputs of the same factor
		if l.In > 0 {
			w.Take(l.Ours+".weight", first*l.In, l.Weight, sign, n*l.In, func(i int) int { return at(first+i/l.In, column(i%l.In)) })
		}
		if l.Context > 0 {
			w.Take(l.Ours+".context", first*l.Context, l.Weight, sign, n*l.Context, func(i int) int { return at(first+i/l.Context, l.Width-l.Context+i%l.Context) })
		}
		w.Take(l.Ours+".bias", first, l.Bias, sign, n, func(i int) int { return l.Layer*l.Rows + row(first+i) })
	}
	if l.Factor == nil {
		part(0, l.Out, sign)
		return
	}
	for i := range l.Out {
		part(i, 1, sign*l.Factor(i))
	}
}

// Swapped is the order of the outputs of a masked network, column by column with us too. swap lists which of theirs is our parameter p.
func Swapped(swap ...int) func(i int) int {
	return func(i int) int { return i/len(swap)*len(swap) + swap[i%len(swap)] }
}

// ColumnMajor is the order of outputs of networks that give all parameters of column 0, then those of column 1. swap lists which of theirs
// is our parameter p.
func ColumnMajor(columns int, swap ...int) func(i int) int {
	return func(i int) int { return i%columns*len(swap) + swap[i/columns] }
}

// Ascending is 0 … n−1.
func Ascending(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

// LU packs the entries of triangular matrices of theirs, row by row, and their diagonal into our matrix [D,D]: lower below the diagonal, diag
// on it, upper above. Without lower there are zeros below.
func (w *Weights) LU(ours, lower, diag, upper string, d int) {
	row := func(from int) func(k int) int { return func(k int) int { return from + k } }
	below := func(i, from int) { w.Take(ours, i*d, lower, 1, i, row(from)) }
	if lower == "" {
		below = func(i, _ int) { w.Take(ours, i*d, diag, 0, i, row(0)) }
	}
	l, u := 0, 0
	for i := range d {
		below(i, l)
		w.Take(ours, i*d+i, diag, 1, 1, row(i))
		w.Take(ours, i*d+i+1, upper, 1, d-1-i, row(u))
		l, u = l+i, u+d-1-i
	}
}

// Size is the number of elements of an array of that shape.
func Size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

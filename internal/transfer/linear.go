package transfer

// Linear takes the weights of a dense layer whose input is [x, c] concatenated, from a matrix of theirs [Rows, Width], or from matrix Layer of
// a stack of them.
type Linear struct {
	Ours             string // scope of our layer
	Weight, Bias     string
	In, Context, Out int           // of our layer
	Rows, Width      int           // of their matrix; 0: Out and In+Context. The condition's columns are its last ones
	Layer            int           // of stacked layers
	Row, Column      func(int) int // their row of our output, their column of our input; nil: the same
	Negative         bool          // our outputs are theirs with the other sign
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
	if l.In > 0 {
		w.Take(l.Ours+".weight", 0, l.Weight, sign, l.Out*l.In, func(i int) int { return at(i/l.In, column(i%l.In)) })
	}
	if l.Context > 0 {
		w.Take(l.Ours+".context", 0, l.Weight, sign, l.Out*l.Context, func(i int) int { return at(i/l.Context, l.Width-l.Context+i%l.Context) })
	}
	w.Take(l.Ours+".bias", 0, l.Bias, sign, l.Out, func(i int) int { return l.Layer*l.Rows + row(i) })
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
// on it, upper above.
func (w *Weights) LU(ours, lower, diag, upper string, d int) {
	row := func(from int) func(k int) int { return func(k int) int { return from + k } }
	l, u := 0, 0
	for i := range d {
		w.Take(ours, i*d, lower, 1, i, row(l))
		w.Take(ours, i*d+i, diag, 1, 1, row(i))
		w.Take(ours, i*d+i+1, upper, 1, d-1-i, row(u))
		l, u = l+i, u+d-1-i
	}
}

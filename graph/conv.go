package graph

import "fmt"

// Convolutions of images with filters that all rows share. Pixels outside the image count as 0, so that an image keeps its height and width.
const (
	OpConv     Op = "conv"       // In: w [O,C,kh,kw] shared, x [C,H,W] per row; Out [O,H,W]
	OpConvRows Op = "convrows"   // Attr Window; In: g [O,H,W], x [C,H,W] per row; Out, shared: Σ over all rows, [O,C,kh,kw], the gradient of filters
	OpTurn     Op = "turnfilter" // In: w [O,C,kh,kw]; Out [C,O,kh,kw], every window turned by half a turn: the filters of the transposed convolution
)

// Window is the height and the width of filters, both odd.
type Window struct{ Height, Width int }

func (w Window) String() string { return fmt.Sprintf("%d×%d", w.Height, w.Width) }

// odd reports whether a window has a middle.
func (w Window) odd() bool { return w.Height > 0 && w.Width > 0 && w.Height%2 == 1 && w.Width%2 == 1 }

// Conv is the cross-correlation of an image x [C,H,W] with filters w [O,C,kh,kw] of odd height and width (what networks call a convolution),
//
//	y_o,i,j = Σ_c,p,q w_o,c,p,q · x_c,i+p−⌊kh/2⌋,j+q−⌊kw/2⌋
//
// with 0 for pixels outside, of shape [O,H,W]. Each element is one chain over c, p and q.
func Conv(w, x Value) Value {
	s, t := w.Type(), x.Type()
	if s.DType != Float || t.DType != Float || len(s.Shape) != 4 || len(t.Shape) != 3 || s.Shape[1] != t.Shape[0] {
		Fail(OpConv, "filters %s on an image %s: they are [O,C,height,width] and [C,H,W]", s, t)
	}
	window := Window{s.Shape[2], s.Shape[3]}
	if !window.odd() {
		Fail(OpConv, "filters of %v pixels: height and width must be odd", window)
	}
	rows := joinRows(OpConv, w, x)
	out := Shape{s.Shape[0], t.Shape[1], t.Shape[2]}
	if s.Rows > 0 || t.Rows == 0 || out.Size() == 0 || s.Shape[1] == 0 {
		y := MatMul(Reshape(w, s.Shape[0], s.Shape[1:].Size()), patches(x, window))
		return Reshape(y, out...)
	}
	return builderOf(w, x).node(OpConv, nil, []Value{w, x}, Type{Float, out, rows}).Result(0)
}

// patches is the windows around all pixels of x [C,H,W], as a matrix [C·kh·kw, H·W].
func patches(x Value, window Window) Value {
	s := x.Shape()
	padded := Pad(Pad(x, 1, window.Height/2, window.Height/2), 2, window.Width/2, window.Width/2)
	var shifted []Value
	for p := range window.Height {
		for q := range window.Width {
			shifted = append(shifted, Reshape(Slice(Slice(padded, 1, p, p+s[1]), 2, q, q+s[2]), s[0], 1, s[1]*s[2]))
		}
	}
	return Reshape(Concat(1, shifted...), s[0]*len(shifted), s[1]*s[2])
}

// ConvRows is the gradient of filters [O,C,kh,kw] from that of the results, g [O,H,W], and the images x [C,H,W], both per row: the sum over all
// rows of g_o,i,j · x_c,i+p−⌊kh/2⌋,j+q−⌊kw/2⌋ over i and j.
func ConvRows(g, x Value, window Window) Value {
	s, t := g.Type(), x.Type()
	if s.DType != Float || t.DType != Float || len(s.Shape) != 3 || len(t.Shape) != 3 || !s.Shape[1:].Equal(t.Shape[1:]) ||
		s.Rows == 0 || t.Rows == 0 || !window.odd() {
		Fail(OpConvRows, "%s with the image %s over %v pixels: both are per row and of one size, the window is odd", s, t, window)
	}
	joinRows(OpConvRows, g, x)
	shape := Shape{s.Shape[0], t.Shape[0], window.Height, window.Width}
	return builderOf(g, x).node(OpConvRows, window, []Value{g, x}, Type{Float, shape, 0}).Result(0)
}

// Turn is the filters [C,O,kh,kw] of the transposed convolution of w [O,C,kh,kw]: with them Conv takes a gradient back to its image.
func Turn(w Value) Value {
	t := w.Type()
	if t.DType != Float || len(t.Shape) != 4 {
		Fail(OpTurn, "%s: filters are [O,C,height,width]", t)
	}
	if w.node.Op == OpTurn {
		return w.node.In[0]
	}
	s := t.Shape
	return builderOf(w).node(OpTurn, nil, []Value{w}, Type{Float, Shape{s[1], s[0], s[2], s[3]}, t.Rows}).Result(0)
}

// deriveConv: the gradient of the filters is a sum over rows, that of the image a convolution with the turned filters.
func deriveConv(n *Node, g Value, needed []bool) []Value {
	out := make([]Value, 2)
	s := n.In[0].Shape()
	if needed[0] {
		out[0] = ConvRows(g, n.In[1], Window{s[2], s[3]})
	}
	if needed[1] {
		out[1] = Conv(Turn(n.In[0]), g)
	}
	return out
}

// deriveConvRows: h is the gradient of filters, shared as they are.
func deriveConvRows(n *Node, h Value) []Value {
	g, x := n.In[0], n.In[1]
	return []Value{Conv(h, x), Conv(Turn(h), g)}
}

package cpu

import (
	"diffeo/graph"
)

// Masked weights: a product with W∘M, M a constant of zeros and ones, is cut into panels of rows that see the same range of columns,
// and zeros outside the range are not multiplied. Where hidden units are sorted by degree (package nn does that) nearly all
// zeros fall away. The chain of a dot product stays ascending: it only leaves out terms that are zero.

// span is columns from ≤ j < to.
type span struct{ from, to int }

// panel is rows that see one range of columns.
type panel struct {
	row, rows int
	span
}

// mask is a matrix of zeros and ones, with what is found out about it, once however many weights have it.
type mask struct {
	data   []float64 // row-major
	turned *mask
	ps     []panel // of panels
	exact  bool    // whether they are exact
	live   []panel // of liveOf
	whole  bool    // whether they are exact
}

// maskOf finds the constant that a shared matrix was multiplied by; nil: none.
func maskOf(v *value) *mask {
	if v.def == nil || len(v.Shape) != 2 {
		return nil
	}
	switch v.def.kind {
	case graph.OpMul:
		for _, u := range v.def.in {
			if u.def != nil && u.def.kind == graph.OpConst && u.Shape.Equal(v.Shape) {
				if u.mask == nil {
					u.mask = &mask{data: u.def.attr.(graph.Constant).Data}
				}
				return u.mask
			}
		}
	case graph.OpTranspose:
		if inner := maskOf(v.def.in[0]); inner != nil {
			return inner.transposed(v.Shape[1], v.Shape[0])
		}
	}
	return nil
}

// transposed is the mask of the transpose of an n×k matrix with a mask.
func (m *mask) transposed(n, k int) *mask {
	if m.turned != nil {
		return m.turned
	}
	t := &mask{data: make([]float64, n*k), turned: m}
	for i := range n {
		for j, x := range m.data[i*k : (i+1)*k] {
			if x != 0 {
				t.data[j*n+i] = x
			}
		}
	}
	m.turned = t
	return t
}

// panelsOf divides the rows of an n×k matrix with or without a mask.
func panelsOf(m *mask, n, k int) (ps []panel, isExact bool) {
	if m == nil {
		return []panel{{0, n, span{0, k}}}, false
	}
	if m.ps == nil {
		m.ps = panels(m.data, n, k)
		m.exact = exact(m.data, k, m.ps)
	}
	return m.ps, m.exact
}

// liveOf divides the rows of an n×k matrix with a mask so that its ones are covered and nothing else, if there is a way that is not dear: in panels, or, where these are
// not exact and rows are long, row by row. That is for what goes over the numbers one by one.
func liveOf(m *mask, n, k int) (ps []panel, ok bool) {
	const long = 64 // numbers of a row, that a call for each costs little
	ps, ok = panelsOf(m, n, k)
	if m == nil || ok {
		return ps, ok
	}
	if m.live == nil {
		m.live = equalRanges(m.data, n, k)
		numbers := 0
		for _, p := range m.live {
			numbers += p.rows * (p.to - p.from)
		}
		if m.whole = numbers >= long*n && exact(m.data, k, m.live); !m.whole {
			m.live = ps
		}
	}
	return m.live, m.whole
}

// panels divides the rows of an n×k matrix with a mask. Rows of equal range stand together; neighbours are joined where the
// zeros that this multiplies cost less than another call. Dynamic programming finds the cheapest division.
func panels(mask []float64, n, k int) []panel { return divide(equalRanges(mask, n, k), k, panel.cost) }

// divide joins neighbours among parts of the rows of a matrix of k columns to the panels of least cost.
func divide(parts []panel, k int, cost func(panel) int) []panel {
	best := make([]int, len(parts)+1) // the least cost of the first parts
	from := make([]int, len(parts)+1)
	for i := 1; i <= len(parts); i++ {
		best[i] = -1
		joined := panel{span: span{k, 0}}
		for j := i - 1; j >= 0 && i-j <= 64; j-- {
			p := parts[j]
			joined.row, joined.rows = p.row, joined.rows+p.rows
			if p.from < p.to {
				joined.from, joined.to = min(joined.from, p.from), max(joined.to, p.to)
			}
			if c := best[j] + cost(joined); best[i] < 0 || c < best[i] {
				best[i], from[i] = c, j
			}
		}
	}
	var out []panel
	for i := len(parts); i > 0; i = from[i] {
		p := panel{row: parts[from[i]].row, span: span{k, 0}}
		for _, q := range parts[from[i]:i] {
			p.rows += q.rows
			if q.from < q.to {
				p.from, p.to = min(p.from, q.from), max(p.to, q.to)
			}
		}
		if p.to < p.from {
			p.span = span{}
		}
		out = append(out, p)
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// equalRanges divides the rows of a mask where their range changes.
func equalRanges(mask []float64, n, k int) []panel {
	var parts []panel
	for i := range n {
		s := rangeOf(mask[i*k : (i+1)*k])
		if last := len(parts) - 1; last >= 0 && parts[last].span == s {
			parts[last].rows++
		} else {
			parts = append(parts, panel{i, 1, s})
		}
	}
	return parts
}

// cost of a panel, in tenths of a multiplication of one number with the lanes: a kernel takes up to 14 rows at a time, each time with
// some overhead for every column, and a call costs about as much as 24 multiplications.
func (p panel) cost() int {
	k := max(0, p.to-p.from)
	return k*(10*p.rows+7*((p.rows+13)/14)) + 240
}

// rangeOf is where a row of a mask is not zero.
func rangeOf(row []float64) span {
	s := span{len(row), 0}
	for j, m := range row {
		if m != 0 {
			s.from, s.to = min(s.from, j), j+1
		}
	}
	if s.to == 0 {
		return span{}
	}
	return s
}

// exact reports whether the panels of a mask cover its ones and nothing else. The zeros of the weight then need not be there: they are
// never read, and what is never written in a gradient stays zero.
func exact(mask []float64, k int, ps []panel) bool {
	covered := 0
	for _, p := range ps {
		covered += p.rows * (p.to - p.from)
		for i := p.row; i < p.row+p.rows; i++ {
			for j := p.from; j < p.to; j++ {
				if mask[i*k+j] != 1 {
					return false
				}
			}
		}
	}
	for _, m := range mask {
		if m != 0 {
			covered--
		}
	}
	return covered == 0
}

// bare reports whether every reader of a masked weight, or of its transpose, is a product that leaves the zeros out exactly.
func (e *emitter[T]) bare(v *value) bool {
	mask := maskOf(v)
	if mask == nil || v.output || v.Rows > 0 {
		return false
	}
	n, k := v.Shape[0], v.Shape[1]
	for _, o := range v.users {
		switch {
		case o.kind == graph.OpTranspose:
			if !e.bare(o.out[0]) {
				return false
			}
		case o.kind == graph.OpMatMul && o.in[0] == v && o.in[1].Rows > 0 && o.in[1].Shape[1] == 1:
			if _, ok := panelsOf(mask, n, k); !ok {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// unmasked is the other factor of a product with a mask that need not be made: nobody reads the zeros of the weight, or the gradient has
// them already.
func (e *emitter[T]) unmasked(o *op) *value {
	v := o.out[0]
	if maskOf(v) == nil {
		return nil
	}
	x := o.in[0]
	if x.def != nil && x.def.kind == graph.OpConst {
		x = o.in[1]
	}
	if e.p.sparse[x] {
		return x
	}
	if !e.bare(v) {
		return nil
	}
	if _, _, _, ok := matrixOf(x.loc, v.Shape[0], v.Shape[1]); !ok { // its product goes lane by lane, without panels
		return nil
	}
	return x
}

package cpu

import "diffeo/matrix"

// load brings the tile's rows of an input into lanes. Lanes beyond the last row repeat it, so that nothing strange is computed there.
type load[T matrix.Float] struct {
	transpose func(dst []T, ldd int, src []T, lds, rows, cols int)
	input     int
	dst       operand
	n         int
}

func (i *load[T]) run(t *tile[T]) {
	a := &t.args.In[i.input]
	dst := t.span(i.dst, i.n)
	if i.n == 0 {
		return
	}
	src := a.Data[t.row0*a.Stride : (t.row0+t.rows-1)*a.Stride+i.n]
	i.transpose(dst, t.lanes, src, a.Stride, t.rows, i.n)
	if t.rows < t.lanes {
		for k := range i.n {
			u := dst[k*t.lanes : (k+1)*t.lanes]
			last := u[t.rows-1]
			for l := t.rows; l < t.lanes; l++ {
				u[l] = last
			}
		}
	}
}

// store writes a per-row result to the caller's rows.
type store[T matrix.Float] struct {
	output int
	unit   int
	units  []operand
}

func (i *store[T]) run(t *tile[T]) {
	a := &t.args.Out[i.output]
	first := t.row0 * i.unit
	for k, u := range i.units {
		if u.buffer != onTile {
			x := t.number(u)
			for l := range t.rows * i.unit {
				a.Data[(first+l)*a.Stride+k] = x
			}
			continue
		}
		for l, x := range t.span(u, i.unit)[:t.rows*i.unit] {
			a.Data[(first+l)*a.Stride+k] = x
		}
	}
}

// spill keeps a tile's values for a later stage, or brings them back.
type spill[T matrix.Float] struct {
	copy func(dst, a []T)
	back bool
	off  int // in units of all rows
	dst  []run
	n    int // units
}

func (i *spill[T]) run(t *tile[T]) {
	base := (i.off*t.padded + t.row0*i.n)
	for _, r := range i.dst {
		kept := t.spills[base+r.in[0].off*t.lanes:][:r.n*t.lanes]
		switch {
		case i.back:
			i.copy(t.span(r.dst, r.n), kept)
		case r.dst.buffer == onTile:
			i.copy(kept, t.span(r.dst, r.n))
		default:
			x := t.number(r.dst)
			for l := range kept {
				kept[l] = x
			}
		}
	}
}

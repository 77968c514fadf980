package cpu

import "slices"

// Products in a triangular loop. A step needs few rows of a product, and few rows at a time are slow: each number of the operand is read for
// little. So the rows of several steps begin together, with the columns that are known before the first of them; each step then adds to its
// own rows the columns that have become known since. Where these come last, in networks whose columns are in order, a dot product is still
// one ascending chain; else it begins with the known ones. Either way it is the same for every row of a batch of any size.

// ahead is what rows of a product have begun with.
type ahead struct {
	width int     // steps whose rows begin together; below 2: none
	known []int32 // the step of each column of the operand
	done  []span  // of each row: columns that it has begun with
}

const (
	tallest    = 14 // rows that a kernel takes at once
	fewColumns = 16 // are not worth beginning with
)

// lookAhead decides how many steps of a product begin together: as many as a kernel takes rows at once.
func (i *incremental[T]) lookAhead(p *part[T]) *ahead {
	b := p.g.from.in[1]
	steps := 0
	for _, units := range p.steps {
		if len(units) > 0 {
			steps++
		}
	}
	a := &ahead{width: tallest * steps / p.g.m, known: make([]int32, p.g.k), done: make([]span, p.g.m)}
	if p.g.columns > 1 { // its rows belong to one step
		a.width = 0
		return a
	}
	for j := range a.known {
		a.known[j] = i.of(b, j)
	}
	return a
}

// product prepares a masked product with what follows it, and reports whether its operand must be copied to be in one piece.
func (i *incremental[T]) product(o *op) (p part[T], scattered bool) {
	e := i.e
	b := o.in[1]
	m, k, n := o.in[0].Shape[0], o.in[0].Shape[1], b.Shape[1]
	a, aRow, aCol, _ := matrixOf(o.in[0].loc, m, k) // incremental has tried it
	g := &gemm[T]{f: e.k.Gemm, a: a, aRow: aRow, aCol: aCol, aLen: (m-1)*aRow + (k-1)*aCol + 1, m: m, k: k, unit: n * e.unit(o.out[0]), columns: n}
	place := b.loc
	if scattered = !regularRows(b.loc) || n > 1 && b.loc.step != cell(e.unit(b)); scattered {
		if step, ok := i.passing[o.out[0]]; ok {
			place = i.pass(b, step)
		} else {
			place = e.fresh(b)
			i.hold(place)
		}
		if i.clean[b] {
			i.clear(b, place)
		}
	}
	g.b, g.ldb = e.operand(place.start), n*int(place.step)
	if k == 1 {
		g.ldb = g.unit
	}
	last, absorbed := o, []*op(nil)
	if n == 1 {
		last, absorbed = e.epilogue(o, &g.ending, m, 1, g.unit)
	}
	for _, q := range absorbed {
		q.done = true
	}
	g.from = o
	return part[T]{of: last.out[0], o: last, g: g, place: place}, scattered
}

// regularRows reports whether the cells are units of the tile at equal steps that ascend.
func regularRows(l loc) bool {
	return l.list == nil && !l.at(0).shared() && (l.n == 1 || l.step > 0)
}

// begin adds, before every width-th step, the known columns to the rows of this step and of those that begin with it.
func (i *incremental[T]) begin(p *part[T], s int) {
	if p.width < 2 || s%p.width > 0 {
		return
	}
	rows := slices.Concat(p.steps[s:min(s+p.width, len(p.steps))]...)
	if len(rows) == len(p.steps[s]) {
		return
	}
	slices.Sort(rows)
	first := *p.g
	first.relu, first.hasMask, first.panels = false, false, nil
	for _, r := range rows {
		if p.done[r] = p.knownOf(i.wide[p.g.from.in[0]], r, int32(s)); p.done[r].to-p.done[r].from < fewColumns {
			p.done[r] = span{}
			continue
		}
		first.panels = addRow(first.panels, r, p.done[r])
	}
	if len(first.panels) > 0 {
		i.e.add(&first)
	}
}

// knownOf is the columns of a row that are known before step s, if those that are not lie all on one side of them.
func (p *part[T]) knownOf(m *mask, row int, s int32) span {
	all := seenBy(m, p.g.k, row)
	late := func(j int) bool { return (m == nil || m.data[row*p.g.k+j] != 0) && p.known[j] >= s }
	early := func(j int) bool { return (m == nil || m.data[row*p.g.k+j] != 0) && p.known[j] < s }
	none := func(s span, f func(j int) bool) bool {
		for j := s.from; j < s.to; j++ {
			if f(j) {
				return false
			}
		}
		return true
	}
	to := all.from
	for to < all.to && !late(to) {
		to++
	}
	if none(span{to, all.to}, early) {
		return span{all.from, to}
	}
	from := all.to
	for from > all.from && !late(from-1) {
		from--
	}
	if none(span{all.from, from}, early) {
		return span{from, all.to}
	}
	return span{}
}

// rows adds the rows of a product that belong to a step, or finishes those that have begun.
func (i *incremental[T]) rows(p *part[T], units []int) {
	whole, rest := *p.g, *p.g
	whole.panels, rest.panels = nil, nil
	rest.hasBias, rest.more = false, true
	for _, r := range units {
		all, done := seenBy(i.wide[p.g.from.in[0]], p.g.k, r), p.done[r]
		if done == (span{}) {
			whole.panels = addRow(whole.panels, r, all)
			continue
		}
		if done.from == all.from {
			all.from = done.to
		} else {
			all.to = done.from
		}
		if all.from == all.to && !rest.relu && !rest.hasMask {
			continue
		}
		if all.from == all.to { // nothing is left to add, but what follows the sum
			all = span{}
		}
		rest.panels = addRow(rest.panels, r, all)
	}
	for _, g := range []*gemm[T]{&whole, &rest} {
		if len(g.panels) > 0 {
			i.e.add(g)
		}
	}
}

// addRow adds a row to panels: to the last one where it goes on.
func addRow(ps []panel, row int, s span) []panel {
	if n := len(ps); n > 0 && ps[n-1].row+ps[n-1].rows == row && ps[n-1].span == s {
		ps[n-1].rows++
		return ps
	}
	return append(ps, panel{row, 1, s})
}

// seenBy is the range of columns that a row of a product reads.
func seenBy(m *mask, k, row int) span {
	if m == nil {
		return span{0, k}
	}
	return rangeOf(m.data[row*k : (row+1)*k])
}

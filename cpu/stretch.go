package cpu

// stretch is neighbouring numbers of an array.
type stretch struct{ off, n int }

// stretchesOf is what the panels of a matrix with so many columns cover.
func stretchesOf(ps []panel, columns int) []stretch {
	var list []stretch
	for _, p := range ps {
		if p.from == 0 && p.to == columns {
			list = append(list, stretch{p.row * columns, p.rows * columns})
			continue
		}
		for i := p.row; i < p.row+p.rows; i++ {
			if p.to > p.from {
				list = append(list, stretch{i*columns + p.from, p.to - p.from})
			}
		}
	}
	return list
}

// pieces divides stretches into groups of a chunk, one for each instruction.
func pieces(list []stretch, each func(runs []stretch)) {
	var runs []stretch
	size := 0
	for _, s := range list {
		for s.n > 0 {
			k := min(s.n, chunk-size)
			runs = append(runs, stretch{s.off, k})
			s.off, s.n, size = s.off+k, s.n-k, size+k
			if size == chunk {
				each(runs)
				runs, size = nil, 0
			}
		}
	}
	if len(runs) > 0 {
		each(runs)
	}
}

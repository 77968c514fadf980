package cpu

// outerPanels chooses how a weight gradient of n×m numbers with these panels is computed: by panels, which may cover more than those of the
// mask where few large products cost less than many small ones, or swapped, as the m×n transpose, where m is so small that it would
// not fill the vectors.
func outerPanels(ps []panel, n, m int) (swapped bool, computed []panel) {
	if n*m == 0 {
		return false, ps
	}
	const transposed = 3 // tenths of a cycle to transpose a number
	byPanels := transposed * m / 10
	for _, p := range ps {
		byPanels += productCycles(p.rows, p.to-p.from)
	}
	whole := []panel{{0, n, span{0, m}}}
	if dense := transposed*m/10 + productCycles(n, m); dense < byPanels {
		byPanels, computed = dense, whole
	} else {
		computed = ps
	}
	if turned := transposed*n/10 + productCycles(m, n); turned < byPanels {
		return true, []panel{{0, m, span{0, n}}}
	}
	return false, computed
}

// productCycles estimates the cycles, for each step of the inner dimension, of a product of rows×cols numbers with vectors of 16: up to 14 rows by two
// vectors start two multiplications a cycle; one takes four cycles, so that few of them cost as much as eight. A call costs some cycles
// more, shared by the 128 rows of a tile.
func productCycles(rows, cols int) int {
	if rows == 0 || cols <= 0 {
		return 0
	}
	vectors := (cols + 15) / 16
	blocks := (rows + 13) / 14
	tall := (rows + blocks - 1) / blocks // rows of a block
	wide := 2
	switch tall {
	case 1:
		wide = 16
	case 2:
		wide = 8
	case 3:
		wide = 4
	}
	const latency, call = 4, 1
	cycles := vectors / wide * max(latency, tall*wide/2)
	if rest := vectors % wide; rest > 0 {
		cycles += max(latency, (tall*rest+1)/2, tall*(rest+1)/3)
	}
	return blocks*(cycles+1) + call
}

package cpu

// outerWay is how a weight gradient of n×m numbers is computed.
type outerWay struct {
	dots    bool // as inner products of rows of both operands as they lie, instead of a product with one of them transposed
	swapped bool // as the m×n transpose
	panels  []panel
}

// outerPanels chooses the cheapest way for a gradient with these panels: by panels, which may cover more than those of the mask where few
// large products cost less than many small ones; swapped, where m is so small that it would not fill the vectors; or as inner products, where n is so small
// that transposing m rows would cost much. Costs are in cycles for the 128 rows of a tile.
func outerPanels(ps []panel, n, m int) outerWay {
	way := outerWay{panels: ps}
	if n*m == 0 {
		return way
	}
	const transposed = 50 // 128 numbers: 40 to 60
	const rows = 128
	dots, least := 0, transposed*m
	for _, p := range ps {
		least += rows * productCycles(p.rows, p.to-p.from)
		dots += dotsCycles(p.rows, p.to-p.from)
	}
	if dots < least {
		way, least = outerWay{dots: true, panels: ps}, dots
	}
	if dense := transposed*m + rows*productCycles(n, m); dense < least {
		way, least = outerWay{panels: []panel{{0, n, span{0, m}}}}, dense
	}
	if turned := transposed*n + rows*productCycles(m, n); turned < least {
		way = outerWay{swapped: true, panels: []panel{{0, m, span{0, n}}}}
	}
	return way
}

// dotsCycles estimates the cycles of the inner products of some rows with others, of 128 numbers each, with vectors of 16: up to four rows with four start two
// multiplications a cycle, where they are two at least, and each row takes some cycles more to add up what its four accumulators hold.
func dotsCycles(rows, cols int) int {
	if rows == 0 || cols <= 0 {
		return 0
	}
	blocks := (rows + 3) / 4
	cycles := 0
	for i := range blocks {
		r := (rows + i) / blocks
		cycles += 16*max(2, r) + 8*r + 12
	}
	return cycles * ((cols + 3) / 4)
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

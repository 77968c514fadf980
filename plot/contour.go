package plot

// polyline is points joined by lines.
type polyline struct{ x, y []float64 }

// edge is a side of a cell between two neighbouring points of the grid: from point (i, k) to the right, or up.
type edge struct {
	i, k int
	up   bool
}

// contours are the lines at which the field is level, by marching squares: where a side of a cell has one end above it and one not, a line crosses that side at the
// place that interpolation gives. Of a cell with two opposite corners above, the middle decides which sides belong together.
func (f Field) contours(level float64) []polyline {
	nx, ny := len(f.X), len(f.Y)
	high := func(i, k int) bool { return f.Z[k*nx+i] > level }
	joined := map[edge][]edge{}
	join := func(a, b edge) {
		joined[a] = append(joined[a], b)
		joined[b] = append(joined[b], a)
	}
	var order []edge
	for k := range ny - 1 {
		for i := range nx - 1 {
			bottom, right, top, left := edge{i, k, false}, edge{i + 1, k, true}, edge{i, k + 1, false}, edge{i, k, true}
			a, b, c, d := high(i, k), high(i+1, k), high(i+1, k+1), high(i, k+1)
			var crossed []edge
			for _, s := range []struct {
				e    edge
				p, q bool
			}{{bottom, a, b}, {right, b, c}, {top, c, d}, {left, d, a}} {
				if s.p != s.q {
					crossed = append(crossed, s.e)
				}
			}
			switch len(crossed) {
			case 2:
				join(crossed[0], crossed[1])
			case 4:
				middle := (f.Z[k*nx+i] + f.Z[k*nx+i+1] + f.Z[(k+1)*nx+i] + f.Z[(k+1)*nx+i+1]) / 4
				if (middle > level) == a {
					join(bottom, right)
					join(top, left)
				} else {
					join(bottom, left)
					join(top, right)
				}
			}
			order = append(order, crossed...)
		}
	}
	return f.chains(order, joined, level)
}

// chains follows the joined sides: first the lines that end at the border, then the closed ones.
func (f Field) chains(order []edge, joined map[edge][]edge, level float64) (out []polyline) {
	seen := map[edge]bool{}
	follow := func(e edge, closed bool) {
		var p polyline
		start := e
		for {
			seen[e] = true
			x, y := f.crossing(e, level)
			p.x, p.y = append(p.x, x), append(p.y, y)
			next, found := edge{}, false
			for _, n := range joined[e] {
				if !seen[n] {
					next, found = n, true
					break
				}
			}
			if !found {
				break
			}
			e = next
		}
		if closed {
			x, y := f.crossing(start, level)
			p.x, p.y = append(p.x, x), append(p.y, y)
		}
		out = append(out, p)
	}
	for _, closed := range []bool{false, true} {
		for _, e := range order {
			if !seen[e] && (closed || len(joined[e]) == 1) {
				follow(e, closed)
			}
		}
	}
	return out
}

// crossing is where the field has the level on a side.
func (f Field) crossing(e edge, level float64) (x, y float64) {
	nx := len(f.X)
	a := f.Z[e.k*nx+e.i]
	if e.up {
		b := f.Z[(e.k+1)*nx+e.i]
		return f.X[e.i], f.Y[e.k] + (level-a)/(b-a)*(f.Y[e.k+1]-f.Y[e.k])
	}
	b := f.Z[e.k*nx+e.i+1]
	return f.X[e.i] + (level-a)/(b-a)*(f.X[e.i+1]-f.X[e.i]), f.Y[e.k]
}

// contour draws the lines of a level.
func (p *panel) contour(s stroke, f Field, level float64) {
	for _, l := range f.contours(level) {
		p.curve(s, l.x, l.y)
	}
}

package plot

import "gonum.org/v1/plot/vg"

// entry explains a mark.
type entry struct {
	name string
	mark func(c *canvas, at vg.Rectangle) // draws it into a box
}

const (
	markWidth = 28
	entryGap  = 22
	rowHeight = 21
)

// lineMark is that of a line, dotMark that of points, and fillMark that of an area with an outline.
func lineMark(s stroke) func(*canvas, vg.Rectangle) {
	return func(c *canvas, in vg.Rectangle) {
		y := (in.Min.Y + in.Max.Y) / 2
		c.line(s, vg.Point{X: in.Min.X, Y: y}, vg.Point{X: in.Max.X, Y: y})
	}
}

func dotMark(s stroke) func(*canvas, vg.Rectangle) {
	return func(c *canvas, in vg.Rectangle) {
		p := panel{canvas: c, in: in, x: axis{low: 0, high: 1}, y: axis{low: 0, high: 1}}
		for _, at := range [][2]float64{{0.2, 0.35}, {0.5, 0.7}, {0.8, 0.4}} {
			p.dot(s, at[0], at[1])
		}
	}
}

func fillMark(fill, outline stroke) func(*canvas, vg.Rectangle) {
	return func(c *canvas, in vg.Rectangle) {
		c.FillPolygon(fill.colour, corners(in))
		if outline.width > 0 {
			k := corners(in)
			c.line(outline, append(k, k[0])...)
		}
	}
}

// legend writes entries beside and under each other, from a corner at the top left, and returns the rows that this takes.
func (c *canvas) legend(entries []entry, from vg.Point, width vg.Length, show bool) (rows int) {
	x, rows := vg.Length(0), 1
	for _, e := range entries {
		mark := px(markWidth)
		if e.mark == nil {
			mark = -px(6)
		}
		name := c.fit(e.name, width-mark-px(6))
		w := mark + px(6) + c.wide(name)
		if x > 0 && x+w > width {
			x = 0
			rows++
		}
		if show {
			y := from.Y - vg.Length(rows-1)*px(rowHeight)
			if e.mark != nil {
				e.mark(c, vg.Rectangle{Min: vg.Point{X: from.X + x, Y: y - px(11)}, Max: vg.Point{X: from.X + x + mark, Y: y}})
			}
			c.write(name, vg.Point{X: from.X + x + mark + px(6), Y: y - px(0.5)}, place{0, 1}, false, labelSize, ink)
		}
		x += w + px(entryGap)
	}
	return rows
}

// head writes a title and a legend at the top of the canvas and returns the height under them.
func (c *canvas) head(title string, entries []entry) (top vg.Length) {
	const side = 14
	top = c.Max.Y - px(12)
	width := c.Max.X - px(2*side)
	if title != "" {
		size := vg.Length(titleSize) / labelSize
		c.write(c.fit(title, width/size), vg.Point{X: px(side), Y: top}, place{0, 1}, false, titleSize, ink)
		top -= px(titleSize + 10)
	}
	if len(entries) > 0 {
		rows := c.legend(entries, vg.Point{X: px(side), Y: top}, width, true)
		top -= px(rowHeight) * vg.Length(rows)
	}
	return top
}

// headHeight is the height that head takes at the top of a picture. The fonts are measured on a canvas of nothing.
func headHeight(title string, entries []entry, width vg.Length) (vg.Length, error) {
	c, err := newCanvas(nothing{}, width, px(1000))
	if err != nil {
		return 0, err
	}
	return px(1000) - c.head(title, entries), nil
}

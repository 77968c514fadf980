package plot

import (
	"fmt"
	"image"
	"math"

	"gonum.org/v1/plot/vg"

	"diffeo/fault"
)

// MapOptions are those of Map.
type MapOptions struct {
	Options
	Equal bool // a unit is as long on both axes
}

// mapShares are the shares of the mass that the contours of Map hold, and their dashes.
var (
	mapShares = []float64{0.5, 0.9, 0.99}
	mapDashes = [][]float64{nil, {7, 3}, {2, 2.5}}
)

// Map draws the density of two columns in colours from dark (0) to bright, with contours around the smallest regions that hold 50 %, 90 % and 99 % of what
// is in the picture, and the rows of a table as dots if it has some.
//
// Errors: fault.ErrShape for a field that is not on its grid or a table of other than two columns, fault.ErrData where it is negative or not finite, or 0
// everywhere.
func Map(columns [2]string, f Field, table Sample, o MapOptions) (*Picture, error) {
	width, err := o.width()
	if err != nil {
		return nil, err
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	if table.Rows.Rows > 0 && table.Rows.Cols != 2 {
		return nil, fmt.Errorf("%w: a table of %d columns for a density of two", fault.ErrShape, table.Rows.Cols)
	}
	m := densityMap{columns: columns, f: f, table: table, title: o.Title}
	for _, z := range f.Z {
		m.most = math.Max(m.most, z)
	}
	if m.most == 0 {
		return nil, fmt.Errorf("%w: the density is 0 in the whole picture: look at another place", fault.ErrData)
	}
	head, err := headHeight(o.Title, m.legend(), width)
	if err != nil {
		return nil, err
	}
	// What axes and the colour bar take at the sides, roughly.
	const sides, under = 200, 60
	ratio := 0.8
	if o.Equal {
		ratio = (f.Y[len(f.Y)-1] - f.Y[0]) / (f.X[len(f.X)-1] - f.X[0])
	}
	m.equal = o.Equal
	height := (width - px(sides)) * vg.Length(min(max(ratio, 0.35), 1.3))
	return &Picture{width, height + head + px(under), m.draw}, nil
}

type densityMap struct {
	columns [2]string
	f       Field
	table   Sample
	title   string
	most    float64
	equal   bool
}

func (m densityMap) stroke(i int) stroke { return stroke{white, 1.5, mapDashes[i]} }

func (m densityMap) legend() (list []entry) {
	for i, share := range mapShares {
		s := m.stroke(i)
		list = append(list, entry{fmt.Sprintf("%.0f %% of the mass", 100*share), func(c *canvas, in vg.Rectangle) {
			fillMark(stroke{colour: opaque(Viridis(10)[2])}, stroke{})(c, in)
			lineMark(s)(c, in)
		}})
	}
	if m.table.Rows.Rows > 0 {
		name := m.table.Name
		if m.table.Rows.Rows > mostDots {
			name = fmt.Sprintf("%s of %s", Count(mostDots), name)
		}
		list = append(list, entry{name, func(c *canvas, in vg.Rectangle) {
			fillMark(stroke{colour: opaque(Viridis(10)[2])}, stroke{})(c, in)
			dotMark(mapDot)(c, in)
		}})
	}
	return list
}

// mapDot is a row of the table.
var mapDot = stroke{faint(orange, 0.75), 2.6, nil}

func (m densityMap) draw(c *canvas) {
	top := c.head(m.title, m.legend()) - px(4)
	nx, ny := len(m.f.X), len(m.f.Y)
	p := panel{canvas: c, over: px(10)}
	p.x = axis{low: m.f.X[0], high: m.f.X[nx-1], name: m.columns[0]}
	p.y = axis{low: m.f.Y[0], high: m.f.Y[ny-1], name: m.columns[1]}
	low := belowOf(p.x) + px(8)
	left := c.leftOf(p.y, top-low) + px(12)
	scale := axis{low: 0, high: m.most, name: "probability density"}
	const bar, gap = 16, 18
	right := c.leftOf(scale, top-low) + px(bar+gap+8)
	p.in = vg.Rectangle{Min: vg.Point{X: left, Y: low}, Max: vg.Point{X: c.Max.X - right, Y: top}}
	if m.equal {
		p.in = equalled(p.in, p.x, p.y)
	}
	c.DrawImage(p.in, m.image())
	every := max(1, float64(m.table.Rows.Rows)/mostDots)
	for at := 0.0; int(at) < m.table.Rows.Rows; at += every {
		row := m.table.Rows.Row(int(at))
		p.dot(mapDot, row[0], row[1])
	}
	for i, level := range m.f.levels(mapShares...) {
		p.contour(stroke{faint(black, 0.5), 2.8, nil}, m.f, level)
		p.contour(m.stroke(i), m.f, level)
	}
	p.frame()
	m.bar(c, scale, vg.Rectangle{Min: vg.Point{X: p.in.Max.X + px(gap), Y: p.in.Min.Y}, Max: vg.Point{X: p.in.Max.X + px(gap+bar), Y: p.in.Max.Y}})
}

// equalled is the largest part of a rectangle, at its top in the middle, in which a unit is as long on both axes.
func equalled(in vg.Rectangle, x, y axis) vg.Rectangle {
	unit := min(in.Size().X/vg.Length(x.high-x.low), in.Size().Y/vg.Length(y.high-y.low))
	w, h := unit*vg.Length(x.high-x.low), unit*vg.Length(y.high-y.low)
	left := in.Min.X + (in.Size().X-w)/2
	return vg.Rectangle{Min: vg.Point{X: left, Y: in.Max.Y - h}, Max: vg.Point{X: left + w, Y: in.Max.Y}}
}

// image is the density in colours, interpolated between the points of the grid.
func (m densityMap) image() image.Image {
	const side, colours = 360, 256
	img := image.NewPaletted(image.Rect(0, 0, side, side), Viridis(colours))
	nx, ny := len(m.f.X), len(m.f.Y)
	split := func(i, n int) (int, float64) {
		at := (float64(i) + 0.5) / side * float64(n-1)
		k := min(int(at), n-2)
		return k, at - float64(k)
	}
	for r := range side {
		k, v := split(side-1-r, ny)
		for col := range side {
			i, u := split(col, nx)
			z := m.f.Z[k*nx+i:]
			lower, upper := (1-u)*z[0]+u*z[1], (1-u)*z[nx]+u*z[nx+1]
			img.SetColorIndex(col, r, uint8(math.Round(((1-v)*lower+v*upper)/m.most*(colours-1))))
		}
	}
	return img
}

// bar draws the scale of colours with its labels at the right.
func (m densityMap) bar(c *canvas, a axis, in vg.Rectangle) {
	const colours = 256
	img := image.NewPaletted(image.Rect(0, 0, 1, colours), Viridis(colours))
	for i := range colours {
		img.SetColorIndex(0, i, uint8(colours-1-i))
	}
	c.DrawImage(in, img)
	k := corners(in)
	line := stroke{ink, 1, nil}
	c.line(line, append(k, k[0])...)
	t := c.up(a.low, a.high, in.Size().Y)
	for _, tick := range t.list {
		at := vg.Point{X: in.Max.X, Y: in.Min.Y + vg.Length((tick.at-a.low)/(a.high-a.low))*in.Size().Y}
		c.line(line, at, at.Add(vg.Point{X: px(tickLength)}))
		c.write(tick.text, at.Add(vg.Point{X: px(tickLength + tickGap)}), place{0, 0.5}, false, labelSize, ink)
	}
	x := in.Max.X + px(tickLength+tickGap+nameGap+labelSize*above) + c.widest(t)
	c.write(c.fit(a.name, in.Size().Y-c.wide(times(t.power)))+times(t.power), vg.Point{X: x, Y: (in.Min.Y + in.Max.Y) / 2}, place{0.5, 0}, true, labelSize, ink)
}

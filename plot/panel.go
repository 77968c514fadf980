package plot

import (
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// axis is what a side of a panel stands for.
type axis struct {
	low, high float64
	name      string    // "": none
	ticks     *ticks    // nil: chosen by the room
	bare      bool      // neither labels nor a name
	labels    vg.Length // width that a vertical axis leaves for labels before its name; 0: that of the widest
}

// panel is a rectangle with axes.
type panel struct {
	*canvas
	in   vg.Rectangle // where the data are
	x, y axis
	over vg.Length // how far a tick's label may stand out at the ends of an axis
}

// Distances in pixels.
const (
	tickLength = 4
	tickGap    = 5 // between a tick and its label
	nameGap    = 7 // between labels and the name
)

// leftOf is the room that a vertical axis needs at the left of its panel.
func (c *canvas) leftOf(a axis, height vg.Length) vg.Length {
	room := px(tickLength+tickGap) + c.widest(c.upTicks(a, height))
	if a.name != "" {
		room += px(nameGap + labelSize)
	}
	return room
}

// belowOf is the room that a horizontal axis needs under its panel.
func belowOf(a axis) vg.Length {
	room := px(tickLength + tickGap + labelSize*above)
	if a.name != "" {
		room += px(nameGap + labelSize*(below+above))
	}
	return room
}

func (c *canvas) upTicks(a axis, height vg.Length) ticks {
	if a.ticks != nil {
		return *a.ticks
	}
	return c.up(a.low, a.high, height)
}

// at is the place of a point.
func (p *panel) at(x, y float64) vg.Point {
	return vg.Point{
		X: p.in.Min.X + vg.Length((x-p.x.low)/(p.x.high-p.x.low))*p.in.Size().X,
		Y: p.in.Min.Y + vg.Length((y-p.y.low)/(p.y.high-p.y.low))*p.in.Size().Y,
	}
}

// inside is the canvas of the panel, to clip at.
func (p *panel) inside() *draw.Canvas { return &draw.Canvas{Canvas: p.Canvas.Canvas, Rectangle: p.in} }

// far keeps numbers where the arithmetic of clipping is exact.
func far(v vg.Length) vg.Length { return min(max(v, -1e5), 1e5) }

// curve draws a line through points, clipped; at points that are not numbers it is interrupted.
func (p *panel) curve(s stroke, x, y []float64) {
	var piece []vg.Point
	end := func() {
		if len(piece) > 1 {
			in := p.inside()
			in.StrokeLines(s.style(), in.ClipLinesXY(piece)...)
		}
		piece = nil
	}
	for i := range x {
		if math.IsNaN(x[i]) || math.IsNaN(y[i]) {
			end()
			continue
		}
		at := p.at(x[i], y[i])
		piece = append(piece, vg.Point{X: far(at.X), Y: far(at.Y)})
	}
	end()
}

// area fills what is between a curve and a height.
func (p *panel) area(s stroke, x, y []float64, from float64) {
	if len(x) == 0 {
		return
	}
	points := []vg.Point{p.at(x[0], from)}
	for i := range x {
		points = append(points, p.at(x[i], y[i]))
	}
	p.inside().FillPolygon(s.colour, p.inside().ClipPolygonXY(append(points, p.at(x[len(x)-1], from))))
}

// band fills what is between two curves.
func (p *panel) band(s stroke, x, low, high []float64) {
	var points []vg.Point
	for i := range x {
		points = append(points, p.at(x[i], low[i]))
	}
	for i := len(x) - 1; i >= 0; i-- {
		points = append(points, p.at(x[i], high[i]))
	}
	p.inside().FillPolygon(s.colour, p.inside().ClipPolygonXY(points))
}

// dot draws a point if it is inside.
func (p *panel) dot(s stroke, x, y float64) {
	if at := p.at(x, y); x-x == 0 && y-y == 0 && p.inside().Contains(at) {
		p.SetColor(s.colour)
		var path vg.Path
		r := px(s.width) / 2
		path.Move(vg.Point{X: at.X + r, Y: at.Y})
		path.Arc(at, r, 0, 2*math.Pi)
		path.Close()
		p.Fill(path)
	}
}

// frame draws the axes.
func (p *panel) frame() {
	line := stroke{ink, 1, nil}
	c := corners(p.in)
	p.line(line, append(c, c[0])...)
	xs := p.x.ticks
	if xs == nil {
		t := p.across(p.x.low, p.x.high, p.in.Size().X)
		xs = &t
	}
	ys := p.upTicks(p.y, p.in.Size().Y)
	for _, t := range xs.list {
		at := p.at(t.at, p.y.low)
		p.line(line, at, at.Add(vg.Point{Y: -px(tickLength)}))
		half := p.wide(t.text) / 2
		if !p.x.bare && at.X-half >= p.in.Min.X-p.over && at.X+half <= p.in.Max.X+p.over {
			p.write(t.text, at.Add(vg.Point{Y: -px(tickLength + tickGap)}), place{0.5, 1}, false, labelSize, ink)
		}
	}
	half := px(labelSize) * above / 2
	for _, t := range ys.list {
		at := p.at(p.x.low, t.at)
		p.line(line, at, at.Add(vg.Point{X: -px(tickLength)}))
		if !p.y.bare && at.Y-half >= p.in.Min.Y-p.over && at.Y+half <= p.in.Max.Y+p.over {
			p.write(t.text, at.Add(vg.Point{X: -px(tickLength + tickGap)}), place{1, 0.5}, false, labelSize, ink)
		}
	}
	if p.x.name != "" && !p.x.bare {
		name := p.named(p.x.name, xs.power, p.in.Size().X)
		p.write(name, vg.Point{X: (p.in.Min.X + p.in.Max.X) / 2, Y: p.in.Min.Y - px(tickLength+tickGap+labelSize*above+nameGap)}, place{0.5, 1}, false, labelSize, ink)
	}
	if p.y.name != "" && !p.y.bare {
		name := p.named(p.y.name, ys.power, p.in.Size().Y)
		x := p.in.Min.X - px(tickLength+tickGap+nameGap) - max(p.y.labels, p.widest(ys))
		p.write(name, vg.Point{X: x, Y: (p.in.Min.Y + p.in.Max.Y) / 2}, place{0.5, 0}, true, labelSize, ink)
	}
}

// named is a name with the power of ten of its numbers, in a room.
func (p *panel) named(name string, power int, room vg.Length) string {
	t := times(power)
	return p.fit(name, room-p.wide(t)) + t
}

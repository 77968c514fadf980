package plot

import (
	"image/color"
	"math"

	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of text, and how high Liberation Sans is in units of its size: capitals and digits, what goes above the baseline, what goes below.
const (
	labelSize = 14
	titleSize = 17
	capHeight = 1409.0 / 2048
	above     = 0.74
	below     = 0.22
)

// canvas is what pictures are drawn on. It keeps what was written where.
type canvas struct {
	draw.Canvas
	font   *opentype.Font
	labels []label
}

// label is a text with the box that it fills.
type label struct {
	text string
	size vg.Length // of the font
	box  vg.Rectangle
}

func newCanvas(to vg.Canvas, width, height vg.Length) (*canvas, error) {
	f, err := opentype.Parse(liberationsansregular.TTF)
	if err != nil {
		return nil, err
	}
	c := &canvas{Canvas: draw.Canvas{Canvas: to, Rectangle: vg.Rectangle{Max: vg.Point{X: width, Y: height}}}, font: f}
	c.FillPolygon(white, corners(c.Rectangle))
	return c, nil
}

func corners(r vg.Rectangle) []vg.Point {
	return []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}}
}

func (c *canvas) face(size float64) font.Face {
	return font.Face{Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: px(size)}, Face: c.font}
}

// wide is the width of a text in labels' size.
func (c *canvas) wide(s string) vg.Length {
	f := c.face(labelSize)
	return f.Width(s)
}

// place says where a text stands: at the left (0), middle (½) or right end (1) of the text, and at the bottom, middle or top of its capitals.
type place struct{ h, v float64 }

// write writes a text; turned ones read from below.
func (c *canvas) write(s string, at vg.Point, p place, turned bool, size float64, col color.Color) {
	f := c.face(size)
	w, h := f.Width(s), px(size)*capHeight
	// From the anchor to the start of the baseline, in the direction of the text.
	along, across := -vg.Length(p.h)*w, -vg.Length(p.v)*h
	start := vg.Point{X: at.X + along, Y: at.Y + across}
	box := vg.Rectangle{Min: vg.Point{X: start.X, Y: start.Y - px(size)*below}, Max: vg.Point{X: start.X + w, Y: start.Y + px(size)*above}}
	if turned {
		start = vg.Point{X: at.X - across, Y: at.Y + along}
		box = vg.Rectangle{Min: vg.Point{X: start.X - px(size)*above, Y: start.Y}, Max: vg.Point{X: start.X + px(size)*below, Y: start.Y + w}}
	}
	c.labels = append(c.labels, label{s, px(size), box})
	c.SetColor(col)
	if !turned {
		c.FillString(f, start, s)
		return
	}
	c.Push()
	c.Translate(start)
	c.Rotate(math.Pi / 2)
	c.FillString(f, vg.Point{}, s)
	c.Pop()
}

// fit shortens a text in its middle, where names differ least, until it is no wider than room.
func (c *canvas) fit(s string, room vg.Length) string {
	r := []rune(s)
	for k := len(r) - 1; k > 1 && c.wide(s) > room; k-- {
		s = string(r[:(k+1)/2]) + "…" + string(r[len(r)-k/2:])
	}
	return s
}

// stroke is how a line looks.
type stroke struct {
	colour color.NRGBA
	width  float64   // pixels
	dashes []float64 // pixels; nil: none
}

func (s stroke) style() draw.LineStyle {
	style := draw.LineStyle{Color: s.colour, Width: px(s.width)}
	for _, d := range s.dashes {
		style.Dashes = append(style.Dashes, px(d))
	}
	return style
}

// line draws a line through points, without clipping.
func (c *canvas) line(s stroke, points ...vg.Point) { c.StrokeLines(s.style(), points) }

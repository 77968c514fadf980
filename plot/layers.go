package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"

	"diffeo/fault"
)

// Layers draws what each layer of a flow does to a grid of its base: a panel for each, all with the same axes, on which a unit is as long each way. columns name the two
// that are shown; equal names are a flow of one column, of which each layer is drawn as a function of the base.
//
// Errors: fault.ErrConfig for fewer than two layers or more than MostLayers, fault.ErrShape for layers without lines or with other lines than the first.
func Layers(columns [2]string, layers []Layer, o Options) (*Picture, error) {
	width, err := o.width()
	if err != nil {
		return nil, err
	}
	if len(layers) < 2 || len(layers) > MostLayers {
		return nil, fmt.Errorf("%w: a picture of %d layers: take 2 to %d, the base among them", fault.ErrConfig, len(layers), MostLayers)
	}
	for _, l := range layers {
		if len(l.First) == 0 || len(l.First) != len(layers[0].First) || len(l.Second) != len(layers[0].Second) {
			return nil, fmt.Errorf("%w: the layer %q has %d and %d lines, the first layer %d and %d", fault.ErrShape, l.Name, len(l.First), len(l.Second), len(layers[0].First), len(layers[0].Second))
		}
	}
	if columns[0] == columns[1] {
		return functions(columns[0], layers, width, o.Title)
	}
	k := transported{columns: columns, layers: layers, title: o.Title}
	k.low, k.high = k.reach()
	head, err := headHeight(o.Title, k.legend(), width)
	if err != nil {
		return nil, err
	}
	cols, rows := k.grid()
	height := width/vg.Length(cols)*vg.Length(rows) + px(20)
	return &Picture{width, height + head, k.draw}, nil
}

type transported struct {
	columns   [2]string
	layers    []Layer
	title     string
	low, high [2]float64
}

var (
	firstLine  = stroke{faint(blue, 0.8), 1.1, nil}
	secondLine = stroke{faint(vermilion, 0.8), 1.1, nil}
	drawDot    = stroke{faint(black, 0.35), 2, nil}
)

func (k transported) grid() (cols, rows int) {
	n := len(k.layers)
	cols = min(n, 3)
	if n == 4 {
		cols = 2
	}
	return cols, (n + cols - 1) / cols
}

// reach is a square that shows nearly all draws of all layers and most of the lines. Its sides are equal, so that a unit is as long each way.
func (k transported) reach() (low, high [2]float64) {
	var x, y [][]float64
	for _, l := range k.layers {
		x, y = append(x, l.Draws.X), append(y, l.Draws.Y)
	}
	low[0], high[0] = spanOf(x...)
	low[1], high[1] = spanOf(y...)
	side := math.Max(high[0]-low[0], high[1]-low[1])
	for i := range low {
		middle := (low[i] + high[i]) / 2
		low[i], high[i] = middle-side/2, middle+side/2
	}
	return low, high
}

func (k transported) legend() []entry {
	return []entry{
		{"first base coordinate constant", lineMark(stroke{blue, 2, nil})},
		{"second base coordinate constant", lineMark(stroke{vermilion, 2, nil})},
		{"draws", dotMark(drawDot)},
	}
}

func (k transported) draw(c *canvas) {
	top := c.head(k.title, k.legend()) - px(2)
	cols, rows := k.grid()
	x := axis{low: k.low[0], high: k.high[0], name: k.columns[0] + " (standardized)"}
	y := axis{low: k.low[1], high: k.high[1], name: k.columns[1] + " (standardized)"}
	const gap, over = 14, 24
	under := belowOf(x) + px(8)
	left := px(12)
	var side vg.Length
	for range 2 { // the labels depend on the side, and the side on the labels
		wide := (c.Max.X - left - px(14) - px(gap)*vg.Length(cols-1)) / vg.Length(cols)
		tall := (top-under)/vg.Length(rows) - px(over)
		side = min(wide, tall)
		left = c.leftOf(y, side) + px(12)
	}
	for i, l := range k.layers {
		row, col := i/cols, i%cols
		at := vg.Point{X: left + vg.Length(col)*(side+px(gap)), Y: top - side - px(over) - vg.Length(row)*(side+px(over))}
		p := panel{canvas: c, in: vg.Rectangle{Min: at, Max: at.Add(vg.Point{X: side, Y: side})}, over: px(5), x: x, y: y}
		p.x.bare, p.y.bare = i+cols < len(k.layers), col > 0
		for j := range l.Draws.X {
			p.dot(drawDot, l.Draws.X[j], l.Draws.Y[j])
		}
		for _, line := range l.First {
			p.curve(firstLine, line.X, line.Y)
		}
		for _, line := range l.Second {
			p.curve(secondLine, line.X, line.Y)
		}
		p.frame()
		p.write(p.fit(l.Name, side), vg.Point{X: (p.in.Min.X + p.in.Max.X) / 2, Y: p.in.Max.Y + px(6)}, place{0.5, 0}, false, labelSize, ink)
	}
}

// functions draws the layers of a flow of one column as functions of the base, from dark for the first to bright for the last.
func functions(column string, layers []Layer, width vg.Length, title string) (*Picture, error) {
	base := layers[0].First[0].X
	palette := Viridis(len(layers) + 1)
	look := func(i int) stroke { return stroke{opaque(palette[i]), 2.2, curveDashes[i%len(curveDashes)]} }
	var list []entry
	var all [][]float64
	for i, l := range layers {
		list, all = append(list, entry{l.Name, lineMark(look(i))}), append(all, l.First[0].X)
	}
	head, err := headHeight(title, list, width)
	if err != nil {
		return nil, err
	}
	return &Picture{width, width*0.7 + head, func(c *canvas) {
		top := c.head(title, list) - px(4)
		p := panel{canvas: c, over: px(10)}
		p.x.low, p.x.high = spanOf(base)
		p.y.low, p.y.high = spanOf(all...)
		p.x.name, p.y.name = "base", column+" (standardized)"
		under := belowOf(p.x) + px(8)
		p.in = equalled(vg.Rectangle{Min: vg.Point{X: c.leftOf(p.y, top-under) + px(12), Y: under}, Max: vg.Point{X: c.Max.X - px(20), Y: top}}, p.x, p.y)
		for i, l := range layers {
			p.curve(look(i), base, l.First[0].X)
		}
		p.frame()
	}}, nil
}

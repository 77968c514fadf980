package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"

	"diffeo/fault"
)

// Curve is a density along a column.
type Curve struct {
	Name  string
	X, Y  []float64
	Truth float64 // where a line marks what was seen in its place; NaN: none
}

// MostCurves is the number of curves that can be told from each other.
const MostCurves = 6

// curveDashes go with the colours of curves, so that they can be told without.
var curveDashes = [][]float64{nil, {7, 3}, {2, 2.5}, {9, 3, 2, 3}, {4, 2}, {12, 3}}

// Density draws densities of one column, and a table's histogram under them if it has rows.
//
// Errors: fault.ErrConfig for no curves or more than MostCurves, fault.ErrShape for curves whose lists differ in length or a table of more than one column,
// fault.ErrData where a density is negative or not finite.
func Density(column string, curves []Curve, table Sample, o Options) (*Picture, error) {
	width, err := o.width()
	if err != nil {
		return nil, err
	}
	if len(curves) == 0 || len(curves) > MostCurves {
		return nil, fmt.Errorf("%w: a picture of %d densities: take 1 to %d", fault.ErrConfig, len(curves), MostCurves)
	}
	if table.Rows.Rows > 0 && table.Rows.Cols != 1 {
		return nil, fmt.Errorf("%w: a table of %d columns for the density of one", fault.ErrShape, table.Rows.Cols)
	}
	d := density{column: column, curves: curves, title: o.Title, low: math.Inf(1), high: math.Inf(-1)}
	for _, c := range curves {
		if len(c.X) != len(c.Y) || len(c.X) < 2 {
			return nil, fmt.Errorf("%w: the density %q has %d places and %d values; it needs two or more of both", fault.ErrShape, c.Name, len(c.X), len(c.Y))
		}
		for i, y := range c.Y {
			if !(y >= 0) || math.IsInf(y, 1) {
				return nil, fmt.Errorf("%w: the density %q is %g at %g", fault.ErrData, c.Name, y, c.X[i])
			}
			d.tallest = math.Max(d.tallest, y)
		}
		d.low, d.high = min(d.low, c.X[0]), max(d.high, c.X[len(c.X)-1])
	}
	if table.Rows.Rows > 0 {
		x := table.column(0)
		d.table, d.bars = table.Name, histogram(x, d.low, d.high, binsOf(x, d.low, d.high))
		for _, y := range d.bars {
			d.tallest = math.Max(d.tallest, y)
		}
	}
	head, err := headHeight(o.Title, d.legend(), width)
	if err != nil {
		return nil, err
	}
	return &Picture{width, width*0.5 + head, d.draw}, nil
}

type density struct {
	column, title, table string
	curves               []Curve
	bars                 []float64 // the table's histogram
	low, high, tallest   float64
}

func (d density) stroke(i int) stroke {
	s := stroke{kinds[i], 2, curveDashes[i]}
	if d.bars != nil && i == 0 {
		s.colour = vermilion
	} else if d.bars != nil && i == 1 {
		s.colour = black
	}
	return s
}

// barFill and barLine are how histograms of tables look in all pictures.
var barFill, barLine = stroke{colour: faint(sky, 0.45)}, stroke{faint(blue, 0.7), 1, nil}

func (d density) legend() (list []entry) {
	if d.bars != nil {
		list = append(list, entry{d.table, fillMark(barFill, barLine)})
	}
	truth := false
	for i, c := range d.curves {
		if len(d.curves) > 1 || d.bars != nil || c.Name != "" {
			list = append(list, entry{c.Name, lineMark(d.stroke(i))})
		}
		truth = truth || !math.IsNaN(c.Truth)
	}
	if truth {
		list = append(list, entry{"dots on the axis: what was seen", nil})
	}
	return list
}

func (d density) draw(c *canvas) {
	top := c.head(d.title, d.legend()) - px(4)
	p := panel{canvas: c, over: px(10)}
	p.x = axis{low: d.low, high: d.high, name: d.column}
	p.y = axis{low: 0, high: 1.06 * max(d.tallest, 1e-300), name: "probability density"}
	low := belowOf(p.x) + px(8)
	p.in = vg.Rectangle{Min: vg.Point{X: c.leftOf(p.y, top-low) + px(12), Y: low}, Max: vg.Point{X: c.Max.X - px(20), Y: top}}
	if d.bars != nil {
		x, y := steps(d.bars, d.low, d.high)
		p.area(barFill, x, y, 0)
		p.curve(barLine, x, y)
	}
	for i, k := range d.curves {
		p.curve(d.stroke(i), k.X, k.Y)
	}
	p.frame()
	for i, k := range d.curves {
		if at := k.Truth; at >= d.low && at <= d.high {
			s := d.stroke(i)
			p.line(stroke{faint(s.colour, 0.6), 1, []float64{2, 2}}, p.at(at, 0), p.at(at, p.y.high))
			s.width = 9
			p.dot(s, at, 0)
		}
	}
}

package plot

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
	"gonum.org/v1/plot/vg"

	"diffeo/fault"
)

// Ranks are numbers from 0 to 1 that are uniform where a model is right: of the rows of a table, each its place among draws in some order (a rank
// divided by the number of draws, or a probability integral transform).
type Ranks struct {
	Name   string
	Values []float64
}

// MostRanks is the number of histograms that Calibration has room for.
const MostRanks = 8

// bandLevel is the share of right models whose whole histogram, or whole curve, lies within the grey band.
const bandLevel = 0.99

// Calibration draws histograms of ranks, each with the band that they stay in for 99 % of right models, and if there are regions the coverage curve: the share of rows
// that lie within the region to which the model gives a probability, over that probability. regions are, for each row, the probability of the smallest such region
// that holds it: where the model is right they are uniform too. Its band is that of Kolmogorov's distance.
//
// Errors: fault.ErrConfig for nothing to draw or more than MostRanks histograms, fault.ErrData for numbers outside [0, 1] and for empty lists.
func Calibration(ranks []Ranks, regions []float64, o Options) (*Picture, error) {
	width, err := o.width()
	if err != nil {
		return nil, err
	}
	if len(ranks) > MostRanks || len(ranks) == 0 && len(regions) == 0 {
		return nil, fmt.Errorf("%w: a picture of %d histograms and %d rows of coverage: it needs one of them, and at most %d histograms", fault.ErrConfig, len(ranks), len(regions), MostRanks)
	}
	for _, r := range append(slices.Clone(ranks), Ranks{"the coverage", regions}) {
		if len(r.Values) == 0 && r.Name != "the coverage" {
			return nil, fmt.Errorf("%w: %s has no ranks", fault.ErrData, r.Name)
		}
		for i, v := range r.Values {
			if !(v >= 0 && v <= 1) {
				return nil, fmt.Errorf("%w: %s: number %d is %g, and ranks lie between 0 and 1", fault.ErrData, r.Name, i, v)
			}
		}
	}
	k := calibration{ranks: ranks, regions: slices.Sorted(slices.Values(regions)), title: o.Title}
	head, err := headHeight(o.Title, k.legend(), width)
	if err != nil {
		return nil, err
	}
	_, rows := k.grid()
	height := px(50) + px(165)*vg.Length(rows)
	if len(regions) > 0 {
		height = max(height, width*0.48)
	}
	return &Picture{width, height + head, k.draw}, nil
}

type calibration struct {
	ranks   []Ranks
	regions []float64 // ascending
	title   string
}

// grid is how the histograms are laid out.
func (k calibration) grid() (cols, rows int) {
	n := len(k.ranks)
	if n == 0 {
		return 0, 0
	}
	most := 4
	switch {
	case len(k.regions) > 0 && n <= 4:
		most = 2
	case len(k.regions) > 0 || n == 5 || n == 6:
		most = 3
	}
	cols = min(n, most)
	return cols, (n + cols - 1) / cols
}

func (k calibration) legend() []entry {
	var list []entry
	if len(k.ranks) > 0 {
		list = append(list, entry{"ranks of rows among draws", lineMark(rankLine)})
	}
	if len(k.regions) > 0 {
		list = append(list, entry{"coverage", lineMark(stroke{vermilion, 2.2, nil})})
	}
	return append(list, entry{"where 99 % of right models stay", fillMark(stroke{colour: pale}, stroke{})})
}

func (k calibration) draw(c *canvas) {
	top := c.head(k.title, k.legend()) - px(6)
	left := px(12)
	if len(k.regions) > 0 {
		left = k.coverage(c, top)
	}
	cols, rows := k.grid()
	if cols == 0 {
		return
	}
	a := axis{low: 0, high: 1, name: "rank", ticks: &ticks{list: []tick{{0, "0"}, {0.5, "0.5"}, {1, "1"}}}}
	const gapX, gapY = 18, 30
	// The vertical axis is the same for all histograms of a row of the grid, and stands at its left.
	scale := axis{low: 0, high: k.tallest(), name: "density of ranks"}
	under := belowOf(a) + px(8)
	cell := (top - under - px(gapY)*vg.Length(rows)) / vg.Length(rows)
	left += c.leftOf(scale, cell) + px(14)
	wide := (c.Max.X - px(16) - left - px(gapX)*vg.Length(cols-1)) / vg.Length(cols)
	for i, r := range k.ranks {
		row, col := i/cols, i%cols
		at := vg.Point{X: left + vg.Length(col)*(wide+px(gapX)), Y: top - px(20) - cell - vg.Length(row)*(cell+px(gapY))}
		p := panel{canvas: c, in: vg.Rectangle{Min: at, Max: at.Add(vg.Point{X: wide, Y: cell})}, over: px(6), x: a, y: scale}
		p.x.bare = i+cols < len(k.ranks)
		p.y.bare = col > 0
		p.histogram(r)
	}
}

// rankLine is the outline of a histogram of ranks, and ideal the line where a right model lies but for chance.
var rankLine, ideal = stroke{blue, 1.8, nil}, stroke{ink, 1, []float64{4, 3}}

// rankBins is the number of bins for n ranks: some fifty in each, from 5 to 20.
func rankBins(n int) int { return min(max(n/50, 5), 20) }

// tallest is the height of the histograms' axis.
func (k calibration) tallest() float64 {
	most := 0.0
	for _, r := range k.ranks {
		bins := rankBins(len(r.Values))
		_, high := rankBand(len(r.Values), bins)
		most = math.Max(most, math.Max(high, slices.Max(histogram(r.Values, 0, 1, bins))))
	}
	return 1.1 * most
}

// rankBand is where all heights of a histogram of uniform ranks lie with the probability bandLevel (Bonferroni).
func rankBand(n, bins int) (low, high float64) {
	b := distuv.Binomial{N: float64(n), P: 1 / float64(bins)}
	tail := (1 - bandLevel) / 2 / float64(bins)
	lo, hi := n/bins, n/bins
	for lo > 0 && b.CDF(float64(lo-1)) >= tail {
		lo--
	}
	for hi < n && 1-b.CDF(float64(hi)) >= tail {
		hi++
	}
	unit := float64(bins) / float64(n)
	return float64(lo) * unit, float64(hi) * unit
}

// histogram draws ranks with their name above.
func (p *panel) histogram(r Ranks) {
	bins := rankBins(len(r.Values))
	low, high := rankBand(len(r.Values), bins)
	ends := []float64{0, 1}
	p.band(stroke{colour: pale}, ends, []float64{low, low}, []float64{high, high})
	p.curve(ideal, ends, []float64{1, 1})
	x, y := steps(histogram(r.Values, 0, 1, bins), 0, 1)
	p.curve(rankLine, x[1:len(x)-1], y[1:len(y)-1]) // the ends of its outline would hide the axes
	p.frame()
	p.write(p.fit(r.Name, p.in.Size().X), vg.Point{X: (p.in.Min.X + p.in.Max.X) / 2, Y: p.in.Max.Y + px(6)}, place{0.5, 0}, false, labelSize, ink)
}

// coverage draws the coverage curve into a square at the left, and returns where that ends.
func (k calibration) coverage(c *canvas, top vg.Length) vg.Length {
	p := panel{canvas: c, over: px(14)}
	p.x = axis{low: 0, high: 1, name: "probability of the region"}
	p.y = axis{low: 0, high: 1, name: "share of rows in it"}
	under := belowOf(p.x) + px(8)
	left := c.leftOf(p.y, top-under) + px(12)
	side := min(top-under-px(20), c.Max.X*0.42-left)
	if len(k.ranks) == 0 {
		side = min(top-under-px(20), c.Max.X-left-px(20))
	}
	p.in = vg.Rectangle{Min: vg.Point{X: left, Y: top - px(20) - side}, Max: vg.Point{X: left + side, Y: top - px(20)}}
	n := float64(len(k.regions))
	// Kolmogorov's distance at 1 % is 1.628 for many rows (M. A. Stephens, 1970).
	d := 1.628 / (math.Sqrt(n) + 0.12 + 0.11/math.Sqrt(n))
	x := Grid(0, 1, 101)
	low, high := make([]float64, len(x)), make([]float64, len(x))
	for i, v := range x {
		low[i], high[i] = math.Max(0, v-d), math.Min(1, v+d)
	}
	p.band(stroke{colour: pale}, x, low, high)
	p.curve(ideal, []float64{0, 1}, []float64{0, 1})
	xs, ys := []float64{0}, []float64{0}
	for i, v := range k.regions {
		xs, ys = append(xs, v, v), append(ys, float64(i)/n, float64(i+1)/n)
	}
	p.curve(stroke{vermilion, 2.2, nil}, append(xs, 1), append(ys, 1))
	p.frame()
	return p.in.Max.X
}

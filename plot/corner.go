package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"

	"diffeo/fault"
	"diffeo/matrix"
)

// Sample is rows of a table, or draws. The zero Sample is none.
type Sample struct {
	Name string
	Rows matrix.Matrix[float64]
}

// column copies a column.
func (s Sample) column(j int) []float64 {
	x := make([]float64, s.Rows.Rows)
	for r := range x {
		x[r] = s.Rows.Row(r)[j]
	}
	return x
}

// MostCorner is the number of columns that a corner plot has room for.
const MostCorner = 8

// Numbers of rows of a corner plot: contours from enoughContours on, and of more than mostDots so many are drawn as dots, unless CornerOptions say otherwise.
const (
	enoughContours = 60
	mostDots       = 1500
)

// cornerShares are the shares of the mass that contours hold.
var cornerShares = []float64{0.5, 0.9}

// CornerOptions are those of Corner.
type CornerOptions struct {
	Options
	Dots int // rows that are drawn as dots at most; 0: 1500
}

// Corner compares a table with draws, in each column and in each pair: on the diagonal histograms, below it the rows as dots, and contours around the smallest
// regions that hold 50 % and 90 % of each, by a kernel estimate with the same kernel for both. Either of the two may be missing. The axes leave out what lies outside of
// 99.6 % of the numbers, if there are many.
//
// Errors: fault.ErrConfig for no columns or more than MostCorner, fault.ErrShape for rows of another number of columns, fault.ErrData where there
// are no rows at all.
func Corner(columns []string, table, draws Sample, o CornerOptions) (*Picture, error) {
	width, err := o.width()
	if err != nil {
		return nil, err
	}
	n := len(columns)
	if n < 1 || n > MostCorner {
		return nil, fmt.Errorf("%w: a corner plot of %d columns: take 1 to %d", fault.ErrConfig, n, MostCorner)
	}
	for _, s := range []Sample{table, draws} {
		if err := s.Rows.Check(); err != nil {
			return nil, err
		}
		if s.Rows.Rows > 0 && s.Rows.Cols != n {
			return nil, fmt.Errorf("%w: rows of %d columns for %d names", fault.ErrShape, s.Rows.Cols, n)
		}
	}
	if table.Rows.Rows+draws.Rows.Rows == 0 {
		return nil, fmt.Errorf("%w: there are no rows to draw", fault.ErrData)
	}
	k := newCorner(columns, table, draws, o.Title)
	if k.most = o.Dots; o.Dots <= 0 {
		k.most = mostDots
	}
	top, err := headHeight(o.Title, k.legend(), width)
	if err != nil {
		return nil, err
	}
	c, err := newCanvas(nothing{}, width, width)
	if err != nil {
		return nil, err
	}
	_, cell := k.cells(c)
	return &Picture{width, top + px(6+cornerSide) + (cell+px(cornerGap))*vg.Length(n) + belowOf(axis{name: "x"}), k.draw}, nil
}

// corner is a corner plot in the making.
type corner struct {
	names    []string
	title    string
	most     int // dots
	sides    []side
	low, top []float64 // of each column's axis
}

// side is the table or the draws.
type side struct {
	Sample
	columns [][]float64
	colour  stroke
	fill    stroke
}

func newCorner(columns []string, table, draws Sample, title string) *corner {
	k := &corner{names: columns, title: title}
	for i, s := range []Sample{table, draws} {
		if s.Rows.Rows == 0 {
			continue
		}
		d := side{Sample: s, colour: stroke{blue, 1.8, nil}, fill: stroke{colour: faint(sky, 0.45)}}
		if i == 1 {
			d.colour, d.fill = stroke{vermilion, 1.8, []float64{6, 3}}, stroke{}
		}
		for j := range columns {
			d.columns = append(d.columns, s.column(j))
		}
		k.sides = append(k.sides, d)
	}
	for j := range columns {
		var lists [][]float64
		for _, s := range k.sides {
			lists = append(lists, s.columns[j])
		}
		low, high := spanOf(lists...)
		k.low, k.top = append(k.low, low), append(k.top, high)
	}
	return k
}

// dotted tells whether a side's rows are drawn as dots: the table's are, and those of draws by themselves or where there are too few for contours.
func (k *corner) dotted(i int) bool {
	return i == 0 || k.sides[i].Rows.Rows < enoughContours
}

func (k *corner) legend() []entry {
	var list []entry
	for i, s := range k.sides {
		mark := lineMark(s.colour)
		if s.fill.colour.A > 0 {
			mark = fillMark(s.fill, s.colour)
		}
		if k.dotted(i) && len(k.names) > 1 {
			outline := mark
			mark = func(c *canvas, in vg.Rectangle) {
				outline(c, in)
				dotMark(k.dots(i))(c, in)
			}
		}
		name := s.Name
		if s.Rows.Rows > k.most && k.dotted(i) && len(k.names) > 1 {
			name += fmt.Sprintf(", %s as dots", Count(k.most))
		}
		list = append(list, entry{name, mark})
	}
	if len(k.names) > 1 {
		for _, s := range k.sides {
			if s.Rows.Rows >= enoughContours {
				return append(list, entry{"contours hold 50 % and 90 %", nil})
			}
		}
	}
	return list
}

// dots are smaller where there are many.
func (k *corner) dots(i int) stroke {
	s := k.sides[i]
	size, opacity := 2.6, 0.45
	if s.Rows.Rows > 600 {
		size, opacity = 2.0, 0.35
	} else if s.Rows.Rows < enoughContours {
		size, opacity = 5, 0.8
	}
	return stroke{faint(s.colour.colour, opacity), size, nil}
}

const (
	mostCell   = 420 // pixels of a cell, where there are few columns
	cornerGap  = 8
	cornerSide = 12
)

// cells is where the first column of cells begins, and the side of a cell. The room at the left depends on labels, which depend on the cells: two
// rounds settle it.
func (k *corner) cells(c *canvas) (left, cell vg.Length) {
	n := vg.Length(len(k.names))
	cell = c.Max.X / n
	for range 2 {
		left = px(20)
		for j := 1; j < len(k.names); j++ {
			left = max(left, c.leftOf(axis{low: k.low[j], high: k.top[j], name: k.names[j]}, cell)+px(cornerSide))
		}
		cell = (c.Max.X - left - px(cornerSide) - px(cornerGap)*(n-1)) / n
	}
	return left, min(cell, px(mostCell))
}

func (k *corner) draw(c *canvas) {
	n := len(k.names)
	top := c.head(k.title, k.legend())
	left, cell := k.cells(c)
	labels := vg.Length(0) // the widest of all rows, so that the names are in line
	for j := 1; j < n; j++ {
		labels = max(labels, c.widest(c.up(k.low[j], k.top[j], cell)))
	}
	for row := range n {
		for col := range row + 1 {
			x := left + vg.Length(col)*(cell+px(cornerGap))
			y := top - px(6) - cell - vg.Length(row)*(cell+px(cornerGap))
			p := panel{canvas: c, in: vg.Rectangle{Min: vg.Point{X: x, Y: y}, Max: vg.Point{X: x + cell, Y: y + cell}}, over: px(3)}
			p.x = axis{low: k.low[col], high: k.top[col], name: k.names[col], bare: row < n-1}
			if row == col {
				k.diagonal(&p, col)
				continue
			}
			p.y = axis{low: k.low[row], high: k.top[row], name: k.names[row], bare: col > 0, labels: labels}
			k.pair(&p, row, col)
		}
	}
}

// diagonal draws the histograms of a column. Their heights have no axis: areas are 1.
func (k *corner) diagonal(p *panel, j int) {
	bins := binsOf(k.sides[0].columns[j], p.x.low, p.x.high)
	var tallest float64
	var heights [][]float64
	for _, s := range k.sides {
		h := histogram(s.columns[j], p.x.low, p.x.high, bins)
		for _, v := range h {
			tallest = math.Max(tallest, v)
		}
		heights = append(heights, h)
	}
	p.y = axis{low: 0, high: 1.08 * max(tallest, 1e-300), ticks: &ticks{}}
	for i, s := range k.sides {
		x, y := steps(heights[i], p.x.low, p.x.high)
		if s.fill.colour.A > 0 {
			p.area(s.fill, x, y, 0)
		}
		p.curve(s.colour, x, y)
	}
	p.frame()
}

// pair draws two columns against each other.
func (k *corner) pair(p *panel, row, col int) {
	for i, s := range k.sides {
		if !k.dotted(i) {
			continue
		}
		// The rows are taken at equal distances: a table may be sorted.
		every := max(1, float64(s.Rows.Rows)/float64(k.most))
		for at := 0.0; int(at) < s.Rows.Rows; at += every {
			p.dot(k.dots(i), s.columns[col][int(at)], s.columns[row][int(at)])
		}
	}
	const cells = 80
	// Both sides have the kernel of the smaller, or the contours of the larger one would be narrower.
	var width [2]float64
	for _, s := range k.sides {
		if s.Rows.Rows >= enoughContours {
			width[0], width[1] = max(width[0], kernelWidth(s.columns[col], 2)), max(width[1], kernelWidth(s.columns[row], 2))
		}
	}
	for _, s := range k.sides {
		if s.Rows.Rows < enoughContours {
			continue
		}
		f := smoothed(s.columns[col], s.columns[row], [2]float64{p.x.low, p.x.high}, [2]float64{p.y.low, p.y.high}, width, cells)
		for _, level := range f.levels(cornerShares...) {
			p.contour(s.colour, f, level)
		}
	}
	p.frame()
}

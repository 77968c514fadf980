package main

import (
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Colours that colour-blind people tell apart (Okabe and Ito 2008). Markers and dashes differ too.
var (
	colours = []color.RGBA{{0, 114, 178, 255}, {213, 94, 0, 255}}
	markers = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.BoxGlyph{}}
	dashes  = [][]vg.Length{nil, {vg.Points(7), vg.Points(3)}}
	grey    = color.RGBA{110, 110, 110, 255}
	pale    = color.RGBA{225, 225, 225, 255}
)

// headroom is the part of the chart's height that is left above the numbers, for the legend.
const headroom = 0.3

// drawTimes draws microseconds a row, both axes logarithmic.
func (t table) drawTimes(folder string) error {
	p := t.chart("µs a row")
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, decades{}
	for i, s := range t.series {
		if err := t.add(p, i, s.name, s.micros); err != nil {
			return err
		}
	}
	// Whole octaves about the numbers.
	p.Y.Min = math.Exp2(math.Floor(math.Log2(p.Y.Min)))
	p.Y.Max = math.Exp2(math.Ceil(math.Log2(p.Y.Max)))
	p.Y.Max *= math.Pow(p.Y.Max/p.Y.Min, headroom)
	return t.save(p, folder)
}

// drawRelative draws each series in units of its first number, and the limit.
func (t table) drawRelative(folder string) error {
	p := t.chart("time a row ÷ that of the smallest size")
	for i, s := range t.series {
		if err := t.add(p, i, fmt.Sprintf("%s (1 is %.3g µs a row)", s.name, s.micros[0]), s.relative()); err != nil {
			return err
		}
	}
	p.Y.Min, p.Y.Max = min(p.Y.Min, 0.8), max(p.Y.Max, t.limit)
	p.Y.Max += (p.Y.Max - p.Y.Min) * headroom
	if err := t.addLimit(p, fmt.Sprintf("limit: %g", t.limit)); err != nil {
		return err
	}
	return t.save(p, folder)
}

// drawRatio draws the numbers as they are, from 0, and the limit.
func (t table) drawRatio(folder string) error {
	p := t.chart(t.series[0].name)
	if err := t.add(p, 0, t.series[0].name, t.series[0].micros); err != nil {
		return err
	}
	p.Y.Min, p.Y.Max = 0, (1+headroom)*max(p.Y.Max, t.limit)
	if err := t.addLimit(p, fmt.Sprintf("limit: %.2f", t.limit)); err != nil {
		return err
	}
	return t.save(p, folder)
}

// chart is an empty chart whose horizontal axis is logarithmic and has a tick at each size.
func (t table) chart(yLabel string) *plot.Plot {
	p := plot.New()
	sans := font.Font{Typeface: "Liberation", Variant: "Sans"}
	for _, s := range []*font.Font{
		&p.Title.TextStyle.Font, &p.X.Label.TextStyle.Font, &p.Y.Label.TextStyle.Font, &p.X.Tick.Label.Font, &p.Y.Tick.Label.Font,
		&p.Legend.TextStyle.Font,
	} {
		size := vg.Points(12)
		*s = sans
		s.Size = size
	}
	p.Title.TextStyle.Font.Size = vg.Points(13)
	p.Title.Text = t.title + "\n" + t.note
	p.Title.Padding = vg.Points(8)
	p.X.Label.Text, p.Y.Label.Text = t.xLabel, yLabel
	p.X.Padding, p.Y.Padding = 0, 0
	p.X.Scale = plot.LogScale{}
	var ticks []plot.Tick
	for _, x := range t.at {
		ticks = append(ticks, plot.Tick{Value: x, Label: short(x)})
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.ConstantTicks(ticks), plain{}
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = pale, pale
	p.Add(grid)
	p.Legend.Top, p.Legend.Left, p.Legend.XOffs = true, true, vg.Points(8)
	p.Legend.Padding = vg.Points(3)
	p.Legend.ThumbnailWidth = vg.Points(34)
	return p
}

// short writes a size: 65,536, and powers of ten from 10⁴ on.
func short(x float64) string {
	if e := math.Log10(x); x >= 1e4 && e == math.Round(e) {
		digits := []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")
		return "10" + string(digits[int(e)%10])
	}
	s := strconv.FormatFloat(x, 'f', -1, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// add draws series i.
func (t table) add(p *plot.Plot, i int, name string, y []float64) error {
	points := make(plotter.XYs, len(y))
	for k := range y {
		points[k] = plotter.XY{X: t.at[k], Y: y[k]}
	}
	line, marks, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	line.Color, line.Width, line.Dashes = colours[i], vg.Points(2), dashes[i]
	marks.Color, marks.Shape, marks.Radius = colours[i], markers[i], vg.Points(4)
	p.Add(line, marks)
	p.Legend.Add(name, line, marks)
	return nil
}

// addLimit draws the line that should not be crossed.
func (t table) addLimit(p *plot.Plot, name string) error {
	line, err := plotter.NewLine(plotter.XYs{{X: t.at[0], Y: t.limit}, {X: t.at[len(t.at)-1], Y: t.limit}})
	if err != nil {
		return err
	}
	line.Color, line.Width, line.Dashes = grey, vg.Points(1.2), []vg.Length{vg.Points(2), vg.Points(3)}
	p.Add(line)
	p.Legend.Add(name, line)
	return nil
}

// save writes the chart on white, with margins: the fonts of a reader may be wider than those that were measured here.
func (t table) save(p *plot.Plot, folder string) error {
	side := math.Pow(t.at[len(t.at)-1]/t.at[0], 0.03)
	p.X.Min, p.X.Max = slices.Min(t.at)/side, slices.Max(t.at)*side
	const width, height = 8 * vg.Inch, 4.6 * vg.Inch
	svg := vgsvg.New(width, height)
	whole := draw.New(svg)
	whole.FillPolygon(color.White, []vg.Point{{}, {X: width}, {X: width, Y: height}, {Y: height}})
	p.Draw(draw.Crop(whole, vg.Points(10), -vg.Points(36), vg.Points(8), -vg.Points(8)))
	f, err := os.Create(filepath.Join(folder, t.name+".svg"))
	if err != nil {
		return err
	}
	if _, err := svg.WriteTo(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// plain are gonum's ticks with all their digits: its own labels round 1.15 to 1.1.
type plain struct{ plot.DefaultTicks }

// Ticks implements plot.Ticker.
func (p plain) Ticks(low, high float64) []plot.Tick {
	ticks := p.DefaultTicks.Ticks(low, high)
	for i, t := range ticks {
		if t.Label != "" {
			ticks[i].Label = strconv.FormatFloat(t.Value, 'g', 6, 64)
		}
	}
	return ticks
}

// decades are ticks at 1, 2 and 5 times the powers of ten.
type decades struct{}

// Ticks implements plot.Ticker.
func (decades) Ticks(low, high float64) (ticks []plot.Tick) {
	for e := math.Floor(math.Log10(low)); math.Pow(10, e) <= high; e++ {
		for _, m := range []float64{1, 2, 5} {
			if v := m * math.Pow(10, e); v >= low && v <= high {
				ticks = append(ticks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'g', 3, 64)})
			}
		}
	}
	return ticks
}

package plot

import (
	"bytes"
	"image"
	"image/png"
	"math"
	"path/filepath"
	"testing"

	"diffeo/internal/looked"
	"diffeo/matrix"
)

// examples are a picture of every kind, and of what can be odd about each.
func examples(t *testing.T) map[string]*Picture {
	t.Helper()
	list := map[string]*Picture{}
	add := func(name string, p *Picture, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		list[name] = p
	}
	names := []string{"mag_u", "mag_g", "mag_r", "mag_i", "mag_z", "mag_y", "redshift"}
	table, draws := Sample{"900 rows of held.csv", bent(900, 7, 1)}, Sample{"5,000 draws from the model", bent(5000, 7, 2)}
	p, err := Corner(names, table, draws, CornerOptions{Options: Options{Title: "Galaxies, held out"}})
	add("corner", p, err)
	p, err = Corner([]string{"x", "a column with a name that is much longer than any picture has room for"}, Sample{}, Sample{"draws", bent(400, 2, 3)}, CornerOptions{Options: Options{}})
	add("corner-draws", p, err)
	p, err = Corner([]string{"a", "b", "constant"}, Sample{"5 rows", constant(5)}, draws3(), CornerOptions{Options: Options{Width: 400}})
	add("corner-few", p, err)
	p, err = Corner([]string{"x"}, Sample{"rows", bent(300, 1, 4)}, Sample{"draws", bent(3000, 1, 5)}, CornerOptions{Options: Options{}})
	add("corner-one", p, err)

	curve := func(name string, mean, scale, truth float64) Curve {
		c := Curve{Name: name, X: Grid(-1e-3, 3e-3, 400), Truth: truth}
		for _, x := range c.X {
			z := (x - mean) / scale
			c.Y = append(c.Y, math.Exp(-z*z/2)/scale/math.Sqrt(2*math.Pi))
		}
		return c
	}
	none := math.NaN()
	one := matrix.New[float64](500, 1)
	for i, u := range uniform(500, 0.3, 1) {
		one.Data[i] = 2e-3 * u
	}
	p, err = Density("flux", []Curve{curve("the model", 1e-3, 6e-4, none)}, Sample{"500 rows", one}, Options{})
	add("density", p, err)
	var six []Curve
	for i := range 6 {
		six = append(six, curve("given row "+string(rune('1'+i)), float64(i)*4e-4, 2e-4+5e-5*float64(i), 3e-4*float64(i)))
	}
	p, err = Density("flux", six, Sample{}, Options{Title: "Six galaxies"})
	add("density-given", p, err)
	p, err = Map([2]string{"x", "y"}, ripples(81), Sample{}, MapOptions{Equal: true})
	add("map", p, err)
	p, err = Map([2]string{"mag_u", "redshift"}, SmoothMap(table.column(0), table.column(6), [2]float64{10, 30}, [2]float64{0, 10}), Sample{"900 rows", pair(table)}, MapOptions{})
	add("map-rows", p, err)
	p, err = Layers([2]string{"x", "y"}, carried(t, 2), Options{})
	add("layers", p, err)
	p, err = Layers([2]string{"x", "x"}, carried(t, 1), Options{})
	add("layers-one", p, err)
	p, err = Training(history(), Options{})
	add("training", p, err)
	p, err = Training(History{ValidatedAt: []float64{1}, Validation: []float64{-1e6}}, Options{})
	add("training-one", p, err)
	var ranks []Ranks
	for i, name := range names {
		ranks = append(ranks, Ranks{name, uniform(800, 0.2*float64(i%3), uint64(i))})
	}
	p, err = Calibration(ranks, uniform(800, 0.5, 9), Options{})
	add("calibration", p, err)
	p, err = Calibration(ranks[:2], uniform(60, 0, 9), Options{Width: 600})
	add("calibration-two", p, err)
	p, err = Calibration(ranks[:5], nil, Options{})
	add("calibration-ranks", p, err)
	p, err = Calibration(nil, uniform(1, 0, 9), Options{})
	add("calibration-coverage", p, err)
	return list
}

// constant is n rows whose last column has one value.
func constant(n int) matrix.Matrix[float64] {
	m := bent(n, 3, 6)
	for r := range n {
		m.Row(r)[2] = 1e7
	}
	return m
}

func draws3() Sample {
	return Sample{"2,000 draws", constant(2000)}
}

// pair is the first and the last column.
func pair(s Sample) matrix.Matrix[float64] {
	m := matrix.New[float64](s.Rows.Rows, 2)
	for r := range m.Rows {
		m.Row(r)[0], m.Row(r)[1] = s.Rows.Row(r)[0], s.Rows.Row(r)[s.Rows.Cols-1]
	}
	return m
}

// Pictures are what they were when somebody looked at them.
func TestPicturesAreThoseThatWereLookedAt(t *testing.T) {
	for name, p := range examples(t) {
		t.Run(name, func(t *testing.T) {
			looked.At(t, filepath.Join("testdata", name+".png"), p.PNG, *update)
		})
	}
}

// A picture that is a little different is told from the one that was looked at.
func TestADifferenceIsSeen(t *testing.T) {
	h := history()
	h.Validation[10] -= 0.6
	p, err := Training(history(), Options{})
	must(t, err)
	q, err := Training(h, Options{})
	must(t, err)
	var images [2]image.Image
	for i, p := range []*Picture{p, q} {
		var b bytes.Buffer
		must(t, p.PNG(&b, looked.Scale))
		images[i], err = png.Decode(&b)
		must(t, err)
	}
	if err := looked.Differ(images[0], images[1]); err == nil {
		t.Error("a moved point changes less than the bounds allow: they are too wide")
	}
}

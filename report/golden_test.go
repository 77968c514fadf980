package report

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"diffeo"
	"diffeo/check"
	"diffeo/internal/looked"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/recipe"
)

var update = flag.Bool("update", false, "write the pages and pictures of testdata again")

// looks is what pages are made of that somebody looked at: of a model with so many columns, given so many, at rows of its own that are moved by so many deviations, or at none.
type looks struct {
	columns, context int
	rows             int
	moved            float64
	precision        string
	side             int // of pictures instead of rows
}

// pages are one of each kind: a sound model, one that fails, one given others, more columns than there is room for, one without a table, and one of pictures with classes.
var pages = map[string]looks{
	"sound":    {3, 0, 400, 0, model.Float32, 0},
	"off":      {2, 0, 400, 0.8, model.Float64, 0},
	"given":    {2, 2, 400, 0, model.Float32, 0},
	"many":     {7, 2, 200, 0, model.Float32, 0},
	"album":    {0, 2, 60, 0, model.Float32, 8},
	"no-table": {1, 0, 0, 0, model.Float32, 0},
}

// input makes a page's input: a flow with weights that no initialiser gives, the same on every machine.
func (l looks) input(t *testing.T, name string) Input {
	t.Helper()
	const seed = 5
	rng := rand.New(rand.NewPCG(seed, 1))
	of := func(n int, letter string) (list []model.Column) {
		for j := range n {
			list = append(list, model.Column{Name: fmt.Sprint(letter, j+1), Mean: 10 * rng.NormFloat64(), Std: math.Exp(2 * rng.NormFloat64())})
		}
		return list
	}
	if l.side > 0 {
		return l.album(t, name)
	}
	m, err := model.New("nsf-ar", recipe.Config{Transforms: 2, Hidden: []int{8}, Activation: "tanh"}, of(l.columns, "y"), of(l.context, "k"), l.precision, seed)
	must(t, err)
	for _, s := range m.Params.Specs() {
		d := m.Params.Data(s.Name)
		for i := range d {
			d[i] = float64(float32(d[i] + 0.3*rng.NormFloat64()))
		}
	}
	m.Training.Curves, m.Training.BestStep = curves(rng), 400
	in := Input{Model: m, Name: name + ".safetensors", Threads: 1}
	if l.rows > 0 {
		in.Table, in.Total = "held.csv", l.rows
		for _, c := range m.Context {
			if in.Rows.Cond.Rows == 0 {
				in.Rows.Cond = matrix.New[float64](l.rows, l.context)
			}
			j := slices.IndexFunc(m.Context, func(k model.Column) bool { return k.Name == c.Name })
			for r := range l.rows {
				in.Rows.Cond.Row(r)[j] = c.Mean + c.Std*rng.NormFloat64()
			}
		}
		d, err := model.Compile(m, diffeo.Options{Threads: 1})
		must(t, err)
		in.Rows.X, _, err = Draws(t.Context(), d, l.columns, in.Rows.Cond, l.rows, 8)
		must(t, err)
		for r := range in.Rows.X.Rows {
			in.Rows.X.Row(r)[0] += l.moved * m.Columns[0].Std
		}
	}
	in.Report, err = check.Model(t.Context(), m, in.Rows, check.Options{Draws: 4000, RoundTrips: 100, Jacobians: 4, Threads: 1})
	must(t, err)
	return in
}

// curves are those of a training that saturates.
func curves(rng *rand.Rand) *model.Curves {
	curves := &model.Curves{}
	for s := 20; s <= 400; s += 20 {
		y := -2 * math.Exp(-float64(s)/90)
		curves.Train.Steps, curves.Train.LogProb = append(curves.Train.Steps, s), append(curves.Train.LogProb, y+0.05*rng.NormFloat64())
		if s%100 == 0 {
			curves.Validation.Steps, curves.Validation.LogProb = append(curves.Validation.Steps, s), append(curves.Validation.LogProb, y-0.05)
		}
	}
	return curves
}

// album is the input of a page about pictures: draws of another model than the one that is checked, which therefore has something to complain about.
func (l looks) album(t *testing.T, name string) Input {
	t.Helper()
	const seed = 5
	rng := rand.New(rand.NewPCG(seed, 2))
	m, err := model.NewImages("glow", recipe.Config{Levels: 2, Transforms: 1, Hidden: []int{8}, Pixels: recipe.CenteredPixels},
		model.Image{Channels: 1, Height: l.side, Width: l.side, Levels: 256, Classes: []string{"a", "b"}}, l.precision, seed)
	must(t, err)
	for _, s := range m.Params.Specs() {
		d := m.Params.Data(s.Name)
		for i := range d {
			d[i] = float64(float32(d[i] + 0.05*rng.NormFloat64()))
		}
	}
	m.Training.Curves, m.Training.BestStep = curves(rng), 400
	classes := make([]int, l.rows)
	in := Input{Model: m, Name: name + ".safetensors", Table: "digits.idx", Total: 10 * l.rows, Threads: 1}
	in.Rows.X = matrix.New[float64](l.rows, l.side*l.side)
	for r := range classes {
		classes[r] = r % 2
		for j := range in.Rows.X.Row(r) {
			in.Rows.X.Row(r)[j] = math.Floor(min(max(128+80*math.Sin(float64(j+r))+20*rng.NormFloat64(), 0), 255))
		}
	}
	in.Rows.Cond = model.Condition[float64](*m.Image, classes)
	in.Report, err = check.Pictures(t.Context(), m, in.Rows, check.Options{RoundTrips: 20, Jacobians: 2, Threads: 1})
	must(t, err)
	return in
}

// vector is a picture within a page.
var vector = regexp.MustCompile(`(?s)(<svg[^>]*>).*?</svg>`)

// Every picture of a page, and the page without them, is what it was when somebody looked at it; its labels are 9 pixels high or more at 800 pixels, and none overlaps another.
func TestPagesAreThoseThatWereLookedAt(t *testing.T) {
	known, ran := map[string]bool{}, map[string]bool{}
	for name, l := range pages {
		if testing.Short() && name != "off" { // all of them take a minute with the race detector
			continue
		}
		t.Run(name, func(t *testing.T) {
			ran[name] = true
			in := l.input(t, name)
			figures, err := pictures(t.Context(), in)
			must(t, err)
			for _, f := range figures {
				file := filepath.Join("testdata", name+"-"+f.name+".png")
				if known[file] {
					t.Errorf("two pictures are called %s", f.name)
				}
				known[file] = true
				if width, _ := f.picture.Size(); width < 799.5 || width > 800.5 {
					t.Errorf("%s is %g pixels wide", file, width)
				}
				if err := f.picture.Legible(); err != nil {
					t.Errorf("%s: %v", file, err)
				}
				looked.At(t, file, f.picture.PNG, *update)
			}
			written, err := page(in, figures)
			must(t, err)
			if n := len(vector.FindAllString(string(written), -1)); n != len(figures) {
				t.Errorf("the page has %d pictures, of %d", n, len(figures))
			}
			text := vector.ReplaceAllString(string(written), "$1</svg>")
			looked.Text(t, filepath.Join("testdata", name+".html"), strings.ReplaceAll(text, style, "\n"), *update)
		})
	}
	committed, err := filepath.Glob(filepath.Join("testdata", "*.png"))
	must(t, err)
	for _, file := range committed {
		of := ""
		for name := range pages {
			if strings.HasPrefix(filepath.Base(file), name+"-") {
				of = name
			}
		}
		if of == "" || ran[of] && !known[file] {
			t.Errorf("%s is of no page: remove it", file)
		}
	}
}

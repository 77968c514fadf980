package plot

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"diffeo"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/recipe"
)

// normalField is a standard normal density on [−5, 5]².
func normalField(n int) Field {
	f := Field{X: Grid(-5, 5, n), Y: Grid(-5, 5, n)}
	for _, y := range f.Y {
		for _, x := range f.X {
			f.Z = append(f.Z, math.Exp(-(x*x+y*y)/2)/(2*math.Pi))
		}
	}
	return f
}

// The smallest region that holds a share s of a normal is the disc of radius √(−2·log(1 − s)); its contour is one closed line.
func TestContoursHoldTheirShares(t *testing.T) {
	f := normalField(201)
	shares := []float64{0.5, 0.9, 0.99}
	for i, level := range f.levels(shares...) {
		want := math.Sqrt(-2 * math.Log(1-shares[i]))
		lines := f.contours(level)
		if len(lines) != 1 {
			t.Fatalf("%d lines around one hill", len(lines))
		}
		l := lines[0]
		if n := len(l.x) - 1; n < 20 || l.x[0] != l.x[n] || l.y[0] != l.y[n] {
			t.Errorf("the line of %d points is not closed", n+1)
		}
		for k := range l.x {
			if r := math.Hypot(l.x[k], l.y[k]); math.Abs(r-want) > 0.01*want {
				t.Errorf("%g: radius %g, want %g", shares[i], r, want)
				break
			}
		}
	}
}

// A saddle is split by its middle, lines that reach the border end there, and every crossed side is on one line.
func TestContoursOfSaddles(t *testing.T) {
	f := Field{X: Grid(0, 1, 2), Y: Grid(0, 1, 2), Z: []float64{1, 0, 0, 1}}
	for level, corner := range map[float64]bool{0.4: false, 0.6: true} {
		lines := f.contours(level)
		if len(lines) != 2 {
			t.Fatalf("%d lines", len(lines))
		}
		for _, l := range lines {
			// Lines around the high corners keep x + y away from 1; those around the low ones keep x − y away from 0.
			s := l.x[0] + l.y[0] + l.x[1] + l.y[1]
			if around := math.Abs(s-2) > 0.5; around != corner {
				t.Errorf("level %g: the line from (%g, %g) to (%g, %g)", level, l.x[0], l.y[0], l.x[1], l.y[1])
			}
		}
	}
	points := 0
	rng := rand.New(rand.NewPCG(1, 2))
	r := Field{X: Grid(0, 1, 30), Y: Grid(0, 1, 30)}
	for range 900 {
		r.Z = append(r.Z, rng.Float64())
	}
	for _, l := range r.contours(0.5) {
		points += len(l.x)
		if l.x[0] == l.x[len(l.x)-1] && l.y[0] == l.y[len(l.y)-1] && len(l.x) > 2 {
			points--
		}
	}
	crossed := 0
	for k := range 30 {
		for i := range 30 {
			if i < 29 && (r.Z[k*30+i] > 0.5) != (r.Z[k*30+i+1] > 0.5) {
				crossed++
			}
			if k < 29 && (r.Z[k*30+i] > 0.5) != (r.Z[(k+1)*30+i] > 0.5) {
				crossed++
			}
		}
	}
	if points != crossed {
		t.Errorf("%d points on lines, %d sides are crossed", points, crossed)
	}
}

// Estimates of densities integrate to 1, and come close to the density of their draws.
func TestDensitiesOfDraws(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const n = 40000
	x, y := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i], y[i] = rng.NormFloat64(), rng.NormFloat64()
	}
	at := Grid(-5, 5, 501)
	sum := 0.0
	for i, d := range Smooth(x, at) {
		sum += d * 0.02
		if want := math.Exp(-at[i]*at[i]/2) / math.Sqrt(2*math.Pi); math.Abs(d-want) > 0.02 {
			t.Errorf("at %g: %g, want %g", at[i], d, want)
		}
	}
	if math.Abs(sum-1) > 1e-3 {
		t.Errorf("the curve integrates to %g", sum)
	}
	f := SmoothMap(x, y, [2]float64{-5, 5}, [2]float64{-5, 5})
	sum = 0
	for i, d := range f.Z {
		sum += d * (f.X[1] - f.X[0]) * (f.Y[1] - f.Y[0])
		a, b := f.X[i%len(f.X)], f.Y[i/len(f.X)]
		if want := math.Exp(-(a*a+b*b)/2) / (2 * math.Pi); math.Abs(d-want) > 0.015 {
			t.Errorf("at (%g, %g): %g, want %g", a, b, d, want)
		}
	}
	if math.Abs(sum-1) > 1e-3 {
		t.Errorf("the map integrates to %g", sum)
	}
	sum = 0
	for _, h := range histogram(x, -5, 5, 20) {
		sum += h * 0.5
	}
	if math.Abs(sum-1) > 1e-3 {
		t.Errorf("the histogram integrates to %g", sum)
	}
}

// Ticks are multiples of 1, 2 or 5 times a power of ten within the axis, whose labels are these numbers and do not touch.
func TestTicksAreTheNumbersTheySay(t *testing.T) {
	c, err := newCanvas(nothing{}, px(800), px(600))
	must(t, err)
	const seed = 7
	rng := rand.New(rand.NewPCG(seed, 1))
	for range 3000 {
		scale := math.Pow10(rng.IntN(17) - 8)
		low := rng.NormFloat64() * scale
		high := low + (0.01+rng.Float64())*scale
		length := px(60 + 500*rng.Float64())
		k := c.across(low, high, length)
		if len(k.list) == 0 {
			t.Fatalf("seed %d: no ticks from %g to %g", seed, low, high)
		}
		end := vg.Length(math.Inf(-1))
		for _, tick := range k.list {
			if tick.at < low-1e-8*(high-low) || tick.at > high+1e-8*(high-low) {
				t.Errorf("%g is not between %g and %g", tick.at, low, high)
			}
			v, err := strconv.ParseFloat(strings.Replace(tick.text, "−", "-", 1), 64)
			if v *= math.Pow10(k.power); err != nil || math.Abs(v-tick.at) > 1e-6*(high-low) {
				t.Errorf("%q with 10^%d stands at %g (from %g to %g)", tick.text, k.power, tick.at, low, high)
			}
			at := vg.Length((tick.at-low)/(high-low)) * length
			if start := at - c.wide(tick.text)/2; len(k.list) > 2 && start < end {
				t.Errorf("labels touch at %q between %g and %g", tick.text, low, high)
			}
			end = at + c.wide(tick.text)/2
		}
	}
}

// The bands of calibration hold what they say: all of a right model's histogram with 99 %.
func TestBandsHoldRightModels(t *testing.T) {
	const seed, runs = 11, 3000
	rng := rand.New(rand.NewPCG(seed, 1))
	for _, n := range []int{60, 951} {
		bins := rankBins(n)
		low, high := rankBand(n, bins)
		outside := 0
		for range runs {
			x := make([]float64, n)
			for i := range x {
				x[i] = rng.Float64()
			}
			for _, h := range histogram(x, 0, 1, bins) {
				if h < low-1e-12 || h > high+1e-12 {
					outside++
					break
				}
			}
		}
		// At most 1 %, within four standard errors; discrete counts and Bonferroni make it less.
		if share := float64(outside) / runs; share > 0.01+4*math.Sqrt(0.01*0.99/runs) || share < 0.0005 {
			t.Errorf("seed %d: %d ranks: %g of right models leave the band %g to %g", seed, n, share, low, high)
		}
	}
}

func TestWhatCannotBeDrawn(t *testing.T) {
	x := Sample{"rows", bent(10, 2, 1)}
	two := []string{"a", "b"}
	curve := Curve{X: []float64{0, 1}, Y: []float64{1, 1}}
	f, err := recipe.New("maf", recipe.Config{Dim: 2, Transforms: 1, Hidden: []int{4}})
	must(t, err)
	params, err := diffeo.Init(f, 1)
	must(t, err)
	transport := func(first, second int) error {
		_, err := Transport(t.Context(), f, params, first, second, matrix.Matrix[float64]{}, 1, diffeo.Options{})
		return err
	}
	of := func(_ *Picture, err error) error { return err }
	for name, c := range map[string]struct{ err, want error }{
		"no columns":       {of(Corner(nil, x, x, CornerOptions{Options: Options{}})), fault.ErrConfig},
		"nine columns":     {of(Corner(make([]string, 9), x, x, CornerOptions{Options: Options{}})), fault.ErrConfig},
		"other columns":    {of(Corner(two[:1], x, x, CornerOptions{Options: Options{}})), fault.ErrShape},
		"no rows":          {of(Corner(two, Sample{}, Sample{}, CornerOptions{Options: Options{}})), fault.ErrData},
		"too narrow":       {of(Corner(two, x, x, CornerOptions{Options: Options{Width: 100}})), fault.ErrConfig},
		"no curves":        {of(Density("a", nil, Sample{}, Options{})), fault.ErrConfig},
		"ragged curve":     {of(Density("a", []Curve{{X: []float64{1, 2}, Y: []float64{1}}}, Sample{}, Options{})), fault.ErrShape},
		"negative density": {of(Density("a", []Curve{{X: []float64{1, 2}, Y: []float64{1, -1}}}, Sample{}, Options{})), fault.ErrData},
		"wide table":       {of(Density("a", []Curve{curve}, x, Options{})), fault.ErrShape},
		"no grid":          {of(Map([2]string{"a", "b"}, Field{X: []float64{1}, Y: []float64{1, 2}, Z: []float64{1, 2}}, Sample{}, MapOptions{})), fault.ErrShape},
		"NaN in a map":     {of(Map([2]string{"a", "b"}, Field{X: []float64{1, 2}, Y: []float64{1, 2}, Z: []float64{1, 2, math.NaN(), 1}}, Sample{}, MapOptions{})), fault.ErrData},
		"empty map":        {of(Map([2]string{"a", "b"}, Field{X: []float64{1, 2}, Y: []float64{1, 2}, Z: make([]float64, 4)}, Sample{}, MapOptions{})), fault.ErrData},
		"one layer":        {of(Layers([2]string{"a", "b"}, make([]Layer, 1), Options{})), fault.ErrConfig},
		"no lines":         {of(Layers([2]string{"a", "b"}, make([]Layer, 2), Options{})), fault.ErrShape},
		"ragged history":   {of(Training(History{Steps: []float64{1}}, Options{})), fault.ErrShape},
		"no history":       {of(Training(History{}, Options{})), fault.ErrData},
		"no ranks":         {of(Calibration(nil, nil, Options{})), fault.ErrConfig},
		"empty ranks":      {of(Calibration([]Ranks{{"a", nil}}, nil, Options{})), fault.ErrData},
		"rank of 2":        {of(Calibration([]Ranks{{"a", []float64{2}}}, nil, Options{})), fault.ErrData},
		"column 3 of 2":    {transport(0, 2), fault.ErrShape},
		"the same column":  {transport(1, 1), fault.ErrShape},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", name, c.err, c.want)
		}
	}
	p, err := Density("a", []Curve{curve}, Sample{}, Options{})
	must(t, err)
	path := filepath.Join(t.TempDir(), "x.jpg")
	if err := p.Save(path, 0); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), ".png or .svg") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("it was written all the same")
	}
	must(t, p.Save(filepath.Join(t.TempDir(), "x.SVG"), 0))
}

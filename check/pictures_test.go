package check

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"diffeo"
	"diffeo/fault"
	"diffeo/graph"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/recipe"
)

// glow is a model of pictures with weights that no initialiser gives.
func glow(t *testing.T, side int, classes []string, precision string) *model.Model {
	t.Helper()
	return glowOf(t, recipe.ChannelPrior, side, classes, precision)
}

func glowOf(t *testing.T, prior string, side int, classes []string, precision string) *model.Model {
	t.Helper()
	m, err := model.NewImages("glow", recipe.Config{Levels: 2, Transforms: 2, Hidden: []int{8}, Pixels: recipe.CenteredPixels, Prior: prior},
		model.Image{Channels: 1, Height: side, Width: side, Levels: 256, Classes: classes}, precision, 3)
	must(t, err)
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range m.Params.Specs() {
		d := m.Params.Data(s.Name)
		for i := range d {
			d[i] = float64(float32(d[i] + 0.02*rng.NormFloat64()))
		}
	}
	return m
}

// album are draws of a model as pictures: whole numbers of the range. Few of its draws lie outside.
func album(t *testing.T, m *model.Model, n int) Rows {
	t.Helper()
	d, err := model.Compile(m, diffeo.Options{Threads: 1})
	must(t, err)
	classes := make([]int, n)
	for r := range classes {
		classes[r] = r % max(1, len(m.Image.Classes))
	}
	rows := Rows{X: matrix.New[float64](n, len(m.Columns)), Cond: model.Condition[float64](*m.Image, classes)}
	must(t, d.Sample(t.Context(), diffeo.Draw{Seed: 77}, rows.Cond, rows.X))
	for i, v := range rows.X.Data {
		rows.X.Data[i] = min(max(math.Floor(v), 0), 255)
	}
	return rows
}

// quieted makes almost all draws lie within the range of pixels, where whole numbers stand for them.
func quieted(m *model.Model) {
	for _, s := range m.Params.Specs() {
		if strings.HasPrefix(s.Name, "base.") && strings.HasSuffix(s.Name, "log_scale") {
			d := m.Params.Data(s.Name)
			for i := range d {
				d[i] -= 3
			}
		}
	}
}

// A model of pictures that is what it says passes every check at its own draws: of pictures whose Jacobian is taken whole, and of larger ones, by parts.
func TestASoundModelOfPicturesPasses(t *testing.T) {
	for name, c := range map[string]struct {
		side      int
		classes   []string
		precision string
	}{"whole": {8, nil, model.Float64}, "parts": {16, []string{"a", "b"}, model.Float32}} {
		t.Run(name, func(t *testing.T) {
			m := glow(t, c.side, c.classes, c.precision)
			quieted(m)
			r, err := Pictures(t.Context(), m, album(t, m, 60), Options{RoundTrips: 20, Jacobians: 3, Threads: 2})
			must(t, err)
			for _, x := range r.Results {
				t.Logf("%-22s %-6s %s (%s): %s", x.Name, x.Verdict, x.Measured(), x.Limit(), x.Text)
				if x.Verdict != Pass || x.Count == 0 {
					t.Errorf("%s: %s", x.Name, x.Verdict)
				}
			}
			if len(r.Results) != 9 || len(r.Latents) != 2 || r.Latents[1].Numbers != c.side*c.side/2 {
				t.Errorf("%d results, %d scales", len(r.Results), len(r.Latents))
			}
			inverse, _ := r.Result(LogDetInverse)
			if parts := strings.Contains(inverse.Text, "parts of 8×8 pixels"); parts != (c.side > 8) {
				t.Errorf("%s", inverse.Text)
			}
		})
	}
}

// What is wrong with a model, or does not belong to it, is found by the check that asks for it.
func TestWhatIsWrongWithAModelOfPictures(t *testing.T) {
	o := Options{RoundTrips: 10, Jacobians: 2, Threads: 2}
	find := func(m *model.Model, rows Rows, name string, want Verdict) {
		t.Helper()
		r, err := Pictures(t.Context(), m, rows, o)
		must(t, err)
		expect(t, r, name, want)
	}
	sound := glow(t, 4, nil, model.Float64)
	quieted(sound)
	seen := album(t, sound, 40)

	// A log-determinant that is wrong in both directions alike cancels, and is not that of the Jacobian.
	lies := *sound
	lies.Flow.Transform = lying(sound.Flow.Transform, func(b *graph.Builder, _ graph.Value) graph.Value { return b.Scalar(0.01) })
	find(&lies, seen, LogDetPair, Pass)
	find(&lies, seen, LogDetInverse, Fail)
	find(&lies, seen, LogDetForward, Fail)

	// One that is wrong in one direction does not cancel.
	lies.Flow.Transform = altered{Bijection: sound.Flow.Transform, inverse: func(b *graph.Builder, _, u, l graph.Value) (graph.Value, graph.Value) {
		return u, graph.Offset(l, 0.01)
	}}
	find(&lies, seen, LogDetPair, Fail)
	find(&lies, seen, LogDetForward, Pass)

	// An inverse that is none.
	lies.Flow.Transform = altered{Bijection: sound.Flow.Transform, inverse: func(b *graph.Builder, _, u, l graph.Value) (graph.Value, graph.Value) {
		return graph.Scale(u, 1.001), l
	}}
	find(&lies, seen, RoundTripData, Fail)
	find(&lies, seen, RoundTripBase, Fail)

	// Pictures of another kind: noise costs more than 8 bits, and its latents are not those of the base.
	rng := rand.New(rand.NewPCG(4, 5))
	noise := Rows{X: matrix.New[float64](40, 16)}
	for i := range noise.X.Data {
		noise.X.Data[i] = float64(rng.IntN(256))
	}
	find(sound, noise, Bits, Fail)
	find(sound, noise, LatentScale(1), Fail)
	find(sound, noise, LogDetInverse, Pass)

	// The test pictures of the fit had other bits.
	test := -16 * math.Ln2
	known := *sound
	known.Training.TestLogProb = &test
	find(&known, seen, Bits, Warn)

	find(sound, Rows{}, Bits, Inconclusive)
	find(sound, Rows{}, RoundTripData, Pass)
	find(sound, Rows{X: seen.X.Slice(0, 5)}, LatentScale(1), Inconclusive)
}

// A base whose weights belong to places is no obstacle to the log-determinants of parts, which are the transform's.
func TestWeightsOfPlaces(t *testing.T) {
	m := glowOf(t, recipe.PlacesPrior, 16, []string{"a", "b"}, model.Float64)
	r, err := Pictures(t.Context(), m, album(t, m, 10), Options{RoundTrips: 10, Jacobians: 2, Threads: 2})
	must(t, err)
	for _, name := range []string{RoundTripData, LogDetPair, LogDetInverse} {
		expect(t, r, name, Pass)
	}
}

// A picture too large for a Jacobian, even in part, is not asked for one.
func TestPicturesWithoutAJacobian(t *testing.T) {
	m, err := model.NewImages("glow", recipe.Config{Levels: 5, Transforms: 1, Hidden: []int{2}}, model.Image{Channels: 3, Height: 32, Width: 32, Levels: 256}, model.Float32, 1)
	must(t, err)
	p := pictures{subject: &subject{model: m}}
	if _, why := p.cropSize(); !strings.Contains(why, "halved 5 times has 3072 numbers") {
		t.Errorf("%q", why)
	}
	if _, err := Pictures(t.Context(), example(t, "maf", 2, 0, model.Float32), Rows{}, Options{}); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("%v", err)
	}
	if _, err := Pictures(t.Context(), glow(t, 4, []string{"a", "b"}, model.Float32), Rows{}, Options{}); !errors.Is(err, fault.ErrContext) {
		t.Errorf("%v", err)
	}
}

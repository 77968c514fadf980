package model

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"diffeo"
	"diffeo/data"
	"diffeo/fault"
	"diffeo/internal/safetensors"
	"diffeo/matrix"
	"diffeo/recipe"
)

// counts is a model of a column of half-integers and a positive one under a condition, with noise of random weights where it is learned.
func counts(t *testing.T, learned bool) *Model {
	t.Helper()
	columns := []Column{
		{Name: "half", Mean: 4, Std: 3, Steps: []data.Step{{Kind: data.Dequantize, Width: 0.5, Offset: 0.25}}},
		{Name: "size", Mean: 1, Std: 0.5, Steps: []data.Step{{Kind: data.Log}}},
	}
	m, err := New("realnvp", recipe.Config{Transforms: 2, Hidden: []int{6}}, columns, []Column{{Name: "c", Mean: 5, Std: 10}}, Float64, 7)
	must(t, err)
	shake(m)
	if learned {
		must(t, m.LearnNoise(Noise{Transforms: 2, Hidden: []int{5}}))
		for _, s := range m.Params.Specs() {
			if strings.HasPrefix(s.Name, "noise.") {
				for i, d := 0, m.Params.Data(s.Name); i < len(d); i++ {
					d[i] += 0.2 * math.Sin(float64(7*i+len(s.Name)))
				}
			}
		}
	}
	return m
}

// P of a cell is one number, whatever the noise that it is estimated with: with many points the bound of learned noise and that of uniform noise agree, in the data's own
// units; with few it is below.
func TestLearnedNoiseHasTheSameProbabilities(t *testing.T) {
	x := matrix.Matrix[float64]{Rows: 4, Cols: 2, Stride: 2, Data: []float64{0.25, 2, 3.75, 1, 9.25, 7, 4, 3}} // 4 is not on the grid
	cond := matrix.Matrix[float64]{Rows: 4, Cols: 1, Stride: 1, Data: []float64{5, -4, 12, 5}}
	var logP, low [2][]float64
	for i, learned := range []bool{false, true} {
		d, err := Compile(counts(t, learned), diffeo.Options{Threads: 1})
		must(t, err)
		logP[i], low[i] = make([]float64, 4), make([]float64, 4)
		must(t, d.LogProbCells(t.Context(), x, cond, 4096, logP[i], low[i]))
	}
	for r := range x.Rows - 1 {
		if math.Abs(logP[0][r]-logP[1][r]) > 1e-4 {
			t.Errorf("row %d: log P is %.6f by uniform points and %.6f by those of the noise", r, logP[0][r], logP[1][r])
		}
		if low[1][r] > logP[1][r] || low[1][r] == low[0][r] {
			t.Errorf("row %d: bound %v of learned noise, of uniform noise %v, log P %v", r, low[1][r], low[0][r], logP[1][r])
		}
	}
	if !math.IsInf(logP[1][3], -1) {
		t.Errorf("a number off the grid has log P %v", logP[1][3])
	}
}

// Draws of the flow are the same with noise and without, and what is off the support gets noise too.
func TestNoiseOfRows(t *testing.T) {
	m := counts(t, true)
	d, err := Compile(m, diffeo.Options{Threads: 1})
	must(t, err)
	plain, err := Compile(counts(t, false), diffeo.Options{Threads: 1})
	must(t, err)
	cond := matrix.New[float64](3, 1)
	a, b := matrix.New[float64](3, 2), matrix.New[float64](3, 2)
	must(t, d.Sample(t.Context(), diffeo.Draw{Seed: 1}, cond, a))
	must(t, plain.Sample(t.Context(), diffeo.Draw{Seed: 1}, cond, b))
	if !reflect.DeepEqual(a, b) {
		t.Errorf("draws %v and %v", a, b)
	}
	x := matrix.Matrix[float64]{Rows: 3, Cols: 2, Stride: 2, Data: []float64{0.25, 2, math.NaN(), 1, 4, -7}}
	n, err := d.Noise(t.Context(), 1, 2, x, cond)
	must(t, err)
	for r := range x.Rows {
		if u := n(r, 0); !(u >= 0 && u <= 1) {
			t.Errorf("row %d: noise %v", r, u)
		}
	}
	if _, err := d.Noise(t.Context(), 1, 2, x, matrix.Matrix[float64]{}); !errors.Is(err, fault.ErrContext) {
		t.Error(err)
	}
	u, err := plain.Noise(t.Context(), 1, 2, x, cond)
	must(t, err)
	if want := data.SeededNoise(1, 2, 0, nil); u(2, 0) != want(2, 0) {
		t.Errorf("uniform noise %v, want %v", u(2, 0), want(2, 0))
	}
}

// Learned noise is in the file, in a version of its own that older ones cannot claim.
func TestNoiseComesBack(t *testing.T) {
	images := pictures(t)
	must(t, images.LearnNoise(Noise{Transforms: 2, Hidden: []int{3}}))
	for name, m := range map[string]*Model{"table": counts(t, true), "pictures": images} {
		b := encoded(t, m)
		got, err := Read(bytes.NewReader(b))
		must(t, err)
		if !reflect.DeepEqual(got.Noise, m.Noise) || got.Params.Count() != m.Params.Count() || !bytes.Equal(encoded(t, got), b) {
			t.Errorf("%s: %+v with %d weights, want %+v with %d", name, got.Noise, got.Params.Count(), m.Noise, m.Params.Count())
		}
		file, err := safetensors.Decode(b)
		must(t, err)
		if v := file.Metadata[keyVersion]; v != version7 || !strings.Contains(file.Metadata[keyModel], `"noise":{"transforms":2,"hidden":[`) {
			t.Errorf("%s: version %s, %s", name, v, file.Metadata[keyModel])
		}
		for what, change := range map[string]struct {
			edit func(f *safetensors.File)
			want string
		}{
			"an older version": {func(f *safetensors.File) { f.Metadata[keyVersion] = version6 }, "its noise was learned, which came with version 7"},
			"no noise":         {func(f *safetensors.File) { f.Metadata[keyModel] = cut(f.Metadata[keyModel]) }, "belongs to nothing"},
			"huge": {func(f *safetensors.File) {
				f.Metadata[keyModel] = strings.Replace(f.Metadata[keyModel], `"noise":{"transforms":2`, `"noise":{"transforms":250000000`, 1)
			}, "weights, the file has"},
			"no size": {func(f *safetensors.File) {
				f.Metadata[keyModel] = strings.Replace(f.Metadata[keyModel], `"noise":{"transforms":2`, `"noise":{"transforms":-2`, 1)
			}, "-2 transforms"},
		} {
			if _, err := Read(bytes.NewReader(edited(t, b, change.edit))); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), change.want) {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
}

// A prior of places is of the same version.
func TestPlacesComeBack(t *testing.T) {
	m, err := NewImages("glow", recipe.Config{Levels: 1, Transforms: 1, Hidden: []int{4}, Prior: recipe.PlacesPrior},
		Image{Channels: 1, Height: 2, Width: 4, Levels: 256, Classes: []string{"a", "b"}}, Float32, 3)
	must(t, err)
	b := encoded(t, m)
	_, err = Read(bytes.NewReader(b))
	must(t, err)
	old := edited(t, b, func(f *safetensors.File) { f.Metadata[keyVersion] = version6 })
	if _, err := Read(bytes.NewReader(old)); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), "its prior is one of places, which came with version 7") {
		t.Error(err)
	}
}

// cut takes the noise out of a model's text.
func cut(text string) string {
	from := strings.Index(text, `"noise":{"transforms"`)
	return text[:from] + text[from+strings.Index(text[from:], "},")+2:]
}

func TestLearnNoiseRefuses(t *testing.T) {
	m := counts(t, false)
	for name, c := range map[string]struct {
		change func(m *Model)
		noise  Noise
		want   string
	}{
		"a further step": {func(m *Model) { m.Columns[0].Steps = append(m.Columns[0].Steps, data.Step{Kind: data.Log}) }, Noise{1, []int{4}}, "--column half=integer"},
		"no grid":        {func(m *Model) { m.Columns[0].Steps = nil }, Noise{1, []int{4}}, "no column is dequantized"},
		"no transforms":  {func(*Model) {}, Noise{0, []int{4}}, "0 transforms"},
		"no units":       {func(*Model) {}, Noise{1, []int{0}}, "networks of [0]"},
	} {
		bad := *m
		bad.Columns = append([]Column{}, m.Columns...)
		c.change(&bad)
		if err := bad.LearnNoise(c.noise); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), c.want) || bad.Noise != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := pictures(t)
	if err := p.LearnNoise(Noise{2, []int{3, 3}}); !errors.Is(err, fault.ErrConfig) {
		t.Error(err)
	}
	must(t, p.LearnNoise(p.StandardNoise()))
}

package model

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
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

// pictures is a model of colour pictures of 2×4 pixels and two classes.
func pictures(t *testing.T) *Model {
	t.Helper()
	m, err := NewImages("glow", recipe.Config{Levels: 1, Transforms: 1, Hidden: []int{4}, Pixels: recipe.CenteredPixels},
		Image{Channels: 3, Height: 2, Width: 4, Levels: 256, Classes: []string{"cat", "a dog"}, Resized: true}, Float32, 3)
	must(t, err)
	shake(m)
	return m
}

// A model of pictures comes back with its columns, of which the file holds none.
func TestImageComesBack(t *testing.T) {
	m := pictures(t)
	b := encoded(t, m)
	got, err := Read(bytes.NewReader(b))
	must(t, err)
	if !reflect.DeepEqual(got.Image, m.Image) || !reflect.DeepEqual(got.Columns, m.Columns) || !reflect.DeepEqual(got.Context, m.Context) || len(got.Columns) != 24 {
		t.Errorf("%+v, want %+v", got, m)
	}
	if got.Columns[23].Name != "c2y1x3" || got.Context[1].Name != "class a dog" {
		t.Errorf("%v, %v", got.Columns[23], got.Context[1])
	}
	file, err := safetensors.Decode(b)
	must(t, err)
	if text := file.Metadata[keyModel]; file.Metadata[keyVersion] != version6 ||
		!strings.Contains(text, `"columns":[],"context":[],"image":{"channels":3,"height":2,"width":4,"levels":256,"classes":["cat","a dog"],"resized":true}`) {
		t.Errorf("version %s, %s", file.Metadata[keyVersion], text)
	}
}

// log P of a picture is the log of the mean of the flow's density over points of the pixel's cells, and the bound the mean of the logs; the bits are those of a
// uniform density where log P is that.
func TestImageScores(t *testing.T) {
	m := pictures(t)
	d, err := Compile(m, diffeo.Options{Threads: 1})
	must(t, err)
	flow, err := diffeo.Compile[float32](m.Flow, m.Params, diffeo.Options{Threads: 1})
	must(t, err)
	const points = 3
	rng := rand.New(rand.NewPCG(1, 2))
	x := matrix.New[float64](2, 24)
	for i := range x.Data {
		x.Data[i] = float64(rng.IntN(256))
	}
	classes := []int{1, 0}
	cond := Condition[float64](*m.Image, classes)
	got, bound := make([]float64, 2), make([]float64, 2)
	must(t, d.LogProbCells(t.Context(), x, cond, points, got, bound))
	cells, _ := Preprocessing(m.Columns).Cells()
	means, logs := make([]float64, 2), make([]float64, 2)
	for k := range points {
		noise := data.CellPoint(cells, k, points, data.RowSeeds(x))
		z, c, out := matrix.New[float32](2, 24), matrix.New[float32](2, 2), make([]float32, 2)
		for r := range 2 {
			c.Row(r)[classes[r]] = 1
			for i, v := range x.Row(r) {
				z.Row(r)[i] = float32(v + noise(r, i))
			}
		}
		must(t, flow.LogProb(t.Context(), z, c, out))
		for r, l := range out {
			means[r] += math.Exp(float64(l)+100) / points
			logs[r] += float64(l) / points
		}
	}
	for r := range 2 {
		if want := math.Log(means[r]) - 100; math.Abs(got[r]-want) > 1e-5*math.Abs(want) || math.Abs(bound[r]-logs[r]) > 1e-5*math.Abs(want) || bound[r] > got[r] {
			t.Errorf("row %d: %v (bound %v), want %v (%v)", r, got[r], bound[r], want, logs[r])
		}
	}
	if bits := m.Image.BitsPerDim(-24 * math.Log(256)); math.Abs(bits-8) > 1e-12 {
		t.Errorf("a uniform density has %v bits per dimension", bits)
	}
}

// What is no description of pictures is refused, and before memory is asked for.
func TestImageRefuses(t *testing.T) {
	b := encoded(t, pictures(t))
	for name, c := range map[string][3]string{
		"channels":       {`"channels":3`, `"channels":2`, "2 channels, and pictures have 1 or 3"},
		"huge":           {`"height":2`, `"height":99999999`, "a picture has 1 to"},
		"negative":       {`"height":2`, `"height":-2`, "a picture has 1 to"},
		"other size":     {`"height":2`, `"height":4`, "48 columns for a flow of 24"},
		"levels":         {`"height":2,"width":4,"levels":256`, `"height":2,"width":4,"levels":1`, "pixels of 1 levels"},
		"classes":        {`"cat","a dog"`, `"cat"`, "1 context columns for a flow with 2"},
		"a class twice":  {`"cat","a dog"`, `"cat","cat"`, `a class is named "cat"`},
		"no name":        {`"cat","a dog"`, `"cat",""`, `a class is named ""`},
		"columns beside": {`"columns":[]`, `"columns":[{"name":"a","mean":0,"std":1}]`, "it is of pictures and names columns beside"},
		"huge flow":      {`"image":[3,2,4]`, `"image":[3,200000,400000]`, "weights, the file has"},
	} {
		f, err := safetensors.Decode(b)
		must(t, err)
		if !strings.Contains(f.Metadata[keyModel], c[0]) {
			t.Fatalf("%s: no %s in %s", name, c[0], f.Metadata[keyModel])
		}
		f.Metadata[keyModel] = strings.Replace(f.Metadata[keyModel], c[0], c[1], 1)
		if _, err := Read(bytes.NewReader(sealed(t, f))); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("%s: %v; want %q", name, err, c[2])
		}
	}
	f, err := safetensors.Decode(b)
	must(t, err)
	f.Metadata[keyVersion] = version5
	if _, err := Read(bytes.NewReader(sealed(t, f))); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), "it is of pictures, which came with version 6") {
		t.Errorf("of version 5: %v", err)
	}
	m := pictures(t)
	m.Columns[3].Mean = 1
	if err := m.Write(&bytes.Buffer{}); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), "the columns are not those of pictures of [3,2,4]") {
		t.Errorf("other columns: %v", err)
	}
}

package model

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/internal/safetensors"
	"diffeo/recipe"
)

func layered(t testing.TB) *Model {
	t.Helper()
	c := recipe.Layers{Dim: 2, Layers: []recipe.Layer{
		{Kind: recipe.AutoregressiveLayer, Order: []int{1, 0}, Map: &recipe.LayerMap{Kind: recipe.SplineMap, Bins: 3},
			Net: &recipe.LayerNet{Kind: recipe.PlainNet, Hidden: []int{4}, Degrees: [][]int{{1, 1, 1, 1}}}},
		{Kind: recipe.LinearLayer},
	}}
	m, err := FromLayers(c, []Column{{Name: "a", Std: 1}, {Name: "b", Std: 2}}, nil, Float64)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range m.Params.Specs() {
		for i := range m.Params.Data(s.Name) {
			m.Params.Data(s.Name)[i] += 0.1 * float64(i%5)
		}
	}
	return m
}

func layeredFile(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := layered(t).Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A flow that is described layer by layer comes back from its file.
func TestLayersRoundTrip(t *testing.T) {
	m := layered(t)
	b := encoded(t, m)
	got, err := Read(bytes.NewReader(b))
	must(t, err)
	if !reflect.DeepEqual(got.Flow, m.Flow) || !bytes.Equal(encoded(t, got), b) {
		t.Errorf("read %+v, wrote %+v", got, m)
	}
}

func TestLayersRefused(t *testing.T) {
	file, err := safetensors.Decode(layeredFile(t))
	must(t, err)
	text := file.Metadata[keyModel]
	for name, c := range map[string]struct{ old, new, want string }{
		"huge":     {`"hidden":[4]`, `"hidden":[99999999,99999999]`, "weights, the file has"},
		"wide":     {`"dim":2`, `"dim":4611686018427387904`, "weights, the file has"},
		"a field":  {`"layers":[`, `"more":1,"layers":[`, "more"},
		"a column": {`"dim":2`, `"dim":3`, "order"},
	} {
		changed := strings.Replace(text, c.old, c.new, 1)
		if changed == text {
			t.Fatalf("%s: the metadata does not contain %s: %s", name, c.old, text)
		}
		file.Metadata[keyModel], file.Metadata[keyChecksum] = changed, noChecksum
		var b bytes.Buffer
		must(t, safetensors.Encode(&b, file))
		must(t, seal(b.Bytes()))
		if _, err := Read(&b); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := FromLayers(recipe.Layers{Dim: 2}, []Column{{Name: "a", Std: 1}}, nil, Float64); !errors.Is(err, fault.ErrModel) {
		t.Errorf("one column for two: %v", err)
	}
	if _, err := FromLayers(recipe.Layers{}, nil, nil, Float64); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("no columns: %v", err)
	}
}

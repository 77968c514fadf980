package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/internal/safetensors"
	"diffeo/param"
)

// What was saved comes back, every field and every bit of the weights; equal models are equal files.
func TestRoundTrip(t *testing.T) {
	for _, precision := range []string{Float32, Float64} {
		m := example(t, precision)
		path := filepath.Join(t.TempDir(), "m.safetensors")
		must(t, m.Save(path))
		got, err := Load(path)
		must(t, err)
		for _, s := range m.Params.Specs() {
			if !reflect.DeepEqual(m.Params.Data(s.Name), got.Params.Data(s.Name)) {
				t.Errorf("%s: %s came back different", precision, s.Name)
			}
		}
		a, b := *m, *got
		a.Params, b.Params, a.Flow, b.Flow = nil, nil, flow.Flow{}, flow.Flow{}
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s: saved %+v, loaded %+v", precision, a, b)
		}
		on, err := os.ReadFile(path)
		must(t, err)
		if !bytes.Equal(on, encoded(t, example(t, precision))) || !bytes.Equal(on, encoded(t, got)) {
			t.Errorf("%s: equal models are not equal files", precision)
		}
	}
}

// Any flipped bit is found, wherever it is, and so is any file that is cut short or longer.
func TestEveryByteIsCovered(t *testing.T) {
	b := encoded(t, example(t, Float32))
	stride := 1
	if testing.Short() {
		stride = 13
	}
	for i := 0; i < len(b); i += stride {
		bad := bytes.Clone(b)
		bad[i] ^= 1 << (i % 8)
		if _, err := Read(bytes.NewReader(bad)); !errors.Is(err, fault.ErrModel) {
			t.Fatalf("bit %d of byte %d of %d flipped: %v", i%8, i, len(b), err)
		}
	}
	for n := 0; n < len(b); n += stride {
		if _, err := Read(bytes.NewReader(b[:n])); !errors.Is(err, fault.ErrModel) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	if _, err := Read(bytes.NewReader(append(bytes.Clone(b), 0))); !errors.Is(err, fault.ErrModel) {
		t.Errorf("one byte more: %v", err)
	}
	if _, err := Read(bytes.NewReader(b)); err != nil {
		t.Errorf("the file itself: %v", err)
	}
}

// forged is the example's file with changes, under a checksum that is right: what a careless or hostile writer could make.
func forged(t *testing.T, change func(f *safetensors.File)) []byte {
	t.Helper()
	return edited(t, encoded(t, example(t, Float32)), change)
}

// edited is a file with changes, under a checksum that is right.
func edited(t *testing.T, b []byte, change func(f *safetensors.File)) []byte {
	t.Helper()
	f, err := safetensors.Decode(b)
	must(t, err)
	change(&f)
	if f.Metadata[keyChecksum] != "" {
		f.Metadata[keyChecksum] = noChecksum
	}
	var out bytes.Buffer
	must(t, safetensors.Encode(&out, f))
	if f.Metadata[keyChecksum] != "" {
		must(t, seal(out.Bytes()))
	}
	return out.Bytes()
}

func TestRefusesWhatContradictsItself(t *testing.T) {
	const bias = "transform.transforms.0.conditioner.layers.0.bias"
	meta := func(old, new string) func(f *safetensors.File) {
		return func(f *safetensors.File) {
			if !strings.Contains(f.Metadata[keyModel], old) {
				t.Errorf("the metadata does not contain %s: %s", old, f.Metadata[keyModel])
			}
			f.Metadata[keyModel] = strings.Replace(f.Metadata[keyModel], old, new, 1)
		}
	}
	tensor := func(name string, v []float32, shape ...int) func(f *safetensors.File) {
		return func(f *safetensors.File) {
			x, err := safetensors.FromFloat32(v, shape...)
			must(t, err)
			f.Tensors[name] = x
		}
	}
	nan := make([]float32, 8)
	nan[3] /= nan[3]
	for name, test := range map[string]struct {
		change func(f *safetensors.File)
		text   string
	}{
		"foreign":          {func(f *safetensors.File) { f.Metadata = nil }, "not a model of diffeo"},
		"version":          {func(f *safetensors.File) { f.Metadata[keyVersion] = "9" }, `format version "9", this program reads versions 1 to 8; use a newer program`},
		"no checksum":      {func(f *safetensors.File) { delete(f.Metadata, keyChecksum) }, "checksum"},
		"metadata":         {func(f *safetensors.File) { f.Metadata["more"] = "x" }, `unknown metadata "more"`},
		"not JSON":         {func(f *safetensors.File) { f.Metadata[keyModel] = "{" }, "metadata:"},
		"unknown field":    {meta(`"seed"`, `"sed"`), "sed"},
		"recipe":           {meta(`"maf"`, `"mof"`), `the recipe "mof" is not known`},
		"config":           {meta(`"dim":3`, `"dim":0`), "at least 1 column"},
		"config field":     {meta(`"dim"`, `"dum"`), "dum"},
		"huge":             {meta(`"hidden":[8,8]`, `"hidden":[99999999,99999999]`), "weights, the file has"},
		"many":             {meta(`"transforms":2`, `"transforms":99999999`), "weights, the file has"},
		"precision":        {meta(`"float32"`, `"float16"`), `precision "float16"`},
		"other precision":  {meta(`"float32"`, `"float64"`), "needs F64"},
		"columns":          {meta(`{"name":"a","mean":3,"std":2},`, ``), "2 columns for a flow of 3"},
		"context":          {meta(`{"name":"c","mean":5,"std":10}`, ``), "0 context columns for a flow with 1"},
		"names":            {meta(`"name":"c"`, `"name":"a"`), `column 0 is named "a"`},
		"deviation":        {meta(`"std":2`, `"std":0`), "deviation 0"},
		"missing tensor":   {func(f *safetensors.File) { delete(f.Tensors, bias) }, `the tensor "` + bias + `" is missing`},
		"tensor too many":  {tensor("other", []float32{1}, 1), `the tensor "other" belongs to nothing`},
		"shape":            {tensor(bias, make([]float32, 8), 2, 4), "F32[2 4], the recipe needs F32[8]"},
		"a weight of NaN":  {tensor(bias, nan, 8), bias + `" holds NaN at position 3`},
		"trailing garbage": {meta(`}}`, `}}{}`), "follows"},
	} {
		if _, err := Read(bytes.NewReader(forged(t, test.change))); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v; want %q", name, err, test.text)
		}
	}
	if _, err := Read(bytes.NewReader(forged(t, func(*safetensors.File) {}))); err != nil {
		t.Errorf("the forgery without a change: %v", err)
	}
}

func TestLoadRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	must(t, os.WriteFile(empty, nil, 0o600))
	for path, text := range map[string]string{
		filepath.Join(dir, "none"): "there is no such file", dir: "not a regular file", empty: "too few",
	} {
		if _, err := Load(path); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), filepath.Base(path)) {
			t.Errorf("%v; want %q", err, text)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	for name, change := range map[string]func(m *Model){
		"NaN":       func(m *Model) { d := m.Params.Data(m.Params.Specs()[0].Name); d[0] /= 0 * d[0] },
		"too large": func(m *Model) { m.Params.Data(m.Params.Specs()[0].Name)[0] = 1e300 },
		"precision": func(m *Model) { m.Precision = "" },
		"columns":   func(m *Model) { m.Columns = m.Columns[1:] },
		"config":    func(m *Model) { m.Config = json.RawMessage("{") },
	} {
		m := example(t, Float32)
		change(m)
		path := filepath.Join(t.TempDir(), "m")
		if err := m.Save(path); !errors.Is(err, fault.ErrModel) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: a file was written", name)
		}
	}
}

// A recipe of one's own is stored by name and configuration, and given back for loading.
func TestWithARecipeOfOnesOwn(t *testing.T) {
	own := func(config json.RawMessage) (flow.Flow, error) {
		var c struct{ Columns int }
		if err := json.Unmarshal(config, &c); err != nil {
			return flow.Flow{}, err
		}
		return flow.Flow{Base: dist.DiagonalNormal{Dim: c.Columns}, Transform: bijection.Chain{}}, nil
	}
	config := json.RawMessage(`{"Columns": 2}`)
	f, err := own(config)
	must(t, err)
	bound, err := f.Bind()
	must(t, err)
	m := &Model{
		Recipe: "own", Config: config, Flow: f, Params: param.New(bound.Specs, 1), Precision: Float64,
		Columns: []Column{{Name: "a", Mean: 0, Std: 1}, {Name: "b", Mean: 0, Std: 1}},
	}
	m.Params.Data("base.loc")[1] = 0.5
	b := encoded(t, m)
	if _, err := Read(bytes.NewReader(b)); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), `"own" is not known`) {
		t.Errorf("without the table: %v", err)
	}
	got, err := Read(bytes.NewReader(b), With(map[string]Recipe{"own": own}))
	must(t, err)
	if got.Params.Data("base.loc")[1] != 0.5 {
		t.Error("the weights did not come back")
	}
}

func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	m, err := New("maf", configForFuzz, []Column{{Name: "a", Mean: 0, Std: 1}}, nil, Float32, 1)
	if err != nil {
		f.Fatal(err)
	}
	if err := m.Write(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Read(bytes.NewReader(b))
		if err == nil {
			encoded(t, m)
		} else if !errors.Is(err, fault.ErrModel) {
			t.Errorf("%v does not wrap fault.ErrModel", err)
		}
	})
}

// Behind a checksum that is right anything may stand.
func FuzzMetadata(f *testing.F) {
	m, err := New("maf", configForFuzz, []Column{{Name: "a", Mean: 0, Std: 1}}, nil, Float32, 1)
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if err := m.Write(&b); err != nil {
		f.Fatal(err)
	}
	file, err := safetensors.Decode(b.Bytes())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file.Metadata[keyModel])
	layers, err := safetensors.Decode(layeredFile(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(layers.Metadata[keyModel])
	f.Add(`{"recipe":"nsf-c","config":{"dim":4611686018427387904,"hidden":[4611686018427387904],"bins":-1,"blocks":1}}`)
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		file.Metadata[keyModel], file.Metadata[keyChecksum] = text, noChecksum
		var b bytes.Buffer
		must(t, safetensors.Encode(&b, file))
		must(t, seal(b.Bytes()))
		if _, err := Read(bytes.NewReader(b.Bytes())); err != nil && !errors.Is(err, fault.ErrModel) {
			t.Errorf("%v does not wrap fault.ErrModel", err)
		}
	})
}

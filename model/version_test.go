package model

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"diffeo/data"
	"diffeo/fault"
	"diffeo/internal/safetensors"
	"diffeo/recipe"
)

// Files that were written by the first program of their version are read, and are what these models are written as today.
func TestOldVersions(t *testing.T) {
	for name, want := range map[string]*Model{"version1": example(t, Float32), "version2": stepped(t, Float32)} {
		path := filepath.Join("testdata", name+".safetensors")
		got, err := Load(path)
		must(t, err)
		if !reflect.DeepEqual(got.Columns, want.Columns) || !reflect.DeepEqual(got.Context, want.Context) || !reflect.DeepEqual(got.Training, want.Training) {
			t.Errorf("%s: %+v %+v %+v", name, got.Columns, got.Context, got.Training)
		}
		on, err := os.ReadFile(path)
		must(t, err)
		if !bytes.Equal(on, encoded(t, got)) || !bytes.Equal(on, encoded(t, want)) {
			t.Errorf("%s: the file is written differently", name)
		}
	}
}

// Before there was version 3 its fields of Training stood in files of version 2: these are read too, and written as what they are.
func TestVersion2WithLaterTraining(t *testing.T) {
	got, err := Load(filepath.Join("testdata", "version2training.safetensors"))
	must(t, err)
	x := got.Training
	if x.Ended != EndedEarly || x.Decay != 0.1 || x.Warmup != 3 || x.Average != 0.9 || x.Weights != "w" || x.DroppedRows != 2 || x.FlooredRows != 1 ||
		!reflect.DeepEqual(x.Curves.Validation, Curve{[]int{20, 40}, []float64{-2.5, -1.25}}) {
		t.Errorf("%+v", x)
	}
	file, err := safetensors.Decode(encoded(t, got))
	must(t, err)
	if file.Metadata[keyVersion] != version3 {
		t.Errorf("version %s", file.Metadata[keyVersion])
	}
}

// Each field of Training that version 2 does not have asks for version 3, and so does the offset of a grid; a bounded column asks for version 6; nothing else does.
func TestVersion3(t *testing.T) {
	of := func(change func(m *Model)) string {
		m := stepped(t, Float32)
		change(m)
		b := encoded(t, m)
		file, err := safetensors.Decode(b)
		must(t, err)
		again, err := Read(bytes.NewReader(b))
		must(t, err)
		if !reflect.DeepEqual(again.Training, m.Training) || !reflect.DeepEqual(again.Columns, m.Columns) {
			t.Errorf("%+v, want %+v", again, m)
		}
		return file.Metadata[keyVersion]
	}
	if got := of(func(m *Model) { m.Columns[0].Steps = []data.Step{{Kind: data.Bounded, Low: -1, High: 1}} }); got != version6 {
		t.Errorf("with a bounded column: version %s, want %s", got, version6)
	}
	old := []string{"TrainRows", "ValidationRows", "TestRows", "Steps", "BestStep", "PlannedSteps", "SkippedSteps", "Batch", "Rate", "Clip",
		"ValLogProb", "TestLogProb", "TestLogProb2SE"}
	fields := reflect.TypeFor[Training]()
	for i := range fields.NumField() {
		name, want := fields.Field(i).Name, version3
		if slices.Contains(old, name) {
			want = version2
		}
		if name == "Reference" || name == "Noise" {
			want = version5
		}
		got := of(func(m *Model) {
			switch x := reflect.ValueOf(&m.Training).Elem().Field(i); x.Kind() {
			case reflect.Int:
				x.SetInt(1)
			case reflect.Float64:
				x.SetFloat(0.5)
			case reflect.String:
				x.SetString("x")
			case reflect.Pointer:
				if name == "Reference" {
					x.Set(reflect.ValueOf(NewReference([]float64{1, 2}, nil)))
					return
				}
				x.Set(reflect.New(x.Type().Elem()))
			default:
				t.Fatalf("a field of kind %s", x.Kind())
			}
		})
		if got != want {
			t.Errorf("with %s: version %s, want %s; a new field needs a new version, and its place in later", name, got, want)
		}
	}
	grid := func(m *Model) { m.Columns[3].Steps[0].Offset = 0.25 }
	if got := of(grid); got != version3 {
		t.Errorf("a grid with an offset: version %s", got)
	}
	m := stepped(t, Float32)
	grid(m)
	f, err := safetensors.Decode(encoded(t, m))
	must(t, err)
	f.Metadata[keyVersion] = version2
	if _, err := Read(bytes.NewReader(sealed(t, f))); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), "format version 2, its columns have a grid with an offset, which came with version 3") {
		t.Errorf("%v", err)
	}
}

// Steps are kept, in a file of version 2, which version 1 would misunderstand.
func TestVersion2(t *testing.T) {
	m := stepped(t, Float32)
	b := encoded(t, m)
	got, err := Read(bytes.NewReader(b))
	must(t, err)
	if !reflect.DeepEqual(got.Columns, m.Columns) || !reflect.DeepEqual(got.Context, m.Context) {
		t.Errorf("%+v, want %+v", got.Columns, m.Columns)
	}
	change := func(old, new string) []byte {
		f, err := safetensors.Decode(b)
		must(t, err)
		if !strings.Contains(f.Metadata[keyModel], old) {
			t.Fatalf("no %s in %s", old, f.Metadata[keyModel])
		}
		f.Metadata[keyModel] = strings.Replace(f.Metadata[keyModel], old, new, 1)
		return sealed(t, f)
	}
	older, err := safetensors.Decode(b)
	must(t, err)
	if older.Metadata[keyVersion] != version2 {
		t.Errorf("version %s", older.Metadata[keyVersion])
	}
	older.Metadata[keyVersion] = version1
	for name, c := range map[string]struct {
		file []byte
		text string
	}{
		"of version 1":  {sealed(t, older), "its columns have steps, which came with version 2"},
		"unknown kind":  {change(`"kind":"log"`, `"kind":"exp"`), `there is no preprocessing "exp"`},
		"unknown field": {change(`"offset":2`, `"ofset":2`), `unknown field "ofset"`},
		"wrong field":   {change(`"offset":2`, `"width":2`), "log has no width"},
		"order":         {change(`{"kind":"dequantize","width":0.5}`, `{"kind":"log"},{"kind":"dequantize","width":0.5}`), "dequantization is the first step"},
		"ends":          {change(`"low":-1,"high":1`, `"low":1,"high":-1`), "low < high"},
		"width":         {change(`"width":0.5`, `"width":-0.5`), "width > 0"},
		"period":        {change(`"period":360`, `"period":0`), "period > 0"},
		"no number":     {change(`"period":360`, `"period":1e999`), "metadata"},
	} {
		if _, err := Read(bytes.NewReader(c.file)); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v; want %q", name, err, c.text)
		}
	}
}

// sealed is a file with the right checksum.
func sealed(t testing.TB, f safetensors.File) []byte {
	t.Helper()
	f.Metadata[keyChecksum] = noChecksum
	var b bytes.Buffer
	if err := errors.Join(safetensors.Encode(&b, f), seal(b.Bytes())); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Each way to damage a file has its message.
func TestDamageHasItsMessage(t *testing.T) {
	b := encoded(t, stepped(t, Float32))
	header := int(binary.LittleEndian.Uint64(b))
	flip := func(at int) []byte {
		c := bytes.Clone(b)
		c[at] ^= 1
		return c
	}
	long := bytes.Clone(b)
	binary.LittleEndian.PutUint64(long, 1<<40)
	for name, c := range map[string]struct {
		file []byte
		text string
	}{
		"empty":           {nil, "0 bytes are too few"},
		"cut in header":   {b[:8+header/2], "cut short"},
		"cut in weights":  {b[:len(b)-4], "cut short"},
		"header length":   {long, "cut short"},
		"a weight":        {flip(len(b) - 2), "the checksum does not match: the file was damaged or changed"},
		"a column's name": {flip(bytes.Index(b, []byte("flux"))), "the checksum does not match"},
		"a tensor's name": {flip(bytes.Index(b, []byte("transform.transforms"))), "the checksum does not match"},
		"the checksum":    {flip(bytes.Index(b, []byte("sha256:")) + 20), "the checksum"},
		"the version":     {flip(bytes.Index(b, []byte(`"version":"2"`)) + 11), "the checksum does not match"},
		"another version": {bytes.Replace(b, []byte(`"version":"2"`), []byte(`"version":"9"`), 1), `format version "9", this program reads versions 1 to 8; use a newer program`},
		"the format":      {flip(bytes.Index(b, []byte(`"format":"diffeo"`)) + 10), "not a model of diffeo"},
	} {
		if _, err := Read(bytes.NewReader(c.file)); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v; want %q", name, err, c.text)
		}
	}
}

// mutated applies edits to a file: triples of a kind, a place and a value.
func mutated(file, edits []byte) []byte {
	b := bytes.Clone(file)
	for len(edits) >= 4 && len(b) > 0 {
		at := (int(edits[1])<<8 | int(edits[2])) * 7 % len(b)
		switch v := edits[3]; edits[0] % 5 {
		case 0:
			b[at] = v
		case 1:
			b[at] ^= 1 << (v % 8)
		case 2:
			b = b[:at]
		case 3:
			b = append(b[:at:at], b[min(at+int(v), len(b)):]...)
		default:
			b = append(b[:at:at], append(bytes.Clone(b[at:min(at+int(v), len(b))]), b[at:]...)...)
		}
		edits = edits[4:]
	}
	return b
}

// Mutations of a real file, with the checksum as it falls and, where the file can still be taken apart, with the right one: an error or a
// model that can be written, and no more memory than the size of the file explains.
func FuzzMutations(f *testing.F) {
	file := encodedForFuzz(f)
	f.Add([]byte{0, 1, 2, 3})
	f.Add([]byte{3, 0, 50, 200, 1, 1, 1, 1})
	f.Add([]byte{4, 0, 40, 9, 0, 0, 80, '9'})
	f.Fuzz(func(t *testing.T, edits []byte) {
		b := mutated(file, edits)
		try := [][]byte{b}
		if parsed, err := safetensors.Decode(b); err == nil && parsed.Metadata != nil {
			parsed.Metadata[keyChecksum] = noChecksum
			var again bytes.Buffer
			if safetensors.Encode(&again, parsed) == nil && seal(again.Bytes()) == nil {
				try = append(try, again.Bytes())
			}
		}
		for _, b := range try {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			m, err := Read(bytes.NewReader(b))
			runtime.ReadMemStats(&after)
			if spent := after.TotalAlloc - before.TotalAlloc; spent > 64<<20 {
				t.Errorf("%d bytes took %d bytes of memory", len(b), spent)
			}
			if err != nil {
				if !errors.Is(err, fault.ErrModel) {
					t.Errorf("%v does not wrap fault.ErrModel", err)
				}
				continue
			}
			if err := m.Write(&bytes.Buffer{}); err != nil {
				t.Errorf("what was read cannot be written: %v", err)
			}
		}
	})
}

func encodedForFuzz(f *testing.F) []byte {
	var b bytes.Buffer
	if err := stepped(f, Float32).Write(&b); err != nil {
		f.Fatal(err)
	}
	return b.Bytes()
}

// A file of a recipe whose maps have changed since is refused, and says what to do; today's is read, and files of other recipes are written as before.
func TestChangedRecipes(t *testing.T) {
	before := map[string]string{version4: version3, version8: version7}
	for name, version := range changed {
		m, err := New(name, recipe.Config{Transforms: 1, Hidden: []int{4}}, []Column{{Name: "a", Std: 1}, {Name: "b", Std: 1}}, nil, Float32, 7)
		must(t, err)
		b := encoded(t, m)
		_, err = Read(bytes.NewReader(b))
		must(t, err)
		file, err := safetensors.Decode(b)
		must(t, err)
		if file.Metadata[keyVersion] != version {
			t.Errorf("%s: version %s", name, file.Metadata[keyVersion])
		}
		file.Metadata[keyVersion] = before[version]
		if _, err := Read(bytes.NewReader(sealed(t, file))); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), "meant another density before version "+version+": fit it again") {
			t.Errorf("%s of version %s: %v", name, before[version], err)
		}
	}
}

// A file with angles in its context says version 8; one that says less is refused, since older programs would take them for numbers.
func TestContextAnglesAskForTheirVersion(t *testing.T) {
	two := []Column{{Name: "a", Std: 1}, {Name: "b", Std: 1}}
	m, err := New("maf", recipe.Config{Transforms: 1, Hidden: []int{4}, ContextAngles: []int{1}}, []Column{{Name: "x", Std: 1}}, two, Float32, 7)
	must(t, err)
	file, err := safetensors.Decode(encoded(t, m))
	must(t, err)
	if file.Metadata[keyVersion] != version8 {
		t.Errorf("version %s", file.Metadata[keyVersion])
	}
	file.Metadata[keyVersion] = version7
	if _, err := Read(bytes.NewReader(sealed(t, file))); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), "its context has angles, which came with version 8") {
		t.Errorf("angles in version 7: %v", err)
	}
}

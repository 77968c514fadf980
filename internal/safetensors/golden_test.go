package safetensors

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// golden returns the files of the reference data, made by other libraries' writers.
func golden(t *testing.T) []string {
	dir := os.Getenv("DIFFEO_GOLDEN")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "golden")
	}
	a, _ := filepath.Glob(filepath.Join(dir, "*.safetensors"))
	b, _ := filepath.Glob(filepath.Join(dir, "checkpoints", "*.safetensors"))
	files := append(a, b...)
	if len(files) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no reference file in %s", dir)
		}
		t.Skipf("no reference file in %s: set DIFFEO_GOLDEN to their folder", dir)
	}
	return files
}

func TestGoldenFilesParse(t *testing.T) {
	for _, path := range golden(t) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Decode(b)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
			continue
		}
		if len(f.Tensors) == 0 {
			t.Errorf("%s: no tensor", filepath.Base(path))
		}
		for name, x := range f.Tensors {
			_, err := x.Float64s()
			switch x.DType {
			case I64:
				_, err = x.Int64s()
			case Bool:
				_, err = x.Bools()
			}
			if err != nil {
				t.Errorf("%s: %s: %v", filepath.Base(path), name, err)
			}
		}
		again, err := Read(bytes.NewReader(encoded(t, f)), int64(len(encoded(t, f))))
		if err != nil || !reflect.DeepEqual(again, f) {
			t.Errorf("%s: does not survive a round trip (%v)", filepath.Base(path), err)
		}
	}
}

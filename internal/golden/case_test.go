package golden

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"diffeo/graph"
	"diffeo/internal/safetensors"
)

// goldenCase is one file.
type goldenCase struct {
	t    *testing.T
	Name string
	meta struct {
		Kind      string
		Call      string
		Config    map[string]json.RawMessage
		Library   string
		Loss      string
		Trainable []string
		Tolerance struct {
			Float32 float64 `json:"float32"`
			Float64 float64 `json:"float64"`
			Back    float64 `json:"float64_x_back"`
		}
	}
	file safetensors.File
}

// folder is where the cases lie.
func folder() string {
	if dir := os.Getenv("DIFFEO_GOLDEN"); dir != "" {
		return dir
	}
	return "testdata"
}

func load(t *testing.T, name string) *goldenCase {
	t.Helper()
	return loadFrom(t, folder(), name)
}

func loadFrom(t *testing.T, dir, name string) *goldenCase {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name+".safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	c := &goldenCase{t: t, Name: name}
	if c.file, err = safetensors.Decode(data); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(c.file.Metadata["case"]), &c.meta); err != nil {
		t.Fatalf("metadata: %v", err)
	}
	if tol := c.meta.Tolerance; tol.Float64 <= 0 || tol.Float32 <= 0 {
		t.Fatalf("the metadata gives no tolerances: %+v", tol)
	}
	return c
}

func (c *goldenCase) has(name string) bool { _, ok := c.file.Tensors[name]; return ok }

func (c *goldenCase) hasPrefix(prefix string) bool {
	for name := range c.file.Tensors {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// floats is an array of the file as numbers; truth values are 0 and 1. A missing one ends the test.
func (c *goldenCase) floats(name string) []float64 {
	c.t.Helper()
	x, ok := c.file.Tensors[name]
	if !ok {
		c.t.Fatalf("the case has no array %q; it has %v", name, c.file.Names())
	}
	var out []float64
	var err error
	switch x.DType {
	case safetensors.Bool:
		for _, b := range c.bools(name) {
			v := 0.0
			if b {
				v = 1
			}
			out = append(out, v)
		}
	case safetensors.I64:
		for _, i := range c.ints(name) {
			out = append(out, float64(i))
		}
	default:
		out, err = x.Float64s()
	}
	if err != nil {
		c.t.Fatalf("%s: %v", name, err)
	}
	return out
}

func (c *goldenCase) ints(name string) []int {
	c.t.Helper()
	v, err := c.file.Tensors[name].Int64s()
	if err != nil {
		c.t.Fatalf("%s: %v", name, err)
	}
	out := make([]int, len(v))
	for i, x := range v {
		out[i] = int(x)
	}
	return out
}

func (c *goldenCase) bools(name string) []bool {
	c.t.Helper()
	v, err := c.file.Tensors[name].Bools()
	if err != nil {
		c.t.Fatalf("%s: %v", name, err)
	}
	return v
}

// config reads a field of the library's configuration.
func (c *goldenCase) config(field string, to any) {
	c.t.Helper()
	if err := json.Unmarshal(c.meta.Config[field], to); err != nil {
		c.t.Fatalf("configuration field %q: %v", field, err)
	}
}

// shape is the shape of an array of the file.
func (c *goldenCase) shape(name string) []int {
	c.t.Helper()
	if !c.has(name) {
		c.t.Fatalf("the case has no array %q; it has %v", name, c.file.Names())
	}
	return c.file.Tensors[name].Shape
}

// rows and columns of the points; images have the shape point.
func (c *goldenCase) rows() int          { return c.shape("x")[0] }
func (c *goldenCase) dim() int           { return c.shape("x")[1] }
func (c *goldenCase) point() graph.Shape { return c.shape("x")[1:] }

// base is the shape of u, which the library may have flattened.
func (c *goldenCase) base() graph.Shape {
	if !c.has("u") {
		return c.point()
	}
	return c.shape("u")[1:]
}

// context is the number of columns of the condition; a class is as many zeros and ones as there are classes.
func (c *goldenCase) context() int {
	if c.has("class") {
		return c.classes()
	}
	if !c.has("context") {
		return 0
	}
	return c.shape("context")[1]
}

func (c *goldenCase) classes() (n int) {
	if c.has("class") {
		c.config("classes", &n)
	}
	return n
}

// condition is the condition of every row; nil: none.
func (c *goldenCase) condition() []float64 {
	if !c.has("class") {
		if c.has("context") {
			return c.floats("context")
		}
		return nil
	}
	out := make([]float64, c.rows()*c.classes())
	for r, class := range c.ints("class") {
		out[r*c.classes()+class] = 1
	}
	return out
}

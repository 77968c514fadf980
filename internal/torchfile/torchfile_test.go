package torchfile

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"diffeo/fault"
)

// The files of testdata were written by testdata/make.py with PyTorch 2.15.
func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Every number type, views, parameters, single numbers and empty tensors, in both formats.
func TestKinds(t *testing.T) {
	inf := math.Inf(1)
	for _, file := range []string{"kinds.pt", "kinds_legacy.pt"} {
		tensors, others, err := StateDict(read(t, file), "")
		if err != nil {
			t.Fatal(file, err)
		}
		want := []struct {
			name, dtype string
			shape       []int
			values      []float64
		}{
			{"float64", "float64", []int{2}, []float64{0.1, -1e300}},
			{"float32", "float32", []int{3, 4}, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
			{"transposed", "float32", []int{4, 3}, []float64{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}},
			{"column", "float32", []int{3}, []float64{1, 5, 9}},
			{"corner", "float32", []int{2, 2}, []float64{6, 7, 10, 11}},
			{"expanded", "float32", []int{3}, []float64{0, 0, 0}},
			{"spread", "float32", []int{2, 3}, []float64{3, 3, 3, 3, 3, 3}},
			{"parameter", "float32", []int{2}, []float64{1.5, 2.5}},
			{"scalar", "float32", []int{}, []float64{7}},
			{"empty", "float32", []int{0, 3}, []float64{}},
			{"float16", "float16", []int{9}, []float64{0, math.Copysign(0, -1), 1, -2.5, 65504, 0x1p-14, 0x1p-24, inf, -inf}},
			{"bfloat16", "bfloat16", []int{3}, []float64{1, -0.15625, 0x1.fep+127}},
			{"int64", "int64", []int{2}, []float64{-1 << 40, 3}},
			{"int32", "int32", []int{2}, []float64{-1 << 31, 7}},
			{"int16", "int16", []int{2}, []float64{-300, 300}},
			{"int8", "int8", []int{2}, []float64{-128, 127}},
			{"uint8", "uint8", []int{2}, []float64{0, 255}},
			{"bool", "bool", []int{3}, []float64{1, 0, 1}},
		}
		if len(tensors) != len(want) || len(others) != 0 {
			t.Errorf("%s: %d tensors and %v, want %d", file, len(tensors), others, len(want))
		}
		for _, w := range want {
			x, ok := tensors[w.name]
			if !ok {
				t.Errorf("%s: %s is missing", file, w.name)
				continue
			}
			if x.DType() != w.dtype || !slices.Equal(x.Shape(), w.shape) || !slices.Equal(x.Float64s(), w.values) {
				t.Errorf("%s: %s is %s%v %v, want %s%v %v", file, w.name, x.DType(), x.Shape(), x.Float64s(), w.dtype, w.shape, w.values)
			}
			if w.name == "float16" && !math.Signbit(x.Float64s()[1]) {
				t.Errorf("%s: the half −0 lost its sign", file)
			}
		}
	}
}

// Quiet half NaNs are NaN, and every finite half goes there and back.
func TestHalf(t *testing.T) {
	if !math.IsNaN(half(0x7e00)) || !math.IsNaN(half(0xfc01)) {
		t.Error("a half NaN is a number")
	}
	last := math.Inf(-1)
	for b := 0xfbff; b >= 0x8000; b-- { // from −65504 up to −0
		if x := half(uint16(b)); !(x > last) {
			t.Fatalf("half %#x is %g, not above %g", b, x, last)
		} else {
			last = x
		}
	}
	for b := 1; b <= 0x7bff; b++ {
		if x := half(uint16(b)); !(x > last) || x != -half(uint16(b|0x8000)) {
			t.Fatalf("half %#x is %g after %g", b, x, last)
		} else {
			last = x
		}
	}
}

// A trainer's checkpoint has its state dict inside, beside numbers, names, types and an optimizer.
func TestKeys(t *testing.T) {
	b := read(t, "trainer.pt")
	for _, key := range []string{"model.net", "model.best"} {
		tensors, _, err := StateDict(b, key)
		if err != nil {
			t.Fatal(key, err)
		}
		if w, ok := tensors["weight"]; len(tensors) != 2 || !ok || !slices.Equal(w.Shape(), []int{1, 2}) {
			t.Errorf("%s: %v", key, tensors)
		}
	}
	for key, want := range map[string]string{
		"":             `there is no tensor here; tensors are at the keys "model.best"`,
		"model":        `there is no tensor here; tensors are at the keys "net"`,
		"nope":         `no dict at the key "nope"; tensors are at the keys "model.best"`,
		"epoch":        `no dict at the key "epoch"`,
		"model.net.x":  `no dict at the key "x"`,
		"optimizer":    "there is no tensor here",
		"optimizer.as": `no dict at the key "as"`,
	} {
		if _, _, err := StateDict(b, key); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), want) {
			t.Errorf("key %q: %v, want %q", key, err, want)
		}
	}
}

// What is no state dict is refused by name, and a damaged file by what is wrong with it.
func TestRefusesFiles(t *testing.T) {
	kinds, legacy := read(t, "kinds.pt"), read(t, "kinds_legacy.pt")
	damaged := slices.Clone(kinds)
	for i := range damaged[:len(damaged)/2] { // an element of a storage: its file begins at a multiple of 64
		if string(damaged[i:i+4]) == "\x00\x00\x30\x41" { // 11.0
			damaged[i] ^= 1
		}
	}
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"a whole module", read(t, "module.pt"), `it names "torch.nn.modules.linear.Linear"`},
		{"nothing", nil, "no file of torch.save"},
		{"text", []byte("x,y\n1,2\n"), "no file of torch.save"},
		{"an archive cut short", kinds[:len(kinds)-30], "damaged or cut short"},
		{"an empty archive", archiveOf(t, map[string]string{"other": "x"}), "without NAME/data.pkl"},
		{"numbers changed", damaged, "the checksum of"},
		{"the legacy format cut short", legacy[:len(legacy)-5], "cut short"},
		{"the legacy format without storages", legacy[:len(legacy)-400], "cut short"},
		{"another pickle", []byte("\x80\x02K\x01."), "torch.save did not write"},
		{"the pickle of a later protocol", []byte("\x80\x04K\x01."), "protocol 4"},
	} {
		if _, _, err := StateDict(c.file, ""); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	for n := range len(legacy) {
		if _, _, err := StateDict(legacy[:n], ""); !errors.Is(err, fault.ErrModel) {
			t.Fatalf("%d of %d bytes: %v", n, len(legacy), err)
		}
	}
}

package safetensors

import (
	"bytes"
	"errors"
	"io"
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"diffeo/fault"
)

func must(t Tensor, err error) Tensor {
	if err != nil {
		panic(err)
	}
	return t
}

func encoded(t interface{ Fatal(...any) }, f File) []byte {
	var b bytes.Buffer
	if err := Encode(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// drawTensor draws any tensor: any bits, NaN payloads included, any shape, empty ones included.
func drawTensor(t *rapid.T) Tensor {
	shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 4).Draw(t, "shape")
	n := 1
	for _, d := range shape {
		n *= d
	}
	switch rapid.SampledFrom([]string{F64, F32, I64, I32, U8, Bool}).Draw(t, "dtype") {
	case F64:
		v := make([]float64, n)
		for i := range v {
			v[i] = math.Float64frombits(rapid.Uint64().Draw(t, "bits"))
		}
		return must(FromFloat64(v, shape...))
	case F32:
		return must(FromFloat32(rapid.SliceOfN(rapid.Float32(), n, n).Draw(t, "v"), shape...))
	case I64:
		return must(FromInt64(rapid.SliceOfN(rapid.Int64(), n, n).Draw(t, "v"), shape...))
	case I32:
		return must(FromInt32(rapid.SliceOfN(rapid.Int32(), n, n).Draw(t, "v"), shape...))
	case U8:
		return must(FromUint8(rapid.SliceOfN(rapid.Uint8(), n, n).Draw(t, "v"), shape...))
	}
	return must(FromBool(rapid.SliceOfN(rapid.Bool(), n, n).Draw(t, "v"), shape...))
}

func drawFile(t *rapid.T) File {
	name := rapid.String().Filter(func(s string) bool { return s != metadataKey && checkText(s) == nil })
	f := File{
		Metadata: rapid.MapOfN(name, name, 0, 4).Draw(t, "metadata"),
		Tensors:  rapid.MapOfN(name, rapid.Custom(drawTensor), 0, 6).Draw(t, "tensors"),
	}
	if len(f.Metadata) == 0 {
		f.Metadata = nil
	}
	return f
}

// What is written is what is read, from memory and from a file, and writing it again gives the same bytes.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFile(t)
		b := encoded(t, f)
		got, err := Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, f) {
			t.Fatalf("read %v, wrote %v", got, f)
		}
		again, err := Read(bytes.NewReader(b), int64(len(b)))
		if err != nil || !reflect.DeepEqual(again, f) {
			t.Fatalf("from a file: read %v (%v), wrote %v", again, err, f)
		}
		if !bytes.Equal(encoded(t, got), b) {
			t.Fatal("equal files gave different bytes")
		}
	})
}

// Each prefix of a file is an error, and so is each file with more behind it.
func TestTruncation(t *testing.T) {
	b := encoded(t, File{
		Metadata: map[string]string{"k": "v"},
		Tensors:  map[string]Tensor{"a": must(FromFloat64([]float64{1, 2, 3}, 3)), "b": must(FromBool([]bool{true}, 1))},
	})
	for n := range len(b) {
		for _, err := range decodeBoth(b[:n]) {
			if !errors.Is(err, fault.ErrModel) {
				t.Fatalf("%d of %d bytes: error is %v", n, len(b), err)
			}
		}
	}
	for _, err := range decodeBoth(append(slices.Clone(b), 0)) {
		if !errors.Is(err, fault.ErrModel) {
			t.Fatalf("one byte more: error is %v", err)
		}
	}
}

func decodeBoth(b []byte) []error {
	_, e1 := Decode(b)
	_, e2 := Read(bytes.NewReader(b), int64(len(b)))
	return []error{e1, e2}
}

// A size that the reader does not have must not be allocated.
func TestClaimedSize(t *testing.T) {
	b := encoded(t, File{Tensors: map[string]Tensor{"a": must(FromUint8([]uint8{1}, 1))}})
	if _, err := Read(bytes.NewReader(b), 1<<50); !errors.Is(err, fault.ErrModel) || !errors.Is(err, io.EOF) {
		t.Errorf("error is %v", err)
	}
}

func TestLayoutIsAligned(t *testing.T) {
	f := File{Tensors: map[string]Tensor{
		"a": must(FromBool([]bool{true, false, true}, 3)),
		"b": must(FromFloat32([]float32{1}, 1)),
		"c": must(FromFloat64([]float64{2}, 1)),
	}}
	want := `{"a":{"dtype":"BOOL","shape":[3],"data_offsets":[12,15]},` +
		`"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},` +
		`"c":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}`
	b := encoded(t, f)
	if got := string(bytes.TrimRight(b[8:len(b)-15], " ")); got != want {
		t.Errorf("header\n%s\nwant\n%s", got, want)
	}
	if (len(b)-15)%8 != 0 {
		t.Errorf("data begin at byte %d, not at a multiple of 8", len(b)-15)
	}
}

func TestEncodeRefuses(t *testing.T) {
	one := must(FromUint8([]uint8{1}, 1))
	for name, f := range map[string]File{
		"reserved name": {Tensors: map[string]Tensor{metadataKey: one}},
		"invalid name":  {Tensors: map[string]Tensor{"\xff": one}},
		"invalid key":   {Metadata: map[string]string{"\xff": ""}},
		"invalid value": {Metadata: map[string]string{"a": "\xff"}},
		"short data":    {Tensors: map[string]Tensor{"a": {F32, []int{2}, make([]byte, 4)}}},
		"dtype":         {Tensors: map[string]Tensor{"a": {"F16", []int{2}, make([]byte, 4)}}},
	} {
		var b bytes.Buffer
		if err := Encode(&b, f); !errors.Is(err, fault.ErrModel) || b.Len() > 0 {
			t.Errorf("%s: error %v, %d bytes written", name, err, b.Len())
		}
	}
}

type failing struct{ after int }

func (w *failing) Write(p []byte) (int, error) {
	if w.after--; w.after < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func TestEncodeReportsWriter(t *testing.T) {
	f := File{Tensors: map[string]Tensor{"a": must(FromUint8([]uint8{1}, 1))}}
	for after := range 2 {
		if err := Encode(&failing{after}, f); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("write %d fails: error is %v", after, err)
		}
	}
}

package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"diffeo/fault"
)

// The kinds of number that are read and written, by the names of the format.
const (
	F64  = "F64"
	F32  = "F32"
	I64  = "I64"
	I32  = "I32"
	U8   = "U8"
	Bool = "BOOL"
)

// elementSize is the bytes of one element. The half-precision and 8-bit floats of the format are left out on purpose:
// nothing here computes in them.
var elementSize = map[string]int{F64: 8, I64: 8, F32: 4, I32: 4, U8: 1, Bool: 1}

// Tensor is a dense row-major array. Data holds its elements in little-endian order; shape [] is a scalar.
type Tensor struct {
	DType string
	Shape []int
	Data  []byte
}

// byteSize is the length that Data must have.
func byteSize(dtype string, shape []int) (int, error) {
	size, ok := elementSize[dtype]
	if !ok {
		return 0, fmt.Errorf("%w: dtype %.40q is none of F64, F32, I64, I32, U8, BOOL", fault.ErrModel, dtype)
	}
	n := uint64(size)
	empty := false
	for _, d := range shape {
		if d < 0 {
			return 0, fmt.Errorf("%w: negative size in shape %v", fault.ErrModel, shape)
		}
		empty = empty || d == 0
		hi, lo := bits.Mul64(n, uint64(max(d, 1))) // zeros left out, so that they cannot hide an overflow
		if hi != 0 || lo > math.MaxInt {
			return 0, fmt.Errorf("%w: shape %v is too large", fault.ErrModel, shape)
		}
		n = lo
	}
	if empty {
		return 0, nil
	}
	return int(n), nil
}

// Check reports as an error a tensor whose dtype, shape and data contradict each other.
func (t Tensor) Check() error {
	n, err := byteSize(t.DType, t.Shape)
	if err == nil && n != len(t.Data) {
		err = fmt.Errorf("%w: %s of shape %v needs %d bytes, not %d", fault.ErrModel, t.DType, t.Shape, n, len(t.Data))
	}
	return err
}

// Len is the number of elements: the product of the shape, 1 for a scalar.
func (t Tensor) Len() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// decode reads the elements of t, which must be of one of the dtypes that the table has a function for.
func decode[E any](t Tensor, want string, read map[string]func(p []byte) E) ([]E, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	f := read[t.DType]
	if f == nil {
		return nil, fmt.Errorf("%w: a tensor of %s is needed, this one is %s", fault.ErrModel, want, t.DType)
	}
	size := elementSize[t.DType]
	out := make([]E, len(t.Data)/size)
	for i := range out {
		out[i] = f(t.Data[i*size:])
	}
	return out, nil
}

func f64(p []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(p)) }
func f32(p []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(p)) }
func i64(p []byte) int64   { return int64(binary.LittleEndian.Uint64(p)) }
func i32(p []byte) int64   { return int64(int32(binary.LittleEndian.Uint32(p))) }

// Float64s returns the elements of an F64 tensor, or, exactly, of an F32 one.
func (t Tensor) Float64s() ([]float64, error) {
	return decode(t, "F64 or F32", map[string]func([]byte) float64{
		F64: f64, F32: func(p []byte) float64 { return float64(f32(p)) }})
}

// Float32s returns the elements of an F32 tensor. F64 is refused: rounding is the caller's to decide.
func (t Tensor) Float32s() ([]float32, error) {
	return decode(t, F32, map[string]func([]byte) float32{F32: f32})
}

// Int64s returns the elements of a tensor of any integer dtype.
func (t Tensor) Int64s() ([]int64, error) {
	return decode(t, "I64, I32 or U8", map[string]func([]byte) int64{
		I64: i64, I32: i32, U8: func(p []byte) int64 { return int64(p[0]) }})
}

// Bools returns the elements of a BOOL tensor. A byte other than 0 and 1 is an error.
func (t Tensor) Bools() ([]bool, error) {
	for i, b := range t.Data {
		if t.DType == Bool && b > 1 {
			return nil, fmt.Errorf("%w: element %d of a BOOL tensor is %d", fault.ErrModel, i, b)
		}
	}
	return decode(t, Bool, map[string]func([]byte) bool{Bool: func(p []byte) bool { return p[0] == 1 }})
}

// encode makes a tensor of n elements; put appends element i.
func encode(dtype string, n int, shape []int, put func(p []byte, i int) []byte) (Tensor, error) {
	t := Tensor{DType: dtype, Shape: append([]int{}, shape...), Data: make([]byte, 0, n*elementSize[dtype])}
	for i := range n {
		t.Data = put(t.Data, i)
	}
	if err := t.Check(); err != nil {
		return Tensor{}, fmt.Errorf("%w: %d numbers do not fill shape %v", fault.ErrShape, n, shape)
	}
	return t, nil
}

// FromFloat64 makes an F64 tensor. The values are copied.
func FromFloat64(v []float64, shape ...int) (Tensor, error) {
	return encode(F64, len(v), shape, func(p []byte, i int) []byte {
		return binary.LittleEndian.AppendUint64(p, math.Float64bits(v[i]))
	})
}

// FromFloat32 makes an F32 tensor. The values are copied.
func FromFloat32(v []float32, shape ...int) (Tensor, error) {
	return encode(F32, len(v), shape, func(p []byte, i int) []byte {
		return binary.LittleEndian.AppendUint32(p, math.Float32bits(v[i]))
	})
}

// FromInt64 makes an I64 tensor. The values are copied.
func FromInt64(v []int64, shape ...int) (Tensor, error) {
	return encode(I64, len(v), shape, func(p []byte, i int) []byte {
		return binary.LittleEndian.AppendUint64(p, uint64(v[i]))
	})
}

// FromInt32 makes an I32 tensor. The values are copied.
func FromInt32(v []int32, shape ...int) (Tensor, error) {
	return encode(I32, len(v), shape, func(p []byte, i int) []byte {
		return binary.LittleEndian.AppendUint32(p, uint32(v[i]))
	})
}

// FromUint8 makes a U8 tensor. The values are copied.
func FromUint8(v []uint8, shape ...int) (Tensor, error) {
	return encode(U8, len(v), shape, func(p []byte, i int) []byte { return append(p, v[i]) })
}

// FromBool makes a BOOL tensor. The values are copied.
func FromBool(v []bool, shape ...int) (Tensor, error) {
	return encode(Bool, len(v), shape, func(p []byte, i int) []byte {
		if v[i] {
			return append(p, 1)
		}
		return append(p, 0)
	})
}

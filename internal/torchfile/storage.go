package torchfile

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

// elementSize is the bytes of one element.
var elementSize = map[string]int{
	"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int64": 8, "int32": 4, "int16": 2, "int8": 1, "uint8": 1, "bool": 1,
}

// storage is a row of elements of one type. Tensors are views of it.
type storage struct {
	dtype string
	n     int // elements
	order binary.ByteOrder
	data  []byte // nil until it was read
}

// described is what a pickle says of a storage: ("storage", type, key, device, number of elements).
func described(id any) (key string, s *storage, err error) {
	t, ok := id.(tuple)
	if !ok || len(t) < 5 || len(t) > 6 || t[0] != any("storage") {
		return "", nil, fmt.Errorf("a persistent id that is no storage: %s of %d", kindOf(id), len(t))
	}
	name, isName := t[1].(global)
	key, isKey := t[2].(string)
	n, isNumber := t[4].(int64)
	dtype, isType := elements[name]
	if !isName || !isKey || !isNumber || !isType {
		return "", nil, fmt.Errorf("a storage of %s, %s, %s", kindOf(t[1]), kindOf(t[2]), kindOf(t[4]))
	}
	if n < 0 || n > math.MaxInt/8 {
		return "", nil, fmt.Errorf("a storage of %d elements", n)
	}
	if len(t) == 6 && t[5] != nil {
		return "", nil, fmt.Errorf("storage %.40q is a view of another one, which PyTorch before 0.4 wrote", key)
	}
	return key, &storage{dtype: dtype, n: int(n)}, nil
}

// fill gives a storage its bytes.
func (s *storage) fill(data []byte, order binary.ByteOrder) error {
	if want := s.n * elementSize[s.dtype]; want != len(data) {
		return fmt.Errorf("a storage of %d %s has %d bytes, not %d", s.n, s.dtype, len(data), want)
	}
	s.data, s.order = data, order
	return nil
}

// at is element i as a float64. Whole numbers beyond 2⁵³ are rounded.
func (s *storage) at(i int) float64 {
	switch s.dtype {
	case "float64":
		return math.Float64frombits(s.order.Uint64(s.data[8*i:]))
	case "float32":
		return float64(math.Float32frombits(s.order.Uint32(s.data[4*i:])))
	case "float16":
		return half(s.order.Uint16(s.data[2*i:]))
	case "bfloat16": // the upper half of a float32
		return float64(math.Float32frombits(uint32(s.order.Uint16(s.data[2*i:])) << 16))
	case "int64":
		return float64(int64(s.order.Uint64(s.data[8*i:])))
	case "int32":
		return float64(int32(s.order.Uint32(s.data[4*i:])))
	case "int16":
		return float64(int16(s.order.Uint16(s.data[2*i:])))
	case "int8":
		return float64(int8(s.data[i]))
	case "bool":
		if s.data[i] != 0 {
			return 1
		}
		return 0
	}
	return float64(s.data[i])
}

// half is a number of IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits.
func half(b uint16) float64 {
	sign, exponent, fraction := 1.0, int(b>>10&31), float64(b&1023)
	if b&0x8000 != 0 {
		sign = -1
	}
	switch {
	case exponent == 0:
		return sign * math.Ldexp(fraction, -24)
	case exponent == 31 && fraction == 0:
		return math.Inf(int(sign))
	case exponent == 31:
		return math.NaN()
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}

// Tensor is an array of numbers: element (i, j, …) is that of the storage at offset + i·strides[0] + j·strides[1] + …
type Tensor struct {
	storage *storage
	offset  int
	shape   []int
	strides []int
}

// maxSpread is the number of elements that a tensor may have whatever its storage: one with a stride of 0 shows an element many times.
const maxSpread = 1 << 16

// newTensor checks that all elements lie in the storage.
func newTensor(s *storage, offset int64, shape, strides []int64) (Tensor, error) {
	if len(shape) != len(strides) || len(shape) > 64 {
		return Tensor{}, fmt.Errorf("a tensor of size %d and stride %d", len(shape), len(strides))
	}
	bad := fmt.Errorf("a tensor of size %v, stride %v at offset %d leaves its storage of %d elements", shape, strides, offset, s.n)
	t := Tensor{storage: s, offset: int(offset), shape: make([]int, len(shape)), strides: make([]int, len(shape))}
	if offset < 0 || offset > int64(s.n) {
		return Tensor{}, bad
	}
	count, last, empty := uint64(1), uint64(offset), false
	for i, d := range shape {
		if d < 0 || strides[i] < 0 || d > math.MaxInt32 {
			return Tensor{}, bad
		}
		t.shape[i], t.strides[i] = int(d), int(strides[i])
		if d == 0 {
			empty = true
			continue
		}
		hi, lo := bits.Mul64(count, uint64(d))
		far, step := bits.Mul64(uint64(d-1), uint64(strides[i]))
		if hi != 0 || far != 0 || lo > math.MaxInt32 || step > math.MaxInt64/2 {
			return Tensor{}, bad
		}
		count = lo
		if last += step; last > math.MaxInt64/2 {
			return Tensor{}, bad
		}
	}
	if empty {
		return t, nil
	}
	if last >= uint64(s.n) {
		return Tensor{}, bad
	}
	if count > uint64(max(s.n, maxSpread)) {
		return Tensor{}, fmt.Errorf("a tensor of size %v spreads a storage of %d elements", shape, s.n)
	}
	return t, nil
}

// Shape is the size of every dimension; empty for a single number.
func (t Tensor) Shape() []int { return t.shape }

// DType is the number type, as PyTorch calls it: float32, int64, bool, …
func (t Tensor) DType() string { return t.storage.dtype }

// Len is the number of elements.
func (t Tensor) Len() int {
	n := 1
	for _, d := range t.shape {
		n *= d
	}
	return n
}

// Float64s are the elements, row-major. Truth values are 0 and 1.
func (t Tensor) Float64s() []float64 {
	out := make([]float64, t.Len())
	at, index := t.offset, make([]int, len(t.shape))
	for i := range out {
		out[i] = t.storage.at(at)
		for d := len(index) - 1; d >= 0; d-- { // the next index: carry where one is full
			index[d]++
			at += t.strides[d]
			if index[d] < t.shape[d] {
				break
			}
			at -= index[d] * t.strides[d]
			index[d] = 0
		}
	}
	return out
}

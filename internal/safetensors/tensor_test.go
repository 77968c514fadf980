package safetensors

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"diffeo/fault"
)

func TestConversions(t *testing.T) {
	check := func(name string, got any, err error, want any) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v (%v), want %v", name, got, err, want)
		}
	}
	f := must(FromFloat32([]float32{0.1, float32(math.Inf(-1))}, 2))
	v64, err := f.Float64s()
	check("F32 as float64", v64, err, []float64{float64(float32(0.1)), math.Inf(-1)})
	v32, err := f.Float32s()
	check("F32", v32, err, []float32{0.1, float32(math.Inf(-1))})
	i, err := must(FromInt32([]int32{-1, math.MinInt32}, 2)).Int64s()
	check("I32", i, err, []int64{-1, math.MinInt32})
	i, err = must(FromInt64([]int64{math.MinInt64, 7}, 2, 1)).Int64s()
	check("I64", i, err, []int64{math.MinInt64, 7})
	i, err = must(FromUint8([]uint8{255}, 1)).Int64s()
	check("U8", i, err, []int64{255})
	b, err := must(FromBool([]bool{true, false}, 2)).Bools()
	check("BOOL", b, err, []bool{true, false})
	s := must(FromFloat64([]float64{3}))
	v64, err = s.Float64s()
	check("scalar", v64, err, []float64{3})
	if s.Len() != 1 || f.Len() != 2 {
		t.Errorf("lengths %d and %d, want 1 and 2", s.Len(), f.Len())
	}
}

func TestConversionsRefuse(t *testing.T) {
	f := must(FromFloat64([]float64{1}, 1))
	_, e1 := f.Float32s()
	_, e2 := f.Int64s()
	_, e3 := f.Bools()
	_, e4 := must(FromBool([]bool{true}, 1)).Float64s()
	_, e5 := Tensor{Bool, []int{2}, []byte{0, 2}}.Bools()
	_, e6 := Tensor{F64, []int{2}, make([]byte, 15)}.Float64s()
	for i, err := range []error{e1, e2, e3, e4, e5, e6} {
		if !errors.Is(err, fault.ErrModel) {
			t.Errorf("case %d: error is %v", i+1, err)
		}
	}
	if _, err := FromFloat32([]float32{1, 2, 3}, 2, 2); !errors.Is(err, fault.ErrShape) {
		t.Errorf("three numbers for shape [2 2]: error is %v", err)
	}
}

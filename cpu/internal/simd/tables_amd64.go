//go:build !purego

package simd

// call is how many elements one call into assembly gets at most.
const call = 8192

func table32(l Level) *Kernels[float32] {
	return [levels]*Kernels[float32]{&generic32, &kernelsF32AVX2, &kernelsF32AVX512}[l]
}

func table64(l Level) *Kernels[float64] {
	return [levels]*Kernels[float64]{&generic64, &kernelsF64AVX2, &kernelsF64AVX512}[l]
}

//go:build !amd64 || purego

package simd

func table32(Level) *Kernels[float32] { return &generic32 }
func table64(Level) *Kernels[float64] { return &generic64 }

package simd

import "testing"

// testGemmOneRow: a few rows alone, as x·Wᵀ with the transposed weights, have the bits that they have as lanes of a tile.
func testGemmOneRow[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	fill := normals[T](r)
	for range 60 {
		out, in, lanes := 1+r.IntN(200), r.IntN(150), 1+r.IntN(70)
		w, wt, bias := make([]T, out*in), make([]T, out*in), make([]T, out)
		tile, y := make([]T, in*lanes), make([]T, out*lanes)
		fill(w)
		fill(bias)
		fill(tile)
		k.Transpose(wt, out, w, in, out, in)
		k.Gemm(y, lanes, w, in, 1, tile, lanes, out, in, lanes, Epilogue[T]{Bias: bias, ReLU: true})
		rows := 1 + r.IntN(5)
		x, z := make([]T, rows*in), make([]T, rows*out)
		at := r.IntN(lanes)
		for i := range rows {
			for p := range in {
				x[i*in+p] = tile[p*lanes+(at+i)%lanes]
			}
			copy(z[i*out:], bias)
		}
		k.Gemm(z, out, x, in, 1, wt, out, rows, in, out, Epilogue[T]{Accumulate: true, ReLU: true})
		for i := range rows {
			for j := range out {
				if want := y[j*lanes+(at+i)%lanes]; !sameBits(z[i*out+j], want) {
					t.Fatalf("%d×%d: output %d of row %d is %x alone and %x in a tile of %d", out, in, j, i, z[i*out+j], want, lanes)
				}
			}
		}
	}
}

func TestGemmOneRow(t *testing.T) { eachLevel(t, testGemmOneRow[float32], testGemmOneRow[float64]) }

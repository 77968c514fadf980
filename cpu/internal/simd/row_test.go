package simd

import "testing"

// testRow: a row of a layer whose weights lie in blocks, in any cut and in pieces that are too long for a call, is the row that it is as a lane
// of a tile. Weights outside the blocks are zeros.
func testRow[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	fill := normals[T](r)
	for trial := range 60 {
		in, out, lanes, step := 1+r.IntN(60), 1+r.IntN(300), 1+r.IntN(40), 1+r.IntN(3)
		if trial == 0 {
			in, out = 300, 500
		}
		w := make([]T, out*in)
		var blocks []RowBlock
		packed := make([]T, r.IntN(20))
		for p := 0; p < in; {
			b := RowBlock{First: p, Rows: min(1+r.IntN(20), in-p), At: len(packed)}
			if trial == 0 {
				b.Rows = in
			}
			p += b.Rows
			b.From = r.IntN(out)
			b.To = b.From + 1 + r.IntN(out-b.From)
			b.Ld = b.To - b.From + r.IntN(9)
			part := make([]T, b.Rows*b.Ld)
			fill(part)
			for i := range b.Rows {
				for j := b.From; j < b.To; j++ {
					w[j*in+b.First+i] = part[i*b.Ld+j-b.From]
				}
			}
			packed = append(packed, part...)
			blocks = append(blocks, b)
		}
		packed = append(packed, make([]T, 3)...)
		bias, tile, y := make([]T, out), make([]T, in*lanes), make([]T, out*lanes)
		fill(bias)
		fill(tile)
		k.Gemm(y, lanes, w, in, 1, tile, lanes, out, in, lanes, Epilogue[T]{Bias: bias})
		lane := r.IntN(lanes)
		x := make([]T, (in-1)*step+1)
		for p := range in {
			x[p*step] = tile[p*lanes+lane]
		}
		k.Row(bias, x, step, packed, blocks)
		for j, v := range bias {
			if want := y[j*lanes+lane]; !sameBits(v, want) {
				t.Fatalf("%d×%d in %d blocks: output %d is %x alone and %x in a tile of %d", out, in, len(blocks), j, v, want, lanes)
			}
		}
	}
	good := RowBlock{First: 1, Rows: 2, From: 1, To: 3, At: 1, Ld: 2}
	k.Row(make([]T, 3), make([]T, 5), 2, make([]T, 5), []RowBlock{good})
	for what, b := range map[string]RowBlock{
		"y":          {First: 1, Rows: 2, From: 2, To: 4, At: 1, Ld: 2},
		"x":          {First: 2, Rows: 2, From: 1, To: 3, At: 1, Ld: 2},
		"w":          {First: 1, Rows: 2, From: 1, To: 3, At: 2, Ld: 2},
		"no rows":    {First: 1, From: 1, To: 3, At: 1, Ld: 2},
		"no columns": {First: 1, Rows: 2, From: 1, To: 1, At: 1, Ld: 2},
		"overlap":    {First: 1, Rows: 2, From: 1, To: 3, At: 1, Ld: 1},
		"before":     {First: -1, Rows: 2, From: 1, To: 3, At: 1, Ld: 2},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic for %+v", what, b)
				}
			}()
			k.Row(make([]T, 3), make([]T, 5), 2, make([]T, 5), []RowBlock{b})
		}()
	}
}

func TestRow(t *testing.T) { eachLevel(t, testRow[float32], testRow[float64]) }

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"diffeo/data"
	"diffeo/matrix"
	"diffeo/train"
)

// pictureSource gives training pictures that are held as bytes. Each pass deals them out in another order, with other noise; what does not fill a batch is left
// out of that pass.
type pictureSource struct {
	set     data.Images
	rows    []int // of the set
	classes []int // of the set's pictures, as the model numbers them; nil: no condition
	seed    uint64
	flips   bool
	plain   bool // without noise: whole numbers

	pass  int   // that order is for, from 1
	order []int // of rows
	dealt []int // pictures of the latest batch
}

var _ train.Source[float32] = (*pictureSource)(nil)

// passKey keeps the orders of passes apart from the split of the set.
const passKey = 0x9e3779b97f4a7c15

// About implements train.Source.
func (s *pictureSource) About() train.About {
	return train.About{Rows: len(s.rows), Fingerprint: func() string {
		h := sha256.New()
		_, _ = fmt.Fprintln(h, s.set.ImageFormat, s.rows, s.classes, s.seed, s.flips)
		_, _ = h.Write(s.set.Pixels) // a hash takes everything
		return hex.EncodeToString(h.Sum(nil))
	}}
}

// Batch implements train.Source.
func (s *pictureSource) Batch(_ context.Context, n int, x, cond matrix.Matrix[float32], _ []float32) error {
	each := len(s.rows) / x.Rows
	pass, at := n/each+1, n%each*x.Rows
	if pass != s.pass {
		order, _, _, err := data.Split(len(s.rows), s.seed+uint64(pass)*passKey, 0, 0) // a training part of all, which is a permutation
		if err != nil {
			return err
		}
		s.pass, s.order = pass, order
	}
	s.dealt = s.dealt[:0]
	for _, i := range s.order[at : at+x.Rows] {
		s.dealt = append(s.dealt, s.rows[i])
	}
	if s.plain {
		data.DequantizePixels(s.set, s.dealt, noNoise, x)
	} else {
		dequantize(s.set, s.dealt, s.seed, 0, pass, x)
	}
	if s.flips {
		if err := data.Flips[float32](s.set.ImageFormat, s.seed)(pass, s.dealt, x); err != nil {
			return err
		}
	}
	oneHot(s.classes, s.dealt, cond)
	return nil
}

// Place implements train.Source.
func (s *pictureSource) Place(i int) string {
	return pictureName(s.set, s.dealt[i]) + " of " + s.set.Source
}

// dequantize writes pictures of a set with uniform noise: a function of the seed, the file (0: the set that is trained on), the picture and the pass. What is measured
// once, and validated again and again, has that of pass 0.
func dequantize(set data.Images, rows []int, seed uint64, file uint32, pass int, x matrix.Matrix[float32]) {
	data.DequantizePixels(set, rows, data.SeededNoise(seed, file, pass, rows), x)
}

// oneHot writes the classes of some pictures as ones among zeros.
func oneHot(classes, rows []int, cond matrix.Matrix[float32]) {
	for i, r := range rows {
		if cond.Cols > 0 {
			clear(cond.Row(i))
			cond.Row(i)[classes[r]] = 1
		}
	}
}

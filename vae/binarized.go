package vae

import (
	"encoding/binary"
	"math/rand/v2"

	"diffeo/matrix"
)

// Binarized draws rows of 0 and 1 anew in every pass, each number being 1 with the probability that it is (dynamic binarization: Salakhutdinov and Murray, 2008;
// Burda et al., arXiv 1509.00519). It is a train.Data.Fresh: what a row becomes is a function of the seed, the pass and the row's number alone. Numbers
// outside of 0 … 1 count as 0 or 1.
func Binarized[T matrix.Float](seed uint64) func(pass int, rows []int, x matrix.Matrix[T]) error {
	return func(pass int, rows []int, x matrix.Matrix[T]) error {
		var key [32]byte
		binary.LittleEndian.PutUint64(key[:], seed)
		binary.LittleEndian.PutUint64(key[8:], uint64(pass))
		random := rand.NewChaCha8(key)
		for i, r := range rows {
			binary.LittleEndian.PutUint64(key[16:], uint64(r))
			random.Seed(key)
			row := x.Row(i)
			for k, p := range row {
				row[k] = 0
				if float64(random.Uint64()>>11)/(1<<53) < float64(p) {
					row[k] = 1
				}
			}
		}
		return nil
	}
}

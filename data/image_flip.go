package data

import "diffeo/matrix"

// flipStream keeps which pictures are flipped apart from other uses of the same seed.
const flipStream = 0x666c6970 // "flip"

// Flips mirrors pictures left to right, each of a pass with probability ½, for training: it is a train.Data.Fresh for rows of this format.
// Whether a row is mirrored is a function of the seed, the pass and the row alone.
func Flips[T matrix.Float](f ImageFormat, seed uint64) func(pass int, rows []int, x matrix.Matrix[T]) error {
	key := mix(seed ^ flipStream)
	return func(pass int, rows []int, x matrix.Matrix[T]) error {
		for i, r := range rows {
			if mix(key^mix(uint64(pass)<<40^uint64(r)))>>63 == 1 {
				Mirror(f, x.Row(i))
			}
		}
		return nil
	}
}

// Mirror exchanges left and right in a planar picture.
func Mirror[T any](f ImageFormat, row []T) {
	for from := 0; from < f.Size(); from += f.Width {
		line := row[from : from+f.Width]
		for i, j := 0, f.Width-1; i < j; i, j = i+1, j-1 {
			line[i], line[j] = line[j], line[i]
		}
	}
}

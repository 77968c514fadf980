package simd

import (
	"fmt"
	"math"
)

// normalOffset is log N(0; 0, 1) of so many columns: −cols/2·log 2π.
func normalOffset(cols int) float64 { return -0.5 * math.Log(2*math.Pi) * float64(cols) }

func genericNormalLog[T Float](dst []T, x Columns[T], cols, n int) {
	checkNormalLog(dst, &x, cols, n)
	for i := range n {
		squares := 0.0
		for j := range cols {
			v := float64(x.Data[j*x.Step+i])
			squares += float64(v * v)
		}
		dst[i] = T(float64(-0.5*squares) + normalOffset(cols))
	}
}

// checkNormalLog panics if the result or the columns are too short.
func checkNormalLog[T Float](dst []T, x *Columns[T], cols, n int) {
	checkColumn(0, x, cols, n)
	if len(dst) < n {
		panic(fmt.Sprintf("simd: %d log-densities do not fit into %d numbers", n, len(dst)))
	}
}

// normalCall is how many lanes of so many columns one call into assembly gets at most: whole turns of its longest loop.
func normalCall(cols int) int { return max(64, 8192/max(1, cols)&^63) }

package simd

import "fmt"

// check1, check2 and check3 panic if a source is shorter than the n elements of the destination.
func check1(n, a int) {
	if a < n {
		panic(tooShort(n, a))
	}
}

func check2(n, a, b int) { check1(n, min(a, b)) }

func check3(n, a, b, c int) { check1(n, min(a, b, c)) }

func tooShort(n, have int) string {
	return fmt.Sprintf("simd: a source has %d elements where the destination has %d", have, n)
}

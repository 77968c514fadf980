//go:build !unix

package simd

import "testing"

// guardedPage is ordinary memory: only what is written beyond a slice is seen, by the canaries.
func guardedPage[T Float](_ testing.TB, n int) []T { return make([]T, n) }

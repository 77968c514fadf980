// Package memory allocates the arrays that the engine's kernels walk through: they begin at a cache line, and large ones lie in
// huge pages, all but what does not fill the last, where the system has them. A product that reads a matrix by columns touches a page for every other number; with
// pages of 4 KB it then waits for address translation, which took up to half of its time.
package memory

import (
	"unsafe"

	"diffeo/matrix"
)

const (
	line     = 64      // bytes of a cache line
	hugePage = 2 << 20 // bytes of a huge page on amd64 and on arm64 with pages of 4 KB
)

// Aligned returns n zeroed numbers that begin at a cache line.
func Aligned[T matrix.Float](n int) []T {
	size := int(unsafe.Sizeof(*new(T)))
	if n*size < hugePage {
		return from[T](make([]T, n+line/size), n, line)
	}
	s := from(make([]T, n+hugePage/size), n, hugePage)
	if whole := n * size / hugePage * hugePage; whole > 0 {
		preferHuge(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), whole))
	}
	return s
}

// from is the first n numbers of s whose address is a multiple of a number of bytes.
func from[T matrix.Float](s []T, n, multiple int) []T {
	skip := 0
	if r := int(uintptr(unsafe.Pointer(unsafe.SliceData(s))) % uintptr(multiple)); r != 0 {
		skip = (multiple - r) / int(unsafe.Sizeof(*new(T)))
	}
	return s[skip : skip+n : skip+n]
}

// Arrays returns zeroed arrays of these sizes, each beginning at a cache line, side by side in one piece of memory.
func Arrays[T matrix.Float](sizes ...int) [][]T {
	lanes := line / int(unsafe.Sizeof(*new(T)))
	total := 0
	for _, n := range sizes {
		total += (n + lanes - 1) / lanes * lanes
	}
	all := Aligned[T](total)
	arrays := make([][]T, len(sizes))
	at := 0
	for i, n := range sizes {
		arrays[i] = all[at : at+n : at+n]
		at += (n + lanes - 1) / lanes * lanes
	}
	return arrays
}

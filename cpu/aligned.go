package cpu

import (
	"unsafe"

	"diffeo/matrix"
)

// aligned returns n zeroed numbers that begin at a cache line, as vectors want it.
func aligned[T matrix.Float](n int) []T {
	const line = 64
	size := int(unsafe.Sizeof(*new(T)))
	s := make([]T, n+line/size)
	skip := 0
	if r := int(uintptr(unsafe.Pointer(unsafe.SliceData(s))) % line); r != 0 {
		skip = (line - r) / size
	}
	return s[skip : skip+n : skip+n]
}

//go:build unix

package simd

import (
	"syscall"
	"testing"
	"unsafe"
)

// guardedPage is memory for n or more numbers between two pages that trap any access.
func guardedPage[T Float](t testing.TB, n int) []T {
	size := int(unsafe.Sizeof(*new(T)))
	page := syscall.Getpagesize()
	inner := (n*size + page - 1) / page * page
	mem, err := syscall.Mmap(-1, 0, inner+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	for _, edge := range [][]byte{mem[:page], mem[page+inner:]} {
		if err := syscall.Mprotect(edge, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = syscall.Munmap(mem) })
	return unsafe.Slice((*T)(unsafe.Pointer(&mem[page])), inner/size)
}

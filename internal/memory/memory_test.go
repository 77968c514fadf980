package memory

import (
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// Every array begins at a cache line, is zero, has exactly its size, and shares no number with another.
func TestArraysAreAlignedAndApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(0, 300_000), 1, 5).Draw(t, "sizes")
		arrays := Arrays[float32](sizes...)
		for i, a := range arrays {
			if len(a) != sizes[i] || cap(a) != sizes[i] {
				t.Fatalf("array %d has %d numbers and room for %d, want %d", i, len(a), cap(a), sizes[i])
			}
			if len(a) > 0 && uintptr(unsafe.Pointer(&a[0]))%line != 0 {
				t.Fatalf("array %d begins at %p", i, &a[0])
			}
			for j, x := range a {
				if x != 0 {
					t.Fatalf("number %d of array %d is %g: not zeroed, or shared with another", j, i, x)
				}
				a[j] = 1
			}
		}
	})
}

func TestAlignedOfBothTypes(t *testing.T) {
	for _, n := range []int{0, 1, 15, 1 << 10, 3<<20 + 5} {
		a, b := Aligned[float32](n), Aligned[float64](n)
		if len(a) != n || len(b) != n {
			t.Fatalf("%d and %d numbers, want %d", len(a), len(b), n)
		}
		if n > 0 && (uintptr(unsafe.Pointer(&a[0]))%line != 0 || uintptr(unsafe.Pointer(&b[0]))%line != 0) {
			t.Fatalf("%d numbers begin at %p and %p", n, &a[0], &b[0])
		}
	}
}

package simd

import "testing"

// FuzzFetch asks for numbers, however many, also beside memory that may not be touched: they stay what they are.
func FuzzFetch(f *testing.F) {
	f.Add(uint16(0), false)
	f.Add(uint16(17), true)
	f.Add(uint16(5000), true)
	const most = 5000
	w := watch(f, 1, most)
	f.Fuzz(func(t *testing.T, n uint16, atEnd bool) {
		fuzzFetch(t, w.f32[0], min(int(n), most), atEnd)
		fuzzFetch(t, w.f64[0], min(int(n), most), atEnd)
	})
}

func fuzzFetch[T Float](t *testing.T, a *arena[T], n int, atEnd bool) {
	kernelsAt(func(l Level, k *Kernels[T]) {
		s := a.slice(n, atEnd)
		for i := range s {
			s[i] = T(i)
		}
		k.Fetch(s)
		a.check(t, "Fetch")
		for i, x := range s {
			if x != T(i) {
				t.Fatalf("%v: %d numbers: number %d is %v", l, n, i, x)
			}
		}
	})
}

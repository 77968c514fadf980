package memory

import (
	"sync/atomic"
	"unsafe"

	"diffeo/matrix"
)

const page = 4096 // bytes; where pages are larger some are claimed more than once, which does no harm

// Claim has the system give the pages of s to the program, and changes nothing in them. A page of zeros that is read first and written afterwards
// costs twice: the read maps a page that all share, and the write replaces it and interrupts every processor that has seen it.
func Claim[T matrix.Float](s []T) {
	size := int(unsafe.Sizeof(*new(T)))
	for k := 0; k < len(s); {
		p := unsafe.Pointer(&s[k])
		atomic.OrUint32((*uint32)(p), 0) // a write to the system, whatever it writes
		k += (page - int(uintptr(p)%page) + size - 1) / size
	}
}

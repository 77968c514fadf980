package memory

import "syscall"

// preferHuge asks for huge pages; a system that has none goes on with small ones.
func preferHuge(b []byte) {
	const hugePages = 14 // MADV_HUGEPAGE
	_ = syscall.Madvise(b, hugePages)
}

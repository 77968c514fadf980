//go:build unix

package data

import (
	"os"

	"golang.org/x/sys/unix"
)

// canMap tells whether files can be read as memory.
const canMap = true

// mapFile makes the first bytes of a file readable as memory, here and there: nothing around what is read is fetched too.
func mapFile(f *os.File, size int) ([]byte, error) {
	b, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	_ = unix.Madvise(b, unix.MADV_RANDOM) // an advice
	return b, nil
}

func unmap(b []byte) error { return unix.Munmap(b) }

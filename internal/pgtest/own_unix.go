//go:build unix

package pgtest

import (
	"io/fs"
	"os"
	"syscall"
)

// own makes a file belong to whom the folder of that information belongs to.
func own(path string, folder fs.FileInfo) error {
	s := folder.Sys().(*syscall.Stat_t)
	return os.Chown(path, int(s.Uid), int(s.Gid))
}

package main

import (
	"os"
	"syscall"
)

// peak is the most memory that an ended process had in use, in MB.
func peak(p *os.ProcessState) int {
	if u, ok := p.SysUsage().(*syscall.Rusage); ok {
		return int(u.Maxrss >> 10)
	}
	return 0
}

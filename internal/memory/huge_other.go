//go:build !linux

package memory

// preferHuge does nothing: these systems choose the size of pages themselves.
func preferHuge([]byte) {}

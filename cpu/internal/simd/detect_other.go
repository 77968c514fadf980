//go:build !amd64 || purego

package simd

// detect: without assembly there is only plain Go.
func detect() Level { return Generic }

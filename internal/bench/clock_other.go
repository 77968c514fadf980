//go:build !unix

package bench

func monotonic() (float64, bool) { return 0, false }

//go:build unix

package bench

import "golang.org/x/sys/unix"

// monotonic reads the system's monotonic clock, in seconds.
func monotonic() (float64, bool) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		return 0, false
	}
	return float64(t.Sec) + float64(t.Nsec)*1e-9, true
}

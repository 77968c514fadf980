package bench

import (
	"os"
	"strconv"
	"time"
)

// EnvStart holds the moment at which the process was started, in seconds of the system's monotonic clock, where a measuring
// program sets it.
const EnvStart = "PEERS_T0"

// ProcessStart is when this process began: what EnvStart says, or, without it, now, which leaves out the time that the system took to load
// the program.
func ProcessStart() time.Time {
	now := time.Now()
	if t0, err := strconv.ParseFloat(os.Getenv(EnvStart), 64); err == nil {
		if m, ok := monotonic(); ok && t0 <= m {
			return now.Add(-time.Duration((m - t0) * float64(time.Second)))
		}
	}
	return now
}

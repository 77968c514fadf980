package bench

import (
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"diffeo/cpu"
)

func instructionSet() string { return cpu.InstructionSet() }

// peakRSS is the most memory this process ever held, in MB; NaN where the system does not tell.
func peakRSS() float64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return math.NaN()
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				return math.NaN()
			}
			return kb / 1024
		}
	}
	return math.NaN()
}

// busy is the processor seconds used so far by the whole machine and by this process; zeros where the system does not tell.
func busy() (all, own float64) {
	const tick = 100 // clock ticks a second of Linux's user interface
	fields := func(path string, skip int) []float64 {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		line, _, _ := strings.Cut(string(data), "\n")
		if i := strings.LastIndexByte(line, ')'); i >= 0 { // the command's name may hold blanks
			line = line[i+1:]
		}
		var xs []float64
		for _, f := range strings.Fields(line)[skip:] {
			x, err := strconv.ParseFloat(f, 64)
			if err != nil {
				return nil
			}
			xs = append(xs, x/tick)
		}
		return xs
	}
	if s := fields("/proc/stat", 1); len(s) >= 8 {
		all = s[0] + s[1] + s[2] + s[5] + s[6] + s[7] // without idle and waiting time
	}
	if s := fields("/proc/self/stat", 11); len(s) >= 2 {
		own = s[0] + s[1]
	}
	return all, own
}

// pingpong is the time in ns in which a cache line goes to another core and back: the least of some rounds, as many as half a second
// allows where others are busy too. Small models feel it, and on virtual machines it changes by itself; 0 with a single processor.
func pingpong() float64 {
	if runtime.GOMAXPROCS(0) < 2 {
		return 0
	}
	const trips, rounds = 5_000, 20
	best, start := math.Inf(1), time.Now()
	for round := 0; round < rounds && (round == 0 || time.Since(start) < time.Second/2); round++ {
		var word atomic.Int64
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := int64(1); i < 2*trips; i += 2 {
				for n := 0; word.Load() != i; n++ {
					if n > 1<<20 {
						runtime.Gosched()
					}
				}
				word.Store(i + 1)
			}
		}()
		begin := time.Now()
		for i := int64(0); i < 2*trips; i += 2 {
			word.Store(i + 1)
			for n := 0; word.Load() != i+2; n++ {
				if n > 1<<20 {
					runtime.Gosched()
				}
			}
		}
		best = min(best, float64(time.Since(begin).Nanoseconds())/trips)
		<-done
	}
	return best
}

package simd

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
)

// Level is an instruction set that the kernels use.
type Level int

const (
	// Generic is plain Go.
	Generic Level = iota
	// AVX2 is AVX2 with FMA, on amd64.
	AVX2
	// AVX512 is AVX-512 with the extensions F, DQ, BW and VL, and what AVX2 has, on amd64.
	AVX512
	levels
)

// EnvLevel is the environment variable that lowers the level: avx512, avx2 or generic. A level that the machine or the
// build lacks gives the best one below it; an unknown word is ignored, as if the variable were not set.
const EnvLevel = "DIFFEO_CPU"

var levelNames = [levels]string{"generic", "avx2", "avx512"}

// String is the name that EnvLevel uses.
func (l Level) String() string {
	if l < 0 || l >= levels {
		return fmt.Sprintf("Level(%d)", int(l))
	}
	return levelNames[l]
}

// best is what the machine and the build support.
var best = detect()

var active atomic.Int32

func init() { active.Store(int32(choose(best, os.Getenv(EnvLevel)))) }

// choose is the level to use when best is supported and the user asked for want.
func choose(best Level, want string) Level {
	for l, name := range levelNames {
		if strings.EqualFold(strings.TrimSpace(want), name) {
			return min(Level(l), best)
		}
	}
	return best
}

// ActiveLevel is the level that For gives the kernels of.
func ActiveLevel() Level { return Level(active.Load()) }

// Levels lists the levels that this machine and build support, from Generic up.
func Levels() []Level {
	var ls []Level
	for l := Generic; l <= best; l++ {
		ls = append(ls, l)
	}
	return ls
}

// SetLevelForTest makes l the active level, so that one test process can try all Levels, and returns a function that sets
// the former one again. It panics if l is not supported. Tables that For gave before stay as they were.
func SetLevelForTest(l Level) (restore func()) {
	if l < Generic || l > best {
		panic(fmt.Sprintf("simd: level %v is not supported here, the best is %v", l, best))
	}
	old := active.Swap(int32(l))
	return func() { active.Store(old) }
}

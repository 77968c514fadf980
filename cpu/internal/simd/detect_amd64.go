//go:build !purego

package simd

import "golang.org/x/sys/cpu"

// detect is the best level of this processor. BMI2 makes masks; every processor with AVX2 has it, but it is cheap to ask.
func detect() Level {
	x := cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA || !x.HasBMI2:
		return Generic
	case x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL:
		return AVX512
	}
	return AVX2
}

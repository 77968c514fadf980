// Package simd holds the numeric kernels of the tile executor: matrix products, transposition, elementwise operations, the
// functions of mathematics that flows use, sums, rational-quadratic splines with their gradients, counter-based random numbers, and the
// Adam update, for float32 and float64.
//
// Rows of a batch run in SIMD lanes. A tile is feature-major: a value of n features is n rows of contiguous numbers, one
// for each lane, so that most kernels here see one long slice and the matrix product sees its second operand already
// packed.
//
// # Levels
//
// Every kernel exists as plain Go (files generic_*.go: readable, the definition of what the kernel does) and, on amd64, as
// AVX2 and AVX-512 assembly made by the generator in _gen. The level is chosen once, when the program starts, from what
// the processor has, and can be lowered by the environment variable DIFFEO_CPU (avx512, avx2 or generic). With the build
// tag purego, and on other processors, only plain Go is compiled.
//
// # Promises
//
// Kernels do not allocate, do not read or write beyond the elements they were asked for, and panic if a slice is too short
// for that. Within one level an element's bits depend on the numbers that it is computed from and on nothing else: not on
// its position, the length of the slice, alignment, or the rows and columns beside it. Across levels results agree within
// rounding: the assembly fuses multiplications with additions, plain Go rounds between them. No call into assembly
// runs for more than some 50 µs, so that the garbage collector can stop a goroutine.
//
// Unless a kernel says otherwise, the destination may be the very same slice as a source, and must not overlap one in
// another way.
package simd

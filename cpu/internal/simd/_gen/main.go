// Command gen writes the assembly kernels of package simd into the folder above:
//
//	cd cpu/internal/simd/_gen && go run .
//
// One file of assembly and one of declarations is written for each family of kernels and instruction set, and for each
// instruction set one table of Go functions that call them. Equal input gives equal output, so a check that nothing changes after running it proves that the committed files are the ones
// described here.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"regexp"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// families are the generators; each writes its functions for one instruction set and number type.
var families = []struct {
	name  string
	write func(t *target)
}{
	{"gemm", func(t *target) { gemm(t); gemmPack(t) }},
	{"dots", dots},
	{"elementwise", elementwise},
	{"transcendental", transcendental},
	{"transpose", transpose},
	{"sum", func(t *target) { sum(t); sumRows(t); squareSum(t); mulSum(t) }},
	{"guarded", guarded},
	{"spline", spline},
	{"philox", philox},
	{"adam", adam},
	{"fetch", fetch},
	{"winograd", winograd},
	{"affine", affine},
	{"normal", normalLog},
}

func main() {
	log.SetFlags(0)
	out := ".."
	for _, i := range []isa{avx2, avx512} {
		for _, f := range families {
			if err := generate(out, f.name, i, f.write); err != nil {
				log.Fatalf("%s %s: %v", f.name, i, err)
			}
		}
		if err := writeTable(out, i); err != nil {
			log.Fatalf("table of %s: %v", i, err)
		}
	}
}

// generate writes one family for one instruction set, both number types.
func generate(out, name string, i isa, write func(t *target)) error {
	c := build.NewContext()
	c.ConstraintExpr("!purego")
	data := map[string]bool{}
	for _, bits := range []int{32, 64} {
		write(&target{Context: c, isa: i, bits: bits, data: data})
	}
	f, err := c.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(f); err != nil {
		return err
	}
	cfg := printer.Config{Argv: []string{"go", "run", "."}, Pkg: "simd"}
	asm, err := printer.NewGoAsm(cfg).Print(f)
	if err != nil {
		return err
	}
	if bad := highRegister.Find(asm); i == avx2 && bad != nil {
		return fmt.Errorf("%s needs AVX-512", bad)
	}
	stubs, err := printer.NewStubs(cfg).Print(f)
	if err != nil {
		return err
	}
	base := filepath.Join(out, fmt.Sprintf("%s_%s_amd64", name, map[isa]string{avx2: "avx2", avx512: "avx512"}[i]))
	if err := os.WriteFile(base+".s", asm, 0o644); err != nil {
		return err
	}
	return os.WriteFile(base+".go", stubs, 0o644)
}

// highRegister matches what AVX2 code must not use.
var highRegister = regexp.MustCompile(`\b(Z[0-9]+|[XY](1[6-9]|2[0-9]|3[01])|K[0-7])\b`)

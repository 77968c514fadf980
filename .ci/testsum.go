// Command testsum reads the output of go test -json, prints it the way a person wants to read it (a line for each
// package, the output of what failed, the reason of each skip), and adds one line "passed failed skipped" to the
// file that is its argument. It exits 1 if anything failed. Only .ci/run uses it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// event is a line of go test -json; see go doc test2json.
type event struct {
	Action, Package, ImportPath, Test, Output string
	Elapsed                                   float64
}

type tally struct{ passed, failed, skipped int }

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go test -json ... | testsum TALLY-FILE")
		os.Exit(2)
	}
	total := read(os.Stdin, os.Stdout)
	if err := appendLine(os.Args[1], fmt.Sprintln(total.passed, total.failed, total.skipped)); err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(2)
	}
	if total.failed > 0 {
		os.Exit(1)
	}
}

// read counts the tests, subtests included. A package that fails without a failing test (it does not build, it
// panics, it runs out of time) counts as one failure.
func read(in *os.File, out *os.File) tally {
	var total tally
	perPackage := map[string]*tally{}
	output := map[string]string{} // of the test or package that runs now
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Fprintln(out, lines.Text()) // go itself complains in plain text
			continue
		}
		if e.Package == "" {
			e.Package = e.ImportPath // build output
		}
		pkg := perPackage[e.Package]
		if pkg == nil {
			pkg = &tally{}
			perPackage[e.Package] = pkg
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output":
			output[key] += e.Output
		case "build-output":
			fmt.Fprint(out, e.Output)
		case "pass", "fail", "skip":
			count(&total, pkg, e)
			if e.Test == "" {
				packageLine(out, e, *pkg)
			}
			if e.Action == "fail" || e.Action == "skip" && e.Test != "" {
				fmt.Fprint(out, indent(output[key]))
			}
			delete(output, key)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(out, "testsum: reading the test output:", err)
		total.failed++
	}
	if len(perPackage) == 0 {
		fmt.Fprintln(out, "testsum: no test ran")
		total.failed++
	}
	return total
}

func count(total, pkg *tally, e event) {
	switch {
	case e.Test == "" && e.Action == "fail" && pkg.failed == 0:
		pkg.failed++
		total.failed++
	case e.Test == "":
	case e.Action == "pass":
		pkg.passed++
		total.passed++
	case e.Action == "fail":
		pkg.failed++
		total.failed++
	default:
		pkg.skipped++
		total.skipped++
	}
}

func packageLine(out *os.File, e event, t tally) {
	if e.Action == "skip" {
		fmt.Fprintf(out, "none  %-32s no test files\n", e.Package)
		return
	}
	fmt.Fprintf(out, "%-5s %-32s %6.1f s  %d passed, %d failed, %d skipped\n",
		e.Action, e.Package, e.Elapsed, t.passed, t.failed, t.skipped)
}

func indent(s string) string {
	if s = strings.TrimRight(s, "\n"); s == "" {
		return ""
	}
	return "    " + strings.ReplaceAll(s, "\n", "\n    ") + "\n"
}

func appendLine(name, line string) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(line); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

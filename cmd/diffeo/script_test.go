package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"gonum.org/v1/gonum/stat"
)

// asCommand makes the test binary be the command, for tests that send it a signal.
const asCommand = "DIFFEO_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	testscript.Main(m, map[string]func(){"diffeo": main})
}

// The scripts run the command line on real and on bad input. Beside testscript's own commands they have
//
//	fails STATUS COMMAND…   the command ends with that exit status
//	clean                   no temporary file is left in the folder
//	flip FILE OFFSET        flips a bit of the byte at the offset; a negative one counts from the end
//	cut FILE BYTES          cuts a file to so many bytes
//	rows FILE N             the CSV file has N rows under its header
//	distinct FILE           no line of the file occurs twice
//	counts FILE             writes a table: 600 rows of x (normal), flux (log-normal) and n (0 … 6, rising with x)
//	halves FILE             writes a table: 600 rows of x (normal) and h (0.5, 1.5 … 6.5, rising with x)
//	angles FILE             writes a table: 600 rows of phi and psi (degrees, −180 … 180, psi near phi), turn (radians, from 0), dir (10, 20 … 360) and speed (larger where turn is near 0)
//	within FILE NAME A B    the numbers of a column of the CSV file lie between A and B
//	alike FILE NAME         the numbers of a column of the CSV file are equal to 1e-4
//	narrower A B NAME       the numbers of a column of the CSV file A have a smaller standard deviation than those of B
//	normals FILE D N S      writes a table: N rows of D columns c0, c1, … of independent normal numbers of deviation S
//	recode FILE TO E        writes a file of UTF-8 in the encoding latin1 or utf16
//	parquet FILE            writes a table: 60 rows of x (0, 1, …), price (a decimal, from −1.25), pos (nested) and kind (text)
//	later FILE TO           writes a model file again, as one of format version 9
//	points NAME FILE NAMES  writes the points that came with a checkpoint or a golden case as a table
//	png FILE WIDTH          the file is a PNG picture of that width
//	stripesidx FILE N SIZE  writes N grey pictures of two classes as an IDX file, and FILE.labels
//	stripespng FOLDER N SIZE  writes N coloured pictures of two classes as PNG files in folders
//	matches FILE NAME       the column log_prob is what the library computes at these points, to 1e-5
//
// the folders $TRAINED, $CASES and $TORCHFILES of checkpoints, and the table rows.csv: 600 rows, y = x² + noise, z = noise of its own.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"png":   isPNG,
			"fails": fails, "clean": clean, "flip": flip, "cut": cut, "rows": countRows, "distinct": distinct,
			"counts": counts, "halves": halves, "angles": angles, "within": within, "alike": alike, "narrower": narrower, "normals": normals, "later": later, "recode": recode, "parquet": mixedParquet,
			"stripesidx": stripesIDX, "stripespng": stripesPNG, "points": points, "matches": matches,
		},
		Setup: func(e *testscript.Env) error {
			if err := setFolders(e); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(e.WorkDir, "rows.csv"), []byte(exampleTable()), 0o600)
		},
	})
}

func exampleTable() string {
	rng := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	b.WriteString("x,y,z\n")
	for range 600 {
		x := rng.NormFloat64()
		fmt.Fprintf(&b, "%.4f,%.4f,%.4f\n", x, x*x+rng.NormFloat64()/2, 100+10*rng.NormFloat64())
	}
	return b.String()
}

func fails(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: fails STATUS COMMAND…")
	}
	err := ts.Exec(args[1], args[2:]...)
	status := 0
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		status = e.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(status) != args[0] {
		ts.Fatalf("exit status %d, want %s", status, args[0])
	}
}

func clean(ts *testscript.TestScript, _ bool, _ []string) {
	entries, err := os.ReadDir(ts.MkAbs("."))
	ts.Check(err)
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".tmp") && !e.IsDir() {
			ts.Fatalf("%s was left behind", e.Name())
		}
	}
}

func flip(ts *testscript.TestScript, _ bool, args []string) {
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 1
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}

func cut(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), n))
}

func countRows(ts *testscript.TestScript, _ bool, args []string) {
	if n := strings.Count(ts.ReadFile(args[0]), "\n") - 1; strconv.Itoa(n) != args[1] {
		ts.Fatalf("%s has %d rows, want %s", args[0], n, args[1])
	}
}

func distinct(ts *testscript.TestScript, _ bool, args []string) {
	seen := map[string]bool{}
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		if seen[line] {
			ts.Fatalf("%s holds this line twice: %s", args[0], line)
		}
		seen[line] = true
	}
}

// Nothing in a process that is not a terminal is written to stdout but results.
func TestMainWithBuffers(t *testing.T) {
	var out, errs strings.Builder
	if status := Main(context.Background(), []string{"version"}, nil, &out, &errs); status != 0 || !strings.HasPrefix(out.String(), "diffeo ") || errs.Len() > 0 {
		t.Errorf("status %d, %q, %q", status, out.String(), errs.String())
	}
}

func counts(ts *testscript.TestScript, _ bool, args []string) {
	rng := rand.New(rand.NewPCG(6, 7))
	var b strings.Builder
	b.WriteString("x,flux,n\n")
	for range 600 {
		x := rng.NormFloat64()
		fmt.Fprintf(&b, "%.6f,%.6g,%d\n", x, math.Exp(1.5*rng.NormFloat64()), min(6, max(0, int(3+x+rng.NormFloat64()))))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600))
}

func halves(ts *testscript.TestScript, _ bool, args []string) {
	rng := rand.New(rand.NewPCG(8, 9))
	var b strings.Builder
	b.WriteString("x,h\n")
	for range 600 {
		x := rng.NormFloat64()
		fmt.Fprintf(&b, "%.6f,%g\n", x, math.Min(6.5, math.Max(0.5, 0.5+math.Floor(3+x+rng.NormFloat64()))))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600))
}

func angles(ts *testscript.TestScript, _ bool, args []string) {
	rng := rand.New(rand.NewPCG(10, 11))
	var b strings.Builder
	b.WriteString("phi,psi,turn,dir,speed\n")
	for r := range 600 {
		phi := 170 + 60*rng.NormFloat64()
		if r%4 == 0 {
			phi = 360 * rng.Float64()
		}
		turn := 2 * math.Pi * rng.Float64()
		fmt.Fprintf(&b, "%.5f,%.5f,%.6f,%d,%.5f\n", math.Remainder(phi, 360), math.Remainder(phi+40*rng.NormFloat64(), 360), turn, 10*(1+rng.IntN(36)),
			5+2*math.Cos(turn)+rng.NormFloat64()/2)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600))
}

func later(ts *testscript.TestScript, _ bool, args []string) {
	file := strings.Replace(ts.ReadFile(args[0]), `"version":"5"`, `"version":"9"`, 1)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(file), 0o600))
}

// column is the numbers of a column of a CSV file.
func column(ts *testscript.TestScript, file, name string) []float64 {
	lines := strings.Split(strings.TrimSpace(ts.ReadFile(file)), "\n")
	at := slices.Index(strings.Split(lines[0], ","), name)
	if at < 0 {
		ts.Fatalf("%s has no column %s", file, name)
	}
	var x []float64
	for _, line := range lines[1:] {
		v, err := strconv.ParseFloat(strings.Split(line, ",")[at], 64)
		ts.Check(err)
		x = append(x, v)
	}
	return x
}

func within(ts *testscript.TestScript, _ bool, args []string) {
	low, err := strconv.ParseFloat(args[2], 64)
	ts.Check(err)
	high, err := strconv.ParseFloat(args[3], 64)
	ts.Check(err)
	x := column(ts, args[0], args[1])
	if len(x) == 0 || slices.Min(x) < low || slices.Max(x) > high {
		ts.Fatalf("%d numbers of %s do not lie within %g and %g", len(x), args[1], low, high)
	}
}

func alike(ts *testscript.TestScript, _ bool, args []string) {
	x := column(ts, args[0], args[1])
	if low, high := slices.Min(x), slices.Max(x); high-low > 1e-4 {
		ts.Fatalf("%s lies between %g and %g", args[1], low, high)
	}
}

func narrower(ts *testscript.TestScript, _ bool, args []string) {
	a, b := stat.StdDev(column(ts, args[0], args[2]), nil), stat.StdDev(column(ts, args[1], args[2]), nil)
	if !(a < b) {
		ts.Fatalf("%s deviates by %g in %s and by %g in %s", args[2], a, args[0], b, args[1])
	}
}

func normals(ts *testscript.TestScript, _ bool, args []string) {
	d, err := strconv.Atoi(args[1])
	ts.Check(err)
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	scale, err := strconv.ParseFloat(args[3], 64)
	ts.Check(err)
	rng := rand.New(rand.NewPCG(12, 13))
	var b strings.Builder
	for r := range n + 1 {
		for j := range d {
			if j > 0 {
				b.WriteByte(',')
			}
			if r == 0 {
				fmt.Fprintf(&b, "c%d", j)
			} else {
				fmt.Fprintf(&b, "%.5f", scale*rng.NormFloat64())
			}
		}
		b.WriteByte('\n')
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600))
}

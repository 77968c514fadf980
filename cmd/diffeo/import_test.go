package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"diffeo/internal/safetensors"
)

// trained is the folder of checkpoints that came with points and what the libraries compute at them.
var trained = filepath.Join("..", "..", "importer", "testdata", "trained")

// cases is the folder of golden cases, whose parameters have "param/" before their names.
var cases = filepath.Join("..", "..", "internal", "golden", "testdata")

// setFolders gives scripts the folders of checkpoints.
func setFolders(e *testscript.Env) error {
	for name, dir := range map[string]string{"TRAINED": trained, "CASES": cases, "TORCHFILES": filepath.Join("..", "..", "internal", "torchfile", "testdata")} {
		path, err := filepath.Abs(dir)
		if err != nil {
			return err
		}
		e.Setenv(name, path)
	}
	return nil
}

func expected(ts *testscript.TestScript, name, array string) (values []float64, columns int) {
	b, err := os.ReadFile(filepath.Join(trained, name+".expected.safetensors"))
	if errors.Is(err, fs.ErrNotExist) {
		b, err = os.ReadFile(filepath.Join(cases, name+".safetensors"))
	}
	ts.Check(err)
	file, err := safetensors.Decode(b)
	ts.Check(err)
	values, err = file.Tensors[array].Float64s()
	ts.Check(err)
	shape := file.Tensors[array].Shape
	return values, shape[len(shape)-1]
}

func points(ts *testscript.TestScript, _ bool, args []string) {
	x, n := expected(ts, args[0], "x")
	var b strings.Builder
	b.WriteString(args[2])
	for i, v := range x {
		separator := ","
		if i%n == 0 {
			separator = "\n"
		}
		fmt.Fprint(&b, separator, v)
	}
	b.WriteString("\n")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
}

func matches(ts *testscript.TestScript, _ bool, args []string) {
	const tolerance = 1e-5
	want, _ := expected(ts, args[1], "log_prob")
	lines := strings.Split(strings.TrimSpace(ts.ReadFile(args[0])), "\n")[1:]
	if len(lines) != len(want) {
		ts.Fatalf("%d rows, want %d", len(lines), len(want))
	}
	for i, line := range lines {
		got, err := strconv.ParseFloat(line[strings.LastIndex(line, ",")+1:], 64)
		ts.Check(err)
		if !(math.Abs(got-want[i]) <= tolerance) {
			ts.Fatalf("the log-density of row %d is %g, the library computes %g", i, got, want[i])
		}
	}
}

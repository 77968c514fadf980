package main

import (
	"fmt"
	"image/png"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"diffeo/plot"
)

// Of forty columns those that are shown are named, and --columns chooses others, but not too many.
func TestManyColumnsAreChosenFrom(t *testing.T) {
	var names []string
	for i := range 40 {
		names = append(names, fmt.Sprint("c", i))
	}
	var said strings.Builder
	p := &plotting{someRows: someRows{environment: &environment{stdout: io.Discard, stderr: &said}}, kind: cornerKind}
	at, err := p.choose(names, plot.MostCorner, "8 at most")
	if err != nil || len(at) != 8 || at[7] != 7 {
		t.Errorf("%v, %v", at, err)
	}
	if want := "8 of 40 columns are shown: c0, c1, c2, c3, c4, c5, c6, c7; --columns chooses others\n"; said.String() != want {
		t.Errorf("%q", said.String())
	}
	p.columns = []string{"c39", "c3"}
	if at, err = p.choose(names, plot.MostCorner, "8 at most"); err != nil || fmt.Sprint(at) != "[39 3]" {
		t.Errorf("%v, %v", at, err)
	}
	p.columns = names[:9]
	if _, err = p.choose(names, plot.MostCorner, "8 at most"); err == nil || !strings.Contains(err.Error(), "names 9 columns; a picture of --kind corner shows 8 at most") {
		t.Errorf("%v", err)
	}
}

// isPNG is the command png FILE WIDTH of scripts.
func isPNG(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	c, err := png.DecodeConfig(f)
	ts.Check(err)
	if strconv.Itoa(c.Width) != args[1] {
		ts.Fatalf("%s is %d pixels wide, want %s", args[0], c.Width, args[1])
	}
}

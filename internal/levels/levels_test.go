package main

import (
	"io"
	"strings"
	"testing"
)

// The table has the median of the rounds and its ratio to AVX2; a level that the machine lacks says so instead of the times of another.
func TestReport(t *testing.T) {
	measured, skipped := times{}, map[string]string{}
	for _, c := range []struct {
		l    level
		text string
	}{
		{levels[0], `{"op":"train","cpu":"avx2","median_ms":7}`}, // AVX-512 was asked for
		{levels[1], `{"op":"train","cpu":"avx2","median_ms":2}` + "\n" + `{"op":"sample","cpu":"avx2","median_ms":4}`},
		{levels[1], `{"op":"train","cpu":"avx2","median_ms":2}`},
		{levels[1], `{"op":"train","cpu":"avx2","median_ms":90}`},
		{levels[2], `{"op":"train","cpu":"generic","median_ms":30}`},
		{levels[3], `{"op":"train","cpu":"generic","median_ms":25}` + "\n" + `{"op":"sample","cpu":"generic","median_ms":10}`},
	} {
		if err := read(strings.NewReader(c.text), c.l, measured, skipped); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	if err := report(&out, []string{"train", "sample"}, measured, skipped); err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for l := range strings.Lines(out.String()) {
		got = append(got, strings.Fields(l))
	}
	for i, want := range []string{
		"level train, ms ÷ avx2 sample, ms ÷ avx2", "avx512 (this machine and build has avx2)", "avx2 2 1.00 4 1.00",
		"generic 30 15.00 0 –", "purego 25 12.50 10 2.50",
	} {
		if strings.Join(got[i], " ") != want {
			t.Errorf("line %d is %q, want %q", i, got[i], want)
		}
	}
	if err := read(strings.NewReader("no JSON"), levels[0], measured, skipped); err == nil || !strings.Contains(err.Error(), "avx512: what diffeo bench printed is not JSON") {
		t.Error(err)
	}
}

func TestBadArguments(t *testing.T) {
	for _, c := range []struct {
		args []string
		say  string
	}{
		{nil, "-file and -workload are needed"},
		{[]string{"-file", "w.json", "-workload", "W", "-rounds", "0"}, "-rounds must be positive"},
		{[]string{"-pace"}, "not defined"},
	} {
		if err := run(t.Context(), c.args, io.Discard); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%v: %v, want %q", c.args, err, c.say)
		}
	}
}

package data

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/matrix"
)

// counted writes a table whose column "i" is the row's number, and i2 its square root, in the given format.
func counted(t testing.TB, rows int, name string) string {
	t.Helper()
	m := matrix.New[float64](rows, 2)
	for i := range rows {
		m.Row(i)[0], m.Row(i)[1] = float64(i), math.Sqrt(float64(i))
	}
	path := filepath.Join(t.TempDir(), name)
	write(t, path, []string{"i", "root"}, WriteOptions{}, m)
	return path
}

// epoch reads an epoch in batches, and checks that rows are whole.
func epoch(t testing.TB, s Stream, batch int) []float64 {
	t.Helper()
	var rows []float64
	m := matrix.New[float64](batch, 2)
	for ended := false; ; {
		n, err := s.Next(m)
		if err == io.EOF && n == 0 {
			return rows
		}
		if err != nil || n == 0 || ended {
			t.Fatalf("%d rows, %v", n, err)
		}
		ended = n < batch
		for i := range n {
			if row := m.Row(i); row[1] != math.Sqrt(row[0]) {
				t.Fatalf("a row of %v", row)
			}
			rows = append(rows, m.Row(i)[0])
		}
	}
}

// An epoch has every row once; its order depends on seed and epoch alone, not on the sizes of batches.
func TestShuffledIsAPermutation(t *testing.T) {
	const rows = 70_000
	for _, name := range []string{"a.parquet", "a.npy", "a.csv"} {
		path := counted(t, rows, name)
		for _, window := range []int{0, 1, 100, 10_000} {
			s, err := OpenShuffled(path, Options{}, ShuffleOptions{Seed: 5, Window: window})
			if err != nil {
				t.Fatal(err)
			}
			first := epoch(t, s, 1000)
			sorted := slices.Sorted(slices.Values(first))
			for i, v := range sorted {
				if len(sorted) != rows || v != float64(i) {
					t.Fatalf("%s, window %d: %d rows come, row %d is %v", name, window, len(sorted), i, v)
				}
			}
			if s.Rows() != rows {
				t.Errorf("%s: Rows is %d", name, s.Rows())
			}
			if err := s.Rewind(0); err != nil || !slices.Equal(epoch(t, s, 777), first) {
				t.Errorf("%s, window %d: epoch 0 again is in another order (%v)", name, window, err)
			}
			if err := s.Rewind(1); err != nil || slices.Equal(epoch(t, s, 1000), first) {
				t.Errorf("%s, window %d: epoch 1 is in the order of epoch 0 (%v)", name, window, err)
			}
			defer s.Close()
			other, err := OpenShuffled(path, Options{}, ShuffleOptions{Seed: 6, Window: window})
			if err != nil {
				t.Fatal(err)
			}
			if slices.Equal(epoch(t, other, 1000), first) {
				t.Errorf("%s, window %d: seed 6 gives the order of seed 5", name, window)
			}
			defer other.Close()
		}
	}
}

// A sorted file comes well mixed: the mean of a batch is that of the table within some deviations of a random batch's mean, and no
// neighbours stay neighbours. A third of the table in the window is enough.
func TestShuffledMixes(t *testing.T) {
	const rows, batch = 200_000, 1000
	for _, name := range []string{"a.parquet", "a.npy", "a.csv"} {
		s, err := OpenShuffled(counted(t, rows, name), Options{}, ShuffleOptions{Window: rows / 3})
		if err != nil {
			t.Fatal(err)
		}
		got, worst, neighbours := epoch(t, s, batch), 0.0, 0
		for i := 0; i < rows; i += batch {
			sum := 0.0
			for _, v := range got[i : i+batch] {
				sum += v
			}
			worst = max(worst, math.Abs(sum/batch-rows/2)/(rows/math.Sqrt(12*batch)))
		}
		for i := 1; i < rows; i++ {
			if got[i] == got[i-1]+1 {
				neighbours++
			}
		}
		limit := map[bool]float64{true: 25, false: 8}[name == "a.parquet"] // a table that is not mixed has 55; four row groups, all open at first, end one by one
		if worst > limit || neighbours > 40 {
			t.Errorf("%s: a batch's mean is off by %.1f deviations, %d rows follow their neighbour", name, worst, neighbours)
		}
		defer s.Close()
	}
}

// Memory is bounded by the window, the index costs no allocation per row, and steady batches none.
func TestShuffledIsBounded(t *testing.T) {
	const rows = 400_000
	for _, name := range []string{"a.parquet", "a.npy", "a.csv"} {
		path := counted(t, rows, name)
		var before, now runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s, err := OpenShuffled(path, Options{}, ShuffleOptions{Window: 20_000})
		if err != nil {
			t.Fatal(err)
		}
		m, peak, seen := matrix.New[float64](4096, 2), uint64(0), 0
		for {
			n, err := s.Next(m)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if seen += n; seen%(20*4096) == 0 {
				runtime.GC()
				runtime.ReadMemStats(&now)
				peak = max(peak, now.HeapAlloc-min(now.HeapAlloc, before.HeapAlloc))
			}
		}
		if seen != rows || peak > 24<<20 {
			t.Errorf("%s: %d rows, %d KiB at the peak", name, seen, peak>>10)
		}
		defer s.Close()
	}
}

// Missing values, rows to keep, blank lines, quotes and headers are as for Open.
func TestShuffledOptions(t *testing.T) {
	var text strings.Builder
	text.WriteString("\xef\xbb\xbfi,root,note\n")
	for i := range 30_000 {
		if i%3 == 1 {
			fmt.Fprintf(&text, "%d,,\"a\nb\"\n", i)
		} else {
			fmt.Fprintf(&text, "%d,\"%v\",x\n", i, math.Sqrt(float64(i)))
		}
	}
	path := file(t, "a.csv", text.String())
	var report Report
	o := Options{Columns: []string{"i", "root"}, Missing: Drop, Report: &report, Keep: func(row int) bool { return row%2 == 0 }}
	s, err := OpenShuffled(path, o, ShuffleOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got := epoch(t, s, 512)
	if len(got) != 10_000 || report.Rows != 15_000 || report.Dropped != 5000 || report.Missing["root"] != 5000 {
		t.Errorf("%d rows, %+v", len(got), report)
	}
	for _, v := range got {
		if int(v)%2 != 0 || int(v)%3 == 1 {
			t.Fatalf("row %v came", v)
		}
	}
	o.Missing = Refuse
	refusing, err := OpenShuffled(path, o, ShuffleOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer refusing.Close()
	_, err = refusing.Next(matrix.New[float64](9, 2))
	if !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), `column "root": the cell is empty: the value is missing; fill it in`) {
		t.Errorf("refused: %v", err)
	}
	plain, err := OpenShuffled(file(t, "b.csv", "0,0\n1,1\n4,2\n\n\n"), Options{NoHeader: true}, ShuffleOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if got := slices.Sorted(slices.Values(epochOf(t, plain))); !slices.Equal(got, []float64{0, 0, 1, 1, 2, 4}) {
		t.Errorf("without a header: %v", got)
	}
	if _, err := plain.Next(matrix.New[float64](1, 3)); !errors.Is(err, fault.ErrShape) {
		t.Errorf("three columns of two: %v", err)
	}
}

func epochOf(t testing.TB, s Stream) (values []float64) {
	m := matrix.New[float64](2, len(s.Columns()))
	for {
		n, err := s.Next(m)
		if err == io.EOF {
			return values
		}
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, m.Data[:n*m.Cols]...)
	}
}

func TestShuffledRefusals(t *testing.T) {
	long := "a\n" + strings.Repeat("1\n", 200_000)
	for name, c := range map[string]struct {
		file, text string
		window     int
		want       string
	}{
		"packed":         {"a.csv.gz", packed(t, "a\n1\n"), 0, "packed or a pipe, which can be read in one order only; write it as a plain Parquet"},
		"archive":        {"a.npz", npzText(t, true, "a.npy", vector(1, 2)), 0, "an archive or a database"},
		"header only":    {"a.csv", "a\n\n", 0, "header but no rows"},
		"blank line":     {"a.csv", long + "\n" + "2\n", 0, "row 200001 (line 200002) is blank"},
		"open quote":     {"a.csv", "a\n1\n\"2\n", 0, "line 3 is never closed"},
		"text":           {"a.csv", long + "x\n", 0, `row 200001 (line 200002), column "a": "x" is not a number`},
		"ragged":         {"a.csv", long + "1,2\n", 0, "row 200001 (line 200002) has 2 cells"},
		"bad window":     {"a.csv", "a\n1\n", -1, "a window of -1 rows"},
		"infinite in it": {"a.npy", npyText(npyDict("<f8", false, 2, 1), elements("<f8", 1, math.Inf(1))), 0, `row 2, column "c0": +Inf`},
	} {
		s, err := OpenShuffled(file(t, c.file, c.text), Options{}, ShuffleOptions{Window: c.window})
		if err == nil {
			m := matrix.New[float64](100_000, 1)
			for err == nil {
				_, err = s.Next(m)
			}
			defer s.Close()
		}
		if !errors.Is(err, fault.ErrData) && !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %q has no %q", name, err, c.want)
		}
	}
}

// Parts are disjoint, have about the sizes asked for, and stay where rows are appended.
func TestParts(t *testing.T) {
	part, err := Parts(3, 0.1, 0.2)
	if err != nil {
		t.Fatal(err)
	}
	const n = 100_000
	var counts [3]int
	for row := range n {
		counts[part(row)]++
	}
	for p, want := range []float64{0.7, 0.2, 0.1} {
		if d := math.Abs(float64(counts[p])/n - want); d > 6*math.Sqrt(want*(1-want)/n) {
			t.Errorf("part %d has %d of %d rows", p, counts[p], n)
		}
	}
	if none, _ := Parts(3, 0, 0); none(17) != Training {
		t.Error("a row is held out although nothing should be")
	}
	if _, err := Parts(0, 0.5, 0.5); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("nothing left to train on: %v", err)
	}
}

package main

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"diffeo/data"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/recipe"
)

// streamOf is a streamed table of so many rows r, −r, with weights r mod 3.
func streamOf(t *testing.T, rows int) *rowStream {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.parquet")
	w, err := data.CreateTable(path, []string{"x", "y", "w"}, data.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	m := matrix.New[float64](rows, 3)
	for r := range rows {
		copy(m.Row(r), []float64{float64(r), -float64(r), float64(r % 3)})
	}
	if err := w.Write(m); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	stream, err := data.OpenShuffled(path, data.Options{}, data.ShuffleOptions{Seed: 5, Window: 40})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stream.Close() })
	columns, err := model.Columned([]string{"x", "y"}, data.Standardized(data.Standardization{Mean: []float64{0, 0}, Std: []float64{1, 1}}))
	if err != nil {
		t.Fatal(err)
	}
	f, err := model.New("maf", recipe.Config{Transforms: 1, Hidden: []int{4}}, columns[:1], columns[1:], model.Float32, 0)
	if err != nil {
		t.Fatal(err)
	}
	return &rowStream{stream: stream, model: f, name: path, columns: []string{"x", "y", "w"}, rows: rows, weighted: true, scale: 1, latest: -1}
}

// A batch is a function of its number, whatever was asked for before; a pass has no row twice, and data, condition and weight of a row stay together.
func TestStreamedBatches(t *testing.T) {
	const rows, size = 230, 20
	s := streamOf(t, rows)
	x, cond, w := matrix.New[float32](size, 1), matrix.New[float32](size, 1), make([]float32, size)
	batch := func(s *rowStream, n int) []float32 {
		if err := s.Batch(t.Context(), n, x, cond, w); err != nil {
			t.Fatal(err)
		}
		for i, v := range x.Data {
			if cond.Data[i] != -v || w[i] != float32(int(v)%3) {
				t.Fatalf("batch %d: x %v has the condition %v and the weight %v", n, v, cond.Data[i], w[i])
			}
		}
		return slices.Clone(x.Data)
	}
	var all [][]float32
	for n := range 3 * (rows / size) {
		all = append(all, batch(s, n))
	}
	each := rows / size
	for epoch := range 3 {
		seen := slices.Concat(all[epoch*each : (epoch+1)*each]...)
		slices.Sort(seen)
		if len(slices.Compact(seen)) != each*size {
			t.Errorf("pass %d has a row twice", epoch)
		}
	}
	if slices.Equal(all[0], all[each]) {
		t.Error("two passes have the same order")
	}
	other := streamOf(t, rows)
	for _, n := range []int{25, 3, 3, 0, 12, 11, 30} {
		if !slices.Equal(batch(other, n), all[n]) {
			t.Errorf("batch %d depends on what was asked for before", n)
		}
	}
	if want := "with x = "; !strings.Contains(s.Place(0), want) {
		t.Errorf("%s", s.Place(0))
	}
	s.rows = rows + size // as if the file had lost rows
	if err := s.Batch(t.Context(), rows/size, x, cond, w); err == nil || !strings.Contains(err.Error(), "it has changed since the first pass") {
		t.Errorf("%v", err)
	}
}

// Every row is held with the same probability, and with its own number.
func TestReservoir(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	const rows, most, trials = 30, 6, 4000
	counts := make([]int, rows)
	for k := range trials {
		r := reservoir{most: most, random: rand.NewPCG(seed, uint64(k))}
		for i := range rows {
			r.add([]float64{float64(i), 1}, i)
		}
		if len(r.rows) != most || len(r.values) != 2*most {
			t.Fatalf("%d rows, %d values", len(r.rows), len(r.values))
		}
		for j, i := range r.rows {
			if counts[i]++; r.values[2*j] != float64(i) {
				t.Fatalf("row %d is numbered %d", int(r.values[2*j]), i)
			}
		}
	}
	const p = float64(most) / rows
	for i, n := range counts {
		if d := float64(n) - trials*p; math.Abs(d) > 5.5*math.Sqrt(trials*p*(1-p)) {
			t.Errorf("row %d was held %d times of %d", i, n, trials)
		}
	}
}

func TestExtremes(t *testing.T) {
	var e extremes
	if _, rows := e.found(); len(rows) != 0 {
		t.Error("rows of nothing")
	}
	for i, row := range [][]float64{{3, 1}, {1, 2}, {7, 2.5}, {2, -1}} {
		e.add(row, 10+i)
	}
	values, rows := e.found() // x: least, greatest; y: least, greatest, not whole
	if !slices.Equal(rows, []int{11, 12, 13, 12, 12}) || !slices.Equal(values, []float64{1, 2, 7, 2.5, 2, -1, 7, 2.5, 7, 2.5}) {
		t.Errorf("%v %v", rows, values)
	}
}

// A column whose grid was given is held to that one.
func TestExtremesOfAGrid(t *testing.T) {
	spec, err := data.ParseSpec("integer:1,0.5")
	if err != nil {
		t.Fatal(err)
	}
	pre := preprocessing{given: map[string]data.Spec{"y": spec, "z": {}}}
	e := extremes{grids: pre.grids([]string{"x", "y", "z"})}
	for i, row := range [][]float64{{1, 0.5, 1}, {2, 2.5, 3}, {3, 1, 2.5}, {4, 1.5, 2}} {
		e.add(row, i)
	}
	if _, rows := e.found(); !slices.Equal(rows, []int{0, 3, 0, 1, 2, 0, 1, 2}) {
		t.Errorf("%v", rows)
	}
}

func TestProgressLine(t *testing.T) {
	if got := progressLine("scoring a", 500, 0.25, true, 10*time.Second); got != "scoring a: 500 rows, 25 %, about 30s left" {
		t.Error(got)
	}
	if got := progressLine("scoring a", 500, 0, false, time.Second); got != "scoring a: 500 rows" {
		t.Error(got)
	}
}

package cpu

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"diffeo/cpu/internal/simd"
)

// listed is the same cells one by one.
func listed(l loc) loc {
	each := make([]cell, l.n)
	for i := range each {
		each[i] = l.at(i)
	}
	l.list = &cells{each: each}
	return l
}

// drawLoc is n cells at equal steps, on the tile or in a buffer.
func drawLoc(t *rapid.T, n int) loc {
	l := loc{start: cell(rapid.IntRange(0, 50).Draw(t, "start")), step: cell(rapid.SampledFrom([]int{1, 2, 7}).Draw(t, "step")), n: n}
	if rapid.Bool().Draw(t, "shared") {
		l.start, l.step = sharedCell(rapid.IntRange(0, 3).Draw(t, "buffer"), int(l.start)), cell(rapid.SampledFrom([]int{0, -1, -3}).Draw(t, "shared step"))
	}
	return l
}

// A transposed matrix has the cells of its definition, once and twice over, and is a plain list where that is possible.
func TestTurned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(1, 6).Draw(t, "rows"), rapid.IntRange(1, 6).Draw(t, "cols")
		l := drawLoc(t, rows*cols)
		once, ok := l.turned(rows, cols)
		if !ok {
			t.Fatal("no transpose")
		}
		for i := range cols {
			for j := range rows {
				if once.at(i*rows+j) != l.at(j*cols+i) {
					t.Fatalf("element %d, %d is %d, want %d", i, j, once.at(i*rows+j), l.at(j*cols+i))
				}
			}
		}
		twice, ok := once.turned(cols, rows)
		if !ok || !sameCells(twice, l) || twice.list != nil {
			t.Fatalf("turned twice: %+v, want %+v", twice, l)
		}
		if _, ok := listed(once).turned(cols, rows); ok && rows > 1 && cols > 1 {
			t.Fatal("a list has no steps to turn")
		}
		if sameCells(once, l) != sameCells(listed(once), listed(l)) {
			t.Fatal("equality depends on how cells are written")
		}
		wantAt, wantRow, wantCol, wantOK := matrixOf(listed(once), cols, rows)
		at, row, col, ok := matrixOf(once, cols, rows)
		if ok != wantOK || at != wantAt || row != wantRow || col != wantCol {
			t.Fatalf("as a matrix %v %d %d %t, want %v %d %d %t", at, row, col, ok, wantAt, wantRow, wantCol, wantOK)
		}
	})
}

// Stretches are the same whether cells are known to be regular or come one by one.
func TestRunsOfRegularCells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := &emitter[float32]{k: simd.For[float32](), row: rapid.Bool().Draw(t, "row")}
		n, unit := rapid.SampledFrom([]int{1, 2, 9, chunk - 1, chunk, chunk + 1, 2*chunk + 5}).Draw(t, "n"), 1
		if e.row {
			unit = rapid.IntRange(1, 2).Draw(t, "unit")
		}
		dst, a, b := drawLoc(t, n), drawLoc(t, n), drawLoc(t, n)
		got, want := e.runs(unit, dst, a, b), e.runs(unit, listed(dst), listed(a), listed(b))
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%d stretches of %v, want %d of %v", len(got), got[:1], len(want), want[:1])
		}
	})
}

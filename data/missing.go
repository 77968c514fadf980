package data

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"diffeo/fault"
)

// Missing says what to do with rows that miss a value. A value is missing where a CSV cell is empty or one of NaN, NA, N/A, #N/A,
// null, none, missing and ? (capitals do not count), where a number of an npy or Parquet file is NaN, and where a Parquet value is
// null. Infinities are not missing but wrong: they are refused always.
type Missing int

const (
	// Refuse makes a missing value an error, which says where the first is and how many rows have one.
	Refuse Missing = iota
	// Drop leaves rows with a missing value out; Options.Report counts them.
	Drop
)

// String returns "refuse" or "drop".
func (m Missing) String() string {
	if m == Drop {
		return "drop"
	}
	return "refuse"
}

// ParseMissing reads "refuse" or "drop". Others are errors that wrap fault.ErrConfig.
func ParseMissing(s string) (Missing, error) {
	for _, m := range []Missing{Refuse, Drop} {
		if s == m.String() {
			return m, nil
		}
	}
	return Refuse, fmt.Errorf("%w: %q says nothing about missing values; say refuse, or drop to leave rows out that have one", fault.ErrConfig, s)
}

// missingWords are what programs write for no value. "-" and "." are not among them: they may be damaged numbers.
var missingWords = map[string]bool{"": true, "nan": true, "na": true, "n/a": true, "#n/a": true, "null": true, "none": true, "missing": true, "?": true}

// isMissing reports whether the text of a cell stands for no value.
func isMissing(cell []byte) bool {
	const longest = 7
	return len(cell) <= longest && missingWords[strings.ToLower(string(cell))]
}

// gaps finds the rows of one pass that miss a value. Cursors write NaN for a missing value; sift takes the rows out again.
type gaps struct {
	source  string
	columns []string
	policy  Missing
	report  *Report
	keep    func(row int) bool
	given   func(row int)
	row     int    // rows of the table gone through
	first   string // place and kind of the first missing value
	noted   string // the same of a value that a cursor knows more about than sift does
	hasty   bool   // the first is refused at once: nobody counts the rest
	counts  []int
}

func newGaps(source string, columns []string, o Options) *gaps {
	g := &gaps{source: source, columns: columns, policy: o.Missing, report: o.Report, keep: o.Keep, given: o.Given, counts: make([]int, len(columns))}
	if g.report == nil {
		g.report = &Report{}
	}
	g.restart()
	return g
}

// restart begins a pass.
func (g *gaps) restart() {
	g.row, g.first, g.noted = 0, "", ""
	clear(g.counts)
	g.report.Rows, g.report.Dropped, g.report.Missing = 0, 0, nil
}

// note keeps the place and kind of a missing value in a row (from 1), if it is the first; a cursor that knows more than the row calls it.
func (g *gaps) note(row int, describe func() string) {
	if g.noted == "" && g.keeps(row-1) {
		g.noted = describe()
	}
}

// keeps reports whether a row (from 0) is wanted.
func (g *gaps) keeps(row int) bool { return g.keep == nil || g.keep(row) }

// sift counts the rows of the batch from the given one on, and takes out those with a NaN. After the first one
// that is refused it takes out all: only their number is of interest then.
func (g *gaps) sift(batch *accumulator, from int) {
	n, keep := batch.rows(), from
	for r := from; r < n; r++ {
		row := batch.values[r*batch.cols : (r+1)*batch.cols]
		if g.row++; !g.keeps(g.row - 1) {
			continue
		}
		g.report.Rows++
		whole := true
		for j, v := range row {
			if v != v {
				whole = false
				g.missed(j)
			}
		}
		if !whole {
			g.report.Dropped++
		}
		if !whole || g.first != "" && g.policy == Refuse {
			continue
		}
		if keep != r {
			copy(batch.values[keep*batch.cols:], row)
		}
		keep++
		if g.given != nil {
			g.given(g.row - 1)
		}
	}
	batch.values = batch.values[:keep*batch.cols]
}

func (g *gaps) missed(j int) {
	g.counts[j]++
	if g.first != "" {
		return
	}
	g.first = g.noted
	if g.first == "" {
		g.first = fmt.Sprintf("%s: %v is not a finite number", place(g.row, 0, g.columns[j]), math.NaN())
	}
}

// end finishes a pass: it fills in the report, and returns the error of missing values that are refused. whole says
// whether the pass reached the end of the table.
func (g *gaps) end(whole bool) error {
	for j, n := range g.counts {
		if n > 0 {
			if g.report.Missing == nil {
				g.report.Missing = map[string]int{}
			}
			g.report.Missing[g.columns[j]] = n
		}
	}
	r := g.report
	switch {
	case g.first != "" && g.policy == Refuse && g.hasty:
		return problemf(g.source, "%s: the value is missing; %s", g.first, missingRemedy)
	case g.first != "" && g.policy == Refuse:
		read := "the"
		if !whole {
			read = "the first"
		}
		return problemf(g.source, "%s: the value is missing, as are values in %d of %s %s (%s); %s",
			g.first, r.Dropped, read, count(r.Rows, "row"), r.missing(), missingRemedy)
	case whole && r.Rows == 0 && g.row > 0:
		return problemf(g.source, "none of the %s is among those to keep; there are too few for a part of them", count(g.row, "row"))
	case r.Dropped > 0 && r.Dropped == r.Rows && whole:
		return problemf(g.source, "every one of the %s misses a value (%s), so that none is left; leave columns out that are hardly filled",
			count(r.Rows, "row"), r.missing())
	}
	return nil
}

const missingRemedy = "fill it in, correct the cell, leave the column out, or drop such rows (Missing: Drop; by the command --missing drop)"

// missing lists the columns that miss values, with the number of rows of each.
func (r *Report) missing() string {
	names := slices.SortedFunc(maps.Keys(r.Missing), func(a, b string) int {
		if d := r.Missing[b] - r.Missing[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%s: %d", name, r.Missing[name])
	}
	return listed(names)
}

// String says how many rows were dropped and why; "" where none was.
func (r *Report) String() string {
	if r.Dropped == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %s left out, as values are missing (%s)", r.Dropped, count(r.Rows, "row"), r.missing())
}

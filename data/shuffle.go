package data

import (
	"fmt"
	"io"
	"math/rand/v2"

	"diffeo/fault"
	"diffeo/matrix"
)

// Stream hands out the rows of a table for training, an epoch at a time, in an order of its own. It is not safe for
// concurrent use.
type Stream interface {
	// Columns returns the names of the columns.
	Columns() []string

	// Next copies the next rows of the epoch to the rows of dst, which has one column for each name, and returns how many:
	// dst.Rows until the epoch ends, then fewer, then 0 with io.EOF. After another error only Rewind goes on.
	Next(dst matrix.Matrix[float64]) (n int, err error)

	// Rewind begins the epoch with the given number. The order of its rows depends on the table, the seed and this number only,
	// so an epoch that was interrupted can be gone through again.
	Rewind(epoch uint64) error

	io.Closer
}

// ShuffleOptions say how rows are put in disorder.
type ShuffleOptions struct {
	Seed   uint64
	Window int // rows that are held in memory to draw from; 0: as many as fit into 64 MiB
}

const (
	windowBytes   = 64 << 20
	shuffleStream = 0x73687566666c65 // "shuffle": keeps the order apart from other uses of the seed
	shufflePiece  = 256              // rows that are taken from a block at once
)

// Shuffled streams a table that need not fit into memory in a random order. A table consists of blocks: the row groups of a Parquet
// file, pieces of about a MiB of an npy or a CSV file. An epoch goes through the blocks in random order, several side by side,
// into a window, from which rows are drawn at random. So every row occurs once in an epoch, and any two rows of the table
// can come together; but where a row group has more rows than the window, and the rows are sorted, batches are more alike than by
// a full shuffle: write shorter row groups then, or set a larger window. Memory is the window's and a few buffers of every block that is
// open.
//
// Rows that miss a value are dropped, or an error where the first one comes, by Options.Missing; Options.Keep leaves rows out.
type Shuffled struct {
	name    string
	close   func() error
	columns []string
	gaps    *gaps
	blocks  blocks
	firsts  []int // the number of the first row of each block, and at the end that of all rows
	options ShuffleOptions
	lanes   int

	rng    *rand.PCG
	order  []int // blocks that are still to be opened
	open   []lane
	window accumulator
	piece  accumulator
	err    error
}

// blocks are parts of a table that can be read in any order.
type blocks interface {
	sizes() []int // rows
	block(k int) cursor
}

// lane is a block that is being read.
type lane struct {
	cursor cursor
	row    int // of the table, that comes next
}

var _ Stream = (*Shuffled)(nil)

// OpenShuffled opens a table to be streamed in random order, and begins epoch 0. The file must be a plain one: Parquet, npy or CSV, not
// packed. A CSV file is gone through once, to find where its rows are. Errors are those of Open.
func OpenShuffled(path string, o Options, s ShuffleOptions) (*Shuffled, error) {
	if s.Window < 0 {
		return nil, fmt.Errorf("%w: a window of %d rows; give a number above 0, or 0 for one of 64 MiB", fault.ErrConfig, s.Window)
	}
	r, err := Open(path, o)
	if err != nil {
		return nil, err
	}
	t := &Shuffled{name: path, close: r.Close, columns: r.Columns(), options: s, gaps: newGaps(path, r.Columns(), o)}
	t.gaps.hasty = true
	if err := t.split(r); err != nil {
		r.Close()
		return nil, err
	}
	cols := len(t.columns)
	t.window.cols, t.piece.cols = cols, cols
	if t.options.Window == 0 {
		t.options.Window = max(windowBytes/(8*cols), 1)
	}
	t.options.Window = min(t.options.Window, t.Rows())
	if bytes := 8 * cols * t.options.Window; bytes <= windowBytes {
		t.window.values = make([]float64, 0, cols*t.options.Window) // growing would leave as much again to the collector
	}
	return t, t.Rewind(0)
}

// split finds the blocks of a table.
func (t *Shuffled) split(r Reader) error {
	const remedy = "which can be read in one order only; write it as a plain Parquet, npy or CSV file"
	t.lanes = 64 // each takes a buffer
	switch r := r.(type) {
	case *parquetReader:
		if err := r.readable(); err != nil {
			return err
		}
		t.blocks = r
		t.lanes = max(2, min(8, 32/len(t.columns))) // a column of a row group takes some MiB for its pages
	case *npyReader:
		if r.source.size < 0 {
			return problemf(t.name, "this is packed or a pipe, %s", remedy)
		}
		t.blocks = r
	case *csvReader:
		if r.source.size < 0 {
			return problemf(t.name, "this is packed or a pipe, %s", remedy)
		}
		r.gaps = t.gaps // cells tell it about missing values
		var err error
		if t.blocks, err = indexCSV(r); err != nil {
			return err
		}
	default:
		return problemf(t.name, "this is an archive or a database, %s", remedy)
	}
	total := 0
	for _, n := range t.blocks.sizes() {
		t.firsts = append(t.firsts, total)
		total += n
	}
	t.firsts = append(t.firsts, total)
	if total == 0 {
		return problemf(t.name, "there are no rows; a table needs at least one")
	}
	return nil
}

// Columns returns the names of the columns.
func (t *Shuffled) Columns() []string { return t.columns }

// Rows returns how many rows the table has. An epoch has fewer where some are dropped, or not kept.
func (t *Shuffled) Rows() int { return t.firsts[len(t.firsts)-1] }

// Close closes the file.
func (t *Shuffled) Close() error { return t.close() }

// Rewind begins an epoch.
func (t *Shuffled) Rewind(epoch uint64) error {
	t.rng = rand.NewPCG(mix(t.options.Seed^shuffleStream), mix(epoch))
	t.order = permutation(len(t.firsts)-1, t.rng)
	t.open, t.window.values, t.err = t.open[:0], t.window.values[:0], nil
	t.gaps.restart()
	return nil
}

// Next draws rows.
func (t *Shuffled) Next(dst matrix.Matrix[float64]) (n int, err error) {
	if dst.Cols != len(t.columns) {
		return 0, fmt.Errorf("%w: %s has %d columns, there is room for %d", fault.ErrShape, t.name, len(t.columns), dst.Cols)
	}
	if t.err != nil {
		return 0, t.err
	}
	cols := t.window.cols
	for ; n < dst.Rows; n++ {
		if rows := t.window.rows(); rows == 0 || rows <= t.options.Window-shufflePiece {
			if t.err = t.fill(); t.err != nil {
				return 0, t.err
			}
		}
		rows := t.window.rows()
		if rows == 0 {
			break
		}
		k := int(below(uint64(rows), t.rng))
		row := t.window.values[k*cols : (k+1)*cols]
		copy(dst.Row(n), row)
		copy(row, t.window.values[(rows-1)*cols:])
		t.window.drop()
	}
	if n == 0 && dst.Rows > 0 {
		return 0, t.finish()
	}
	return n, nil
}

// fill takes rows from open blocks until the window is full or the table is through.
func (t *Shuffled) fill() error {
	for t.window.rows() < t.options.Window {
		for len(t.open) < t.lanes && len(t.order) > 0 {
			k := t.order[0]
			t.order = t.order[1:]
			t.open = append(t.open, lane{t.blocks.block(k), t.firsts[k]})
		}
		if len(t.open) == 0 {
			return nil
		}
		i := int(below(uint64(len(t.open)), t.rng))
		l := &t.open[i]
		t.piece.values = t.piece.values[:0]
		err := l.cursor.read(&t.piece, min(shufflePiece, t.options.Window-t.window.rows()))
		t.gaps.row = l.row
		l.row += t.piece.rows()
		t.gaps.sift(&t.piece, 0)
		if t.gaps.first != "" && t.gaps.policy == Refuse {
			return t.gaps.end(false)
		}
		t.window.values = append(t.window.values, t.piece.values...)
		if err == io.EOF {
			t.open[i] = t.open[len(t.open)-1]
			t.open = t.open[:len(t.open)-1]
		} else if err != nil {
			return err
		}
	}
	return nil
}

// finish ends an epoch.
func (t *Shuffled) finish() error {
	if err := t.gaps.end(true); err != nil {
		return err
	}
	return io.EOF
}

// mix is the finalizer of SplitMix64 (Steele, Lea and Flood, 2014): numbers in a row become unrelated.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"diffeo/fault"
	"diffeo/matrix"
)

const (
	connectTimeout   = 30 * time.Second // where the address sets none
	farewell         = 2 * time.Second  // the longest that ending a query or a connection may take
	postgresRows     = "diffeo_rows"    // the prepared statement
	maxPostgresBytes = 16 << 20         // the longest message that is taken from the server: a row of numbers is far shorter
)

// postgresReader streams the rows of a query from PostgreSQL. The server sends rows as fast as they are taken, so memory is that
// of a batch. All passes see the same snapshot of the database, as they run in one read-only transaction, unless a pass
// was left before its end: that closes the connection, and the next pass opens another.
type postgresReader struct {
	ctx     context.Context
	name    string
	config  *pgconn.Config
	sql     string
	options Options
	columns []string
	gaps    *gaps

	conn   *pgconn.PgConn
	fields []pgconn.FieldDescription // of columns
	values []postgresValue           // of columns
}

func openPostgres(path string, o Options) (Reader, error) {
	a, err := parseAddress(path)
	if err != nil {
		return nil, err
	}
	sql, err := a.statement(o.Query)
	if err != nil {
		return nil, err
	}
	config, err := pgconn.ParseConfig(a.connection)
	if err != nil {
		// What the driver says may quote the address; the cause, which names the wrong parameter, does not.
		why := "a parameter of the address, or a variable of the environment (PGSSLMODE, PGSERVICE, …), is wrong"
		if cause := errors.Unwrap(err); cause != nil {
			why += ": " + driverText(cause)
		}
		return nil, fmt.Errorf("%w: %s: %s", fault.ErrConfig, a.name, why)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "diffeo"
	}
	config.MaxProtocolMessageBodyLen = maxPostgresBytes
	r := &postgresReader{ctx: o.Context, name: a.name, config: config, sql: sql, options: o}
	if r.ctx == nil {
		r.ctx = context.Background()
	}
	if err := r.connect(); err != nil {
		_ = r.Close() // the error is the opening's
		return nil, err
	}
	return r, nil
}

// Columns returns the names of the columns that are read.
func (r *postgresReader) Columns() []string { return r.columns }

// Close ends the transaction and the connection.
func (r *postgresReader) Close() error {
	if r.conn == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	conn := r.conn
	r.conn = nil
	return conn.Close(ctx)
}

// connect opens the transaction and prepares the query, with the columns that are asked for.
func (r *postgresReader) connect() error {
	conn, err := pgconn.ConnectConfig(r.ctx, r.config)
	if err != nil {
		return r.problem(err, func() error { return connectProblem(r.name, r.config, err) })
	}
	r.conn = conn
	if err := r.conn.Exec(r.ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").Close(); err != nil {
		return r.problem(err, func() error { return queryProblem(r.name, err) })
	}
	fields, err := r.describe("", r.sql)
	if err != nil {
		return err
	}
	all := make([]string, len(fields))
	for i, f := range fields {
		all[i] = f.Name
		if k := slices.Index(all[:i], f.Name); k >= 0 {
			return problemf(r.name, "columns %d and %d are both named %q; rename one in the query (… AS other)", k+1, i+1, f.Name)
		}
	}
	if r.columns == nil {
		if r.columns, _, err = choose(r.name, all, r.options); err != nil {
			return err
		}
		r.gaps = newGaps(r.name, r.columns, r.options)
	} else if _, err := Match(r.name, all, r.columns); err != nil {
		return err // the table is another one than in the first pass
	}
	sql := r.sql
	if !slices.Equal(r.columns, all) {
		sql = project(sql, r.columns)
	}
	if r.fields, err = r.describe(postgresRows, sql); err != nil {
		return err
	}
	if len(r.fields) != len(r.columns) {
		return problemf(r.name, "the table changed while it was read")
	}
	r.values = make([]postgresValue, len(r.fields))
	for i, f := range r.fields {
		r.values[i] = postgresValues[f.DataTypeOID]
	}
	return nil
}

// describe prepares a statement and returns its columns.
func (r *postgresReader) describe(name, sql string) ([]pgconn.FieldDescription, error) {
	s, err := r.conn.Prepare(r.ctx, name, sql, nil)
	switch {
	case err != nil:
		return nil, r.problem(err, func() error { return queryProblem(r.name, err) })
	case len(s.ParamOIDs) > 0:
		return nil, problemf(r.name, "the query has parameters ($1, …), which nothing fills in; write the values into it")
	case len(s.Fields) == 0:
		return nil, problemf(r.name, "the query gives no columns; give a SELECT with the columns that are wanted")
	}
	return s.Fields, nil
}

// problem is the reader's own description of an error of the driver, or the context's error where that ended.
func (r *postgresReader) problem(err error, describe func() error) error {
	if r.ctx.Err() != nil {
		return fmt.Errorf("%s: reading was stopped: %w", r.name, r.ctx.Err())
	}
	return describe()
}

// Batches runs the query and yields its rows.
func (r *postgresReader) Batches(rows int) iter.Seq2[matrix.Matrix[float64], error] {
	if rows <= 0 {
		rows = DefaultBatch
	}
	return func(yield func(matrix.Matrix[float64], error) bool) {
		if err := r.ready(); err != nil {
			yield(matrix.Matrix[float64]{}, err)
			return
		}
		ctx, cancel := context.WithCancel(r.ctx)
		c := &postgresCursor{reader: r, result: r.conn.ExecPrepared(ctx, postgresRows, nil, nil, []int16{1})} // 1: all columns in binary
		defer func() {
			cancel()
			if !c.whole {
				r.abandon(c.result)
			}
		}()
		stream(c, rows, r.gaps, yield)
	}
}

// ready makes sure that there is a connection, and that numbers will come.
func (r *postgresReader) ready() error {
	if r.conn == nil {
		if err := r.connect(); err != nil {
			_ = r.Close() // the error is the connecting's
			return err
		}
	}
	return r.checkTypes()
}

// postgresCursor goes through the rows of one run of the query.
type postgresCursor struct {
	reader *postgresReader
	result *pgconn.ResultReader
	done   int  // rows that came
	whole  bool // the last one was among them
}

func (c *postgresCursor) read(batch *accumulator, rows int) error {
	r := c.reader
	for n := batch.rows(); n < rows; n++ {
		if !c.result.NextRow() {
			if _, err := c.result.Close(); err != nil {
				return r.problem(err, func() error { return brokenProblem(r.name, c.done, r.conn.IsClosed(), err) })
			}
			if c.whole = true; c.done == 0 {
				return problemf(r.name, "the query gives no rows; a table needs at least one")
			}
			return io.EOF
		}
		c.done++
		if err := c.row(c.result.Values(), batch.next()); err != nil {
			batch.drop()
			return err
		}
	}
	return nil
}

// row reads one row.
func (c *postgresCursor) row(values [][]byte, row []float64) error {
	r := c.reader
	if len(values) != len(row) {
		return problemf(r.name, "row %d has %s, the table has %s; the server, or something before it, is broken", c.done, count(len(values), "value"), count(len(row), "column"))
	}
	for i, b := range values {
		if b == nil {
			row[i] = math.NaN()
			r.gaps.note(c.done, func() string { return place(c.done, 0, r.columns[i]) + ": it is NULL" })
			continue
		}
		v, err := r.values[i](b)
		if err != nil && !math.IsNaN(v) {
			shown := "the value "
			if err == errNotFinite {
				shown = strconv.FormatFloat(v, 'g', -1, 64) + " "
			}
			return problemf(r.name, "%s: %s%v; correct the cell, drop the row, or leave the column out", place(c.done, 0, r.columns[i]), shown, err)
		}
		row[i] = v // NaN is a missing value, as in a file
	}
	return nil
}

// checkTypes reports columns that are no numbers. It is not done on opening, so that the columns of any table can be listed.
func (r *postgresReader) checkTypes() error {
	for i, f := range r.fields {
		if r.values[i] != nil {
			continue
		}
		typ := fmt.Sprint("number ", f.DataTypeOID)
		named := r.conn.ExecParams(r.ctx, "SELECT format_type($1::oid, $2::int4)", [][]byte{
			strconv.AppendUint(nil, uint64(f.DataTypeOID), 10), strconv.AppendInt(nil, int64(f.TypeModifier), 10),
		}, nil, nil, nil).Read()
		if named.Err == nil && len(named.Rows) == 1 {
			typ = string(named.Rows[0][0])
		}
		return problemf(r.name, "column %q is of type %s, which is no number; %s, or leave the column out", f.Name, typ, typeRemedy(f.Name, typ))
	}
	return nil
}

// abandon ends a query before its last row, whose context is cancelled: the driver tells the server and closes the connection. That is
// waited for, as the program may end next, and the server would work on.
func (r *postgresReader) abandon(result *pgconn.ResultReader) {
	conn := r.conn
	r.conn = nil
	_, _ = result.Close() // says that it was cancelled
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	_ = conn.Close(ctx) // nothing was written
	select {
	case <-conn.CleanupDone():
	case <-ctx.Done():
	}
}

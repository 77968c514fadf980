package data

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"go.uber.org/goleak"

	"diffeo/fault"
	"diffeo/internal/pgtest"
	"diffeo/matrix"
)

// stopped is a context that has ended: what comes before a connection still happens.
func stopped(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// All tests that need a server share one.
func TestPostgres(t *testing.T) {
	s := pgtest.Start(t)
	s.Exec(`
		CREATE TABLE galaxies (id int PRIMARY KEY, name text, "Mag, r" float4, z float8, mass numeric(12,3), near bool, seen timestamptz, small smallint, far bigint);
		INSERT INTO galaxies SELECT i, 'g' || i, i / 7::float4, sqrt(i), i * 1.001, i % 2 = 0, now(), -i, i * 10000000000 FROM generate_series(1, 1000) i;
		CREATE TABLE gaps (a float8, b float8);
		INSERT INTO gaps VALUES (1, 2), (3, NULL), ('NaN', 4), (5, 6);
		CREATE TABLE odd (a float8, d date, t text[], m money, p point, v varchar(10));
		CREATE TABLE nothing (a int);
		CREATE SCHEMA other; CREATE TABLE other."Two" (a int); INSERT INTO other."Two" VALUES (1), (2);
		CREATE ROLE guest LOGIN PASSWORD 'x'`)
	t.Run("types", func(t *testing.T) { postgresTypes(t, s) })
	t.Run("numbers", func(t *testing.T) { postgresNumbers(t, s) })
	t.Run("projection", func(t *testing.T) { postgresProjection(t, s) })
	t.Run("missing", func(t *testing.T) { postgresMissing(t, s) })
	t.Run("bad", func(t *testing.T) { postgresBad(t, s) })
	t.Run("no connection", func(t *testing.T) { postgresNoConnection(t, s) })
	t.Run("passes", func(t *testing.T) { postgresPasses(t, s) })
	t.Run("bounded", func(t *testing.T) { postgresBounded(t, s) })
	t.Run("killed", func(t *testing.T) { postgresKilled(t, s) })
	t.Run("stopped", func(t *testing.T) { postgresStopped(t, s) })
	t.Run("read only", func(t *testing.T) { postgresReadOnly(t, s) })
}

// Every type of number arrives as what it is.
func postgresTypes(t *testing.T, s *pgtest.Server) {
	table := read(t, s.URL(), Options{Query: `SELECT "Mag, r", z, mass, near, small, far, id FROM galaxies ORDER BY id -- all but text`})
	if table.Source != s.Name() || table.Values.Rows != 1000 || strings.Join(table.Columns, ";") != "Mag, r;z;mass;near;small;far;id" {
		t.Fatalf("%s: %d rows of %q", table.Source, table.Values.Rows, table.Columns)
	}
	for i := range 1000 {
		id := float64(i + 1)
		mass, _ := strconv.ParseFloat(fmt.Sprintf("%d.%03d", i+1, i+1), 64) // i·1.001
		if i == 999 {
			mass = 1001
		}
		want := []float64{float64(float32(id) / 7), math.Sqrt(id), mass, float64((i+1)%2 ^ 1), -id, id * 1e10, id}
		for j, v := range table.Values.Row(i) {
			if v != want[j] {
				t.Fatalf("row %d, column %q: %v, want %v", i+1, table.Columns[j], v, want[j])
			}
		}
	}
	whole := read(t, s.URL("table=other.Two"), Options{})
	if whole.Values.Rows != 2 || whole.Source != s.Name()+"?table=other.Two" {
		t.Errorf("%s: %d rows", whole.Source, whole.Values.Rows)
	}
}

// A numeric is the float64 next to its decimal digits, however many those are.
func postgresNumbers(t *testing.T, s *pgtest.Server) {
	for _, text := range []string{
		"0", "0.000", "-0.1", "1", "10000", "9999.9999", "123456789.000000001", "0.00000000000000000001", "1e-300", "-1e300", "4.9e-324", "1e-400",
		"9007199254740993", "179769313486231570814527423731704356798070e267", "3.14159265358979323846264338327950288", "12345678901234567890123456789",
	} {
		table := read(t, s.URL(), Options{Query: "SELECT '" + text + "'::numeric AS x, '" + text + "'::numeric::text::numeric * 1 AS y"})
		want, _ := strconv.ParseFloat(text, 64)
		if row := table.Values.Row(0); row[0] != want || row[1] != want {
			t.Errorf("%s: %v, want %v", text, row, want)
		}
	}
	table := read(t, s.URL(), Options{Query: "SELECT '-9223372036854775808'::int8 a, 2147483647::int4 b, '-32768'::int2 c, '1.4e-45'::float4 d, true e"})
	for j, want := range []float64{-9223372036854775808, 2147483647, -32768, math.SmallestNonzeroFloat32, 1} {
		if table.Values.Row(0)[j] != want {
			t.Errorf("column %s: %v, want %v", table.Columns[j], table.Values.Row(0)[j], want)
		}
	}
}

// Columns that are not asked for may be of any type; the others come in the order asked for, the rows in the query's.
func postgresProjection(t *testing.T, s *pgtest.Server) {
	var report Report
	for _, o := range []Options{
		{Query: "SELECT * FROM galaxies ORDER BY id DESC; "},
		{Query: "SELECT * FROM galaxies ORDER BY id DESC -- newest first"},
		{Query: "WITH g AS (SELECT * FROM galaxies) TABLE g ORDER BY id DESC"},
	} {
		o.Columns, o.Report = []string{"z", "Mag, r", "id"}, &report
		table := read(t, s.URL(), o)
		if row := table.Values.Row(0); table.Values.Cols != 3 || row[2] != 1000 || row[0] != math.Sqrt(1000) || table.Values.Row(999)[2] != 1 {
			t.Errorf("%s: %v …", o.Query, row)
		}
		if len(report.Unused) != 6 || report.Unused[0] != "name" || report.Rows != 1000 {
			t.Errorf("%+v", report)
		}
	}
	r, err := Open(s.URL("table=galaxies"), Options{})
	if err != nil {
		t.Fatal(err) // text is no obstacle to listing the columns
	}
	defer r.Close()
	if len(r.Columns()) != 9 {
		t.Errorf("columns %q", r.Columns())
	}
}

func postgresMissing(t *testing.T, s *pgtest.Server) {
	_, err := ReadTable(s.URL("table=gaps"), Options{})
	expect(t, err, fault.ErrData, s.Name()+`?table=gaps: row 2, column "b": it is NULL: the value is missing, as are values in 2 of the 4 rows`)
	var report Report
	table := read(t, s.URL("table=gaps"), Options{Missing: Drop, Report: &report})
	if table.Values.Rows != 2 || table.Values.Row(1)[1] != 6 || report.Dropped != 2 {
		t.Errorf("%v, %+v", table.Values, report)
	}
}

func postgresBad(t *testing.T, s *pgtest.Server) {
	for _, test := range []struct {
		query   string
		columns []string
		sort    error
		want    string
	}{
		{"SELECT id, name FROM galaxies", nil, fault.ErrData, `column "name" is of type text, which is no number; if it holds numbers, cast it in a query (CAST("name" AS numeric) AS …), or leave the column out`},
		{"SELECT v FROM odd", nil, fault.ErrData, `column "v" is of type character varying(10), which is no number`},
		{"SELECT seen FROM galaxies", nil, fault.ErrData, `type timestamp with time zone, which is no number; turn it into seconds in a query (extract(epoch FROM "seen")`},
		{"SELECT a, d FROM odd", nil, fault.ErrData, `column "d" is of type date`},
		{"SELECT t FROM odd", nil, fault.ErrData, `type text[], which is no number; take its elements one by one in a query ("t"[1] AS …)`},
		{"SELECT m FROM odd", nil, fault.ErrData, `type money`},
		{"SELECT a, p FROM odd", []string{"p"}, fault.ErrData, `type point, which is no number; turn it into a number in a query`},
		{"SELECT id FROM galaxies", []string{"ID"}, fault.ErrData, `there is no column "ID"; did you mean "id"?`},
		{"SELECT id FROM galaxies", []string{}, fault.ErrData, `no column is asked for`},
		{"SELECT 1 AS a, 2 AS a", nil, fault.ErrData, `columns 1 and 2 are both named "a"; rename one in the query`},
		{"SELECT a FROM nothing", nil, fault.ErrData, `the query gives no rows`},
		{"SELECT * FROM nowhere", nil, fault.ErrData, `the server refuses the query: relation "nowhere" does not exist [42P01], at character 15`},
		{"SELEKT 1", nil, fault.ErrData, `syntax error at or near "SELEKT"`},
		{"SELECT 1; SELECT 2", nil, fault.ErrData, `cannot insert multiple commands`},
		{"SELECT $1::int AS a", nil, fault.ErrData, `the query has parameters ($1, …)`},
		{"COMMIT", nil, fault.ErrData, `the query gives no columns`},
		{"SELECT 'Infinity'::float8 AS a", nil, fault.ErrData, `row 1, column "a": +Inf is not a finite number`},
		{"SELECT CASE i WHEN 3 THEN '1e400'::numeric ELSE 1 END AS a FROM generate_series(1, 4) i", nil, fault.ErrData, `row 3, column "a": the value is beyond the range of float64`},
		{"SELECT 1 / (3 - i) AS a FROM generate_series(1, 4) i", nil, fault.ErrData, `the query failed after 2 rows: division by zero [22012]`},
		{"", nil, fault.ErrConfig, `which rows? Add ?table=NAME to the address, or give a query`},
	} {
		_, err := ReadTable(s.URL(), Options{Query: test.query, Columns: test.columns})
		expect(t, err, test.sort, s.Name()+": ")
		expect(t, err, test.sort, test.want)
	}
}

func postgresNoConnection(t *testing.T, s *pgtest.Server) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // a server that never says anything
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := dead.Addr().String()
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		strings.Replace(s.URL("table=galaxies"), pgtest.User, "nobody", 1):                `the server does not let user "nobody" in: password authentication failed`,
		strings.Replace(s.URL("table=galaxies"), "hunter2", "wrong", 1):                   `check the user, and the password in PGPASSWORD`,
		strings.Replace(s.URL("table=galaxies"), "/postgres?", "/nowhere?", 1):            `database "nowhere" does not exist [3D000]; check the end of the address`,
		strings.Replace(s.URL("table=galaxies"), "sslmode=disable", "sslmode=require", 1): "does not encrypt connections, and the address asks for it",
		s.URL("table=galaxies", "colour=red"):                                             `the server refuses the connection: unrecognized configuration parameter "colour"`,
		"postgres://ada:hunter2@" + closed + "/db?table=t":                                "no server listens on 127.0.0.1, port",
		"postgres://ada:hunter2@" + l.Addr().String() + "/db?table=t&connect_timeout=1":   "does not answer within 1s",
		"postgres://ada:hunter2@host.invalid/db?table=t":                                  `the host "host.invalid" is not known`,
	} {
		_, err := ReadTable(path, Options{})
		expect(t, err, fault.ErrData, want)
		if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "\n")) {
			t.Errorf("a password or a line break in %q", err)
		}
	}
	_, err = ReadTable("postgres://ada:hunter2@host/db?sslmode=perhaps&table=t", Options{})
	expect(t, err, fault.ErrConfig, "sslmode is invalid")
	guest := strings.Replace(s.URL("table=galaxies"), pgtest.User+":"+"s3cret%2F%40%23hunter2", "guest:x", 1)
	_, err = ReadTable(guest, Options{Columns: []string{"z"}})
	expect(t, err, fault.ErrData, "permission denied for table galaxies [42501]; the user needs the right to read it (GRANT SELECT)")
}

// Passes over one reader see one snapshot; a pass that was left early costs a connection, no more.
func postgresPasses(t *testing.T, s *pgtest.Server) {
	s.Exec("CREATE TABLE growing AS SELECT i FROM generate_series(1, 10) i")
	r, err := Open(s.URL("table=growing"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for pass := range 3 {
		if n := rowsOf(t, r.Batches(3)); n != 10 {
			t.Errorf("pass %d: %d rows", pass, n)
		}
		s.Exec("INSERT INTO growing VALUES (99)")
	}
	for batch, err := range r.Batches(4) {
		if err != nil || batch.Rows != 4 {
			t.Errorf("%d rows, %v", batch.Rows, err)
		}
		break
	}
	if n := rowsOf(t, r.Batches(0)); n != 13 {
		t.Errorf("a new connection reads %d rows, want those of now, 13", n)
	}
}

func rowsOf(t *testing.T, batches func(func(matrix.Matrix[float64], error) bool)) (n int) {
	t.Helper()
	for batch, err := range batches {
		if err != nil {
			t.Fatal(err)
		}
		n += batch.Rows
	}
	return n
}

// A million rows of 20 MB pass through in little memory; a row allocates nothing.
func postgresBounded(t *testing.T, s *pgtest.Server) {
	const rows = 1_000_000
	r, err := Open(s.URL(), Options{Query: fmt.Sprintf("SELECT generate_series(1, %d) AS i, 1.25::float8 AS x, 2.5::numeric AS y", rows)})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	sum, n := 0.0, 0
	for batch, err := range r.Batches(1000) {
		if err != nil {
			t.Fatal(err)
		}
		for i := range batch.Rows {
			sum += batch.Row(i)[0]
		}
		n += batch.Rows
	}
	runtime.ReadMemStats(&now)
	if total := now.TotalAlloc - before.TotalAlloc; n != rows || sum != rows*(rows+1)/2 || total > 4<<20 {
		t.Errorf("%d rows with sum %v, %d KiB allocated; want at most 4096", n, sum, total>>10)
	}
}

// A connection that is killed while rows come ends in an error that says so, and how far it got.
func postgresKilled(t *testing.T, s *pgtest.Server) {
	r, err := Open(s.URL("application_name=victim"), Options{Query: "SELECT generate_series(1, 1000000000) AS i"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n, failed := 0, error(nil)
	for batch, err := range r.Batches(1000) {
		if failed = err; err != nil {
			break
		}
		if n == 0 && s.Terminate("victim") != 1 {
			t.Error("nothing was terminated")
		}
		n += batch.Rows
	}
	expect(t, failed, fault.ErrData, "the connection broke after ")
	expect(t, failed, fault.ErrData, "the table was not read to its end: run it again")
	if n == 0 {
		t.Error("the first rows did not come")
	}
	if server, ok := errors.AsType[*pgconn.PgError](failed); ok && server.Code != "57P01" {
		t.Errorf("code %s", server.Code)
	}
	t.Log(failed)
	if _, err := ReadTable(s.URL("table=galaxies"), Options{Columns: []string{"z"}}); err != nil {
		t.Error(err)
	}
}

// An end of the context ends the query on the server as well, also one that sends nothing, and leaves no goroutine.
func postgresStopped(t *testing.T, s *pgtest.Server) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ctx, cancel := context.WithCancel(t.Context())
	r, err := Open(s.URL("application_name=sleeper"), Options{Query: "SELECT 1 AS a FROM pg_sleep(3600)", Context: ctx})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	const active = "SELECT pid FROM pg_stat_activity WHERE application_name = 'sleeper' AND state = 'active'"
	go func() {
		for range 600 {
			if len(s.Exec(active)) > 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
	}()
	for _, err := range r.Batches(0) {
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "reading was stopped") {
			t.Errorf("%v", err)
		}
	}
	for range 600 {
		if len(s.Exec("SELECT pid FROM pg_stat_activity WHERE application_name = 'sleeper'")) == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the server still works on the query")
}

// A query that writes is refused, and writes nothing.
func postgresReadOnly(t *testing.T, s *pgtest.Server) {
	_, err := ReadTable(s.URL(), Options{Query: "INSERT INTO nothing VALUES (1) RETURNING a"})
	expect(t, err, fault.ErrData, "cannot execute INSERT in a read-only transaction")
	if n := s.Exec("SELECT count(*) FROM nothing")[0]; n != "0" {
		t.Errorf("%s rows were written", n)
	}
}

// expect checks an error's sort and a part of its text.
func expect(t *testing.T, err, sort error, text string) {
	t.Helper()
	if err == nil || !errors.Is(err, sort) || !strings.Contains(err.Error(), text) {
		t.Errorf("%v\nwant %v: … %s", err, sort, text)
	}
}

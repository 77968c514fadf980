package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"diffeo/internal/pgtest"
)

// The scripts run the command line against a PostgreSQL server. Beside testscript's own commands, and fails, clean, rows of TestScripts, they have
//
//	secret           the password is in nothing that the last command wrote
//	nowhere FILE…    nor is it in these files
//	terminate NAME   ends the connection of an application that runs a query, once a temporary file is there, or "now"
//
// and in the environment URL, the server's address with the password, SAFE, the same as messages show it, and the password in
// PGPASSWORD for PLAIN, the address without it. The database has the table rows of TestScripts with a key and a text column.
func TestPostgresScripts(t *testing.T) {
	s := pgtest.Start(t)
	var insert strings.Builder
	for i, line := range strings.Split(strings.TrimSpace(exampleTable()), "\n")[1:] {
		fmt.Fprintf(&insert, "INSERT INTO rows VALUES (%d, 'row %d', %s);\n", i, i, line)
	}
	s.Exec("CREATE TABLE rows (id int PRIMARY KEY, label text, x float8, y float4, z numeric(10,4));\n" + insert.String())
	secret := func(ts *testscript.TestScript, text string) {
		if strings.Contains(text, "hunter2") || strings.Contains(text, "s3cret") {
			ts.Fatalf("the password is in %s", text)
		}
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "postgres"),
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"fails": fails, "clean": clean, "rows": countRows,
			"secret": func(ts *testscript.TestScript, _ bool, _ []string) {
				secret(ts, ts.ReadFile("stdout"))
				secret(ts, ts.ReadFile("stderr"))
			},
			"nowhere": func(ts *testscript.TestScript, _ bool, files []string) {
				for _, name := range files {
					secret(ts, ts.ReadFile(name))
				}
			},
			"terminate": func(ts *testscript.TestScript, _ bool, args []string) {
				for range 3000 {
					if started, _ := filepath.Glob(ts.MkAbs(".*.tmp")); (len(started) > 0 || len(args) > 1) && s.Terminate(args[0]) > 0 {
						return
					}
					time.Sleep(10 * time.Millisecond)
				}
				ts.Fatalf("%s never ran a query", args[0])
			},
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("URL", s.URL())
			e.Setenv("SAFE", s.Name())
			e.Setenv("PLAIN", s.Name()+"?sslmode=disable")
			e.Setenv("PGPASSWORD", pgtest.Password)
			return nil
		},
	})
}

package main

import (
	"context"

	"github.com/spf13/pflag"

	"diffeo/data"
)

// databaseHelp is a part of the help of the commands that read tables.
const databaseHelp = `A table may also be the rows of a PostgreSQL query: its name is then an address, postgres://USER@HOST:PORT/DATABASE, with ?table=NAME
for a whole table or with --query "SELECT …". Give the password by PGPASSWORD or ~/.pgpass. See docs/data.md.`

// unorderedNote is said where a fit depends on an order that the database is free to change.
const unorderedNote = "note: %s: the query has no ORDER BY, so the database may give the rows in another order each time; the same seed then gives another " +
	"split and another model. Order by a unique column where that matters\n"

const queryUsage = "SELECT whose rows are the table, where TABLE is the address of a database (postgres://…)"

// queries are fit's statements for its three tables.
type queries struct{ table, val, test string }

func (q *queries) flags(flags *pflag.FlagSet) {
	flags.StringVar(&q.table, "query", "", queryUsage)
	flags.StringVar(&q.val, "val-query", "", "the same for --val, by default in the database of TABLE")
	flags.StringVar(&q.test, "test-query", "", "the same for --test, by default in the database of TABLE")
}

// completeQueries names the database of the tables that only have a query.
func (f *fit) completeQueries() {
	for _, side := range []struct {
		query string
		file  *string
	}{{f.queries.val, &f.val}, {f.queries.test, &f.test}} {
		if side.query != "" && *side.file == "" {
			*side.file = f.table
		}
	}
}

// options say how one of fit's tables is read.
func (f *fit) options(ctx context.Context, query string, columns []string) data.Options {
	return data.Options{Columns: columns, Query: query, Context: ctx}
}

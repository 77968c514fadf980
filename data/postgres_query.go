package data

import (
	"fmt"
	"regexp"
	"strings"

	"diffeo/fault"
)

// statement is the SQL whose rows are the table: that of the options or of the address, or all of the table that the address names.
func (a address) statement(query string) (string, error) {
	given := 0
	for _, s := range []string{query, a.table, a.query} {
		if s != "" {
			given++
		}
	}
	switch {
	case given == 0:
		return "", fmt.Errorf("%w: %s: which rows? Add ?table=NAME to the address, or give a query (Options.Query, on the command line --query)", fault.ErrConfig, a.name)
	case given > 1:
		return "", fmt.Errorf("%w: %s: rows are asked for twice; give one of a query, ?table= and ?query= in the address", fault.ErrConfig, a.name)
	case a.table != "":
		return "SELECT * FROM " + quotedName(strings.Split(a.table, ".")...), nil
	}
	sql := strings.TrimRight(query+a.query, "; \t\r\n") // the semicolon would end the statement inside a larger one
	if sql == "" {
		return "", fmt.Errorf("%w: %s: the query is empty", fault.ErrConfig, a.name)
	}
	return sql, nil
}

// quotedName writes an identifier, qualified where it has more parts, exactly as it is.
func quotedName(parts ...string) string {
	for i, p := range parts {
		parts[i] = `"` + strings.ReplaceAll(p, `"`, `""`) + `"`
	}
	return strings.Join(parts, ".")
}

// project is the statement with some of its columns. The line break ends a comment. A sorted subquery keeps its order, as
// nothing around it joins, groups or sorts.
func project(sql string, columns []string) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = quotedName(c)
	}
	return "SELECT " + strings.Join(names, ", ") + " FROM (\n" + sql + "\n) AS diffeo_rows"
}

// Unordered reports that a table comes from a database in an order that nobody fixed: it is named by ?table=, or its query has no
// ORDER BY of its own (one in a subquery or a window says nothing about the result). What depends on the order of rows, a random
// split above all, is then not reproducible. For files it is false.
func Unordered(path string, o Options) bool {
	if !IsDatabase(path) {
		return false
	}
	a, err := parseAddress(path)
	if err != nil {
		return false
	}
	sql, err := a.statement(o.Query)
	return err == nil && !ordered(sql)
}

// sqlToken finds strings, quoted names and comments, to be skipped, and of the SQL outside them what ordered looks at.
var sqlToken = regexp.MustCompile(`(?is)--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\$.*?\$\$|[()]|\border\s+by\b`)

// ordered finds ORDER BY outside parentheses.
func ordered(sql string) bool {
	depth := 0
	for _, token := range sqlToken.FindAllString(sql, -1) {
		switch token[0] {
		case '(':
			depth++
		case ')':
			depth--
		case 'o', 'O':
			if depth == 0 {
				return true
			}
		}
	}
	return false
}

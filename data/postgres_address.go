package data

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"diffeo/fault"
)

// address is a database's address taken apart: postgres://user@host:port/database?parameter=value&….
type address struct {
	name         string // for messages: without password and parameters
	connection   string // for the driver: with them, but without table and query
	table, query string // what this package takes out of the parameters
}

// IsDatabase reports whether the name of a table is the address of a database: postgres://… or postgresql://….
func IsDatabase(path string) bool {
	scheme, _, ok := strings.Cut(path, "://")
	return ok && (strings.EqualFold(scheme, "postgres") || strings.EqualFold(scheme, "postgresql"))
}

// SourceName is the name of a table as messages may show it: a path as it is, the address of a database without its password and
// its parameters.
func SourceName(path string) string {
	if !IsDatabase(path) {
		return path
	}
	a, err := parseAddress(path)
	if err != nil {
		return "postgres://…"
	}
	return a.name
}

var otherScheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+://`)

// onlyDatabase reports what makes sense for a database only, asked of something that is none.
func onlyDatabase(path string, o Options) error {
	scheme := otherScheme.FindString(path)
	switch {
	case scheme != "":
		return fmt.Errorf("%w: tables are read from files and from postgres:// addresses, not from %s; save the table as a file", fault.ErrConfig, scheme)
	case o.Query != "":
		return fmt.Errorf("%w: %s is a file; a query is for a database, whose address begins with postgres://", fault.ErrConfig, path)
	}
	return nil
}

var (
	passwordInAddress   = regexp.MustCompile(`(?i)(postgres(?:ql)?://[^\s:/@"]*):[^\s"]*@`)
	passwordInParameter = regexp.MustCompile(`(?i)([?&](?:ssl)?password=)[^&\s"]*`)
)

// Redact takes the passwords out of every address of a database in a text. It is a second line of defence: what this package
// reports holds none.
func Redact(text string) string {
	text = passwordInAddress.ReplaceAllString(text, "$1@")
	return passwordInParameter.ReplaceAllString(text, "${1}…")
}

// parseAddress takes an address apart. What an error says never quotes it: where it is malformed, any piece of it may be a
// password in the wrong place.
func parseAddress(path string) (a address, err error) {
	u, err := url.Parse(path)
	if err != nil || u.Opaque != "" || u.Fragment != "" || strings.Contains(u.EscapedPath(), "@") {
		return a, errAddress
	}
	var rest []string
	for parameter := range strings.SplitSeq(u.RawQuery, "&") {
		key, value, _ := strings.Cut(parameter, "=")
		var to *string
		switch key {
		case "":
			continue
		case "table":
			to = &a.table
		case "query":
			to = &a.query
		default:
			if strings.Contains(key, "@") || u.User == nil && strings.Contains(value, "@") {
				return a, errAddress
			}
			rest = append(rest, parameter)
			continue
		}
		// A plus sign stands for itself, in SQL above all, and not for a space as in the addresses of web forms.
		if *to, err = url.PathUnescape(value); err != nil {
			return a, errAddress
		}
		if *to == "" {
			return a, fmt.Errorf("%w: postgres://…: %s= in the address is empty", fault.ErrConfig, key)
		}
	}
	a.name = "postgres://"
	if user := u.User.Username(); user != "" {
		a.name += url.User(user).String() + "@"
	}
	a.name += u.Host + u.EscapedPath()
	if a.table != "" {
		a.name += "?table=" + a.table
	}
	u.Scheme, u.RawQuery = "postgres", strings.Join(rest, "&")
	a.connection = u.String()
	return a, nil
}

var errAddress = fmt.Errorf("%w: postgres://…: the address of the database is malformed; write postgres://USER@HOST:PORT/DATABASE, with the characters @ : / ? # %% & "+
	"and spaces in any part percent-encoded (%%40 %%3A %%2F %%3F %%23 %%25 %%26 %%20), and give the password by PGPASSWORD or ~/.pgpass", fault.ErrConfig)

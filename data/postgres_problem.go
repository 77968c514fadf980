package data

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// connectProblem says why there is no connection and what would help.
func connectProblem(name string, c *pgconn.Config, err error) error {
	text := ""
	server, _ := errors.AsType[*pgconn.PgError](err)
	unknown, _ := errors.AsType[*net.DNSError](err)
	switch {
	case certificateProblem(c, err) != "":
		text = certificateProblem(c, err)
	case server != nil && strings.HasPrefix(server.Code, "28") && strings.HasSuffix(server.Message, "no encryption"):
		text = fmt.Sprintf("the server does not let user %q in without encryption: %s; add sslmode=require to the address, or better sslmode=verify-full", c.User, serverText(server))
	case server != nil && strings.HasPrefix(server.Code, "28"):
		text = fmt.Sprintf("the server does not let user %q in: %s; check the user, and the password in PGPASSWORD, ~/.pgpass or the address", c.User, serverText(server))
	case server != nil && server.Code == "3D000":
		text = fmt.Sprintf("%s; check the end of the address, or PGDATABASE", serverText(server))
	case server != nil:
		text = "the server refuses the connection: " + serverText(server)
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOENT):
		text = fmt.Sprintf("no server listens on %s, port %d; check host and port in the address (or PGHOST, PGPORT), and that the server runs", c.Host, c.Port)
	case unknown != nil:
		text = fmt.Sprintf("the host %q is not known; check the address, or PGHOST", unknown.Name)
	case pgconn.Timeout(err) || errors.Is(err, context.DeadlineExceeded):
		text = fmt.Sprintf("%s, port %d, does not answer within %v; check the address, or set connect_timeout= in it", c.Host, c.Port, c.ConnectTimeout)
	case strings.Contains(err.Error(), "server refused TLS connection"):
		text = fmt.Sprintf("the server on %s, port %d, does not encrypt connections, and the address asks for it; set up TLS there (ssl = on), or on a network that is yours leave sslmode out",
			c.Host, c.Port)
	default:
		text = "no connection: " + driverText(err)
	}
	return &problem{name + ": " + text, err}
}

// certificateProblem says why the server's certificate is not taken for its own; "" where that is not the reason.
func certificateProblem(c *pgconn.Config, err error) string {
	authority, stranger := errors.AsType[x509.UnknownAuthorityError](err)
	host, other := errors.AsType[x509.HostnameError](err)
	invalid, bad := errors.AsType[x509.CertificateInvalidError](err)
	switch {
	case stranger:
		text := "the certificate of the server on %s, port %d, is not signed by an authority that is trusted here (%s)"
		return fmt.Sprintf(text+"; name the file with the authority's certificate by sslrootcert= in the address, or PGSSLROOTCERT", c.Host, c.Port, authority.Error())
	case other:
		return fmt.Sprintf("the server on %s, port %d, has the certificate of another host (%s); write the host in the address as the certificate has it, or ask who runs the server",
			c.Host, c.Port, host.Error())
	case bad:
		return fmt.Sprintf("the certificate of the server on %s, port %d, is not valid (%s); ask who runs the server", c.Host, c.Port, invalid.Error())
	}
	return ""
}

// queryProblem reports that the server does not accept the query.
func queryProblem(name string, err error) error {
	server, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return &problem{name + ": the connection broke before the first row: " + driverText(err) + "; run it again", err}
	}
	at := ""
	if server.Position > 0 {
		at = fmt.Sprintf(", at character %d", server.Position)
	}
	remedy := "correct the query, or the name of the table"
	if server.Code == "42501" {
		remedy = "the user needs the right to read it (GRANT SELECT)"
	}
	return &problem{name + ": the server refuses the query: " + serverText(server) + at + "; " + remedy, err}
}

// brokenProblem reports a query that ended early, after some rows.
func brokenProblem(name string, rows int, lost bool, err error) error {
	if rows == 0 && !lost {
		return queryProblem(name, err)
	}
	text := driverText(err)
	if server, ok := errors.AsType[*pgconn.PgError](err); ok {
		text = serverText(server)
	}
	if lost {
		return &problem{fmt.Sprintf("%s: the connection broke after %s: %s; the table was not read to its end: run it again", name, count(rows, "row"), text), err}
	}
	return &problem{fmt.Sprintf("%s: the query failed after %s: %s; correct the query, or the rows", name, count(rows, "row"), text), err}
}

// serverText is what the server says, in one line.
func serverText(e *pgconn.PgError) string {
	text := e.Message
	if e.Detail != "" {
		text += " (" + e.Detail + ")"
	}
	if e.Hint != "" {
		text += " (hint: " + e.Hint + ")"
	}
	return strings.Join(strings.Fields(text), " ") + " [" + e.Code + "]"
}

// driverText is what the driver says, in one line and without a password, should one be in it.
func driverText(err error) string {
	return Redact(strings.Join(strings.Fields(err.Error()), " "))
}

// typeRemedy says how a query would make a number of a type that is none.
func typeRemedy(column, typ string) string {
	column = quotedName(column)
	switch {
	case strings.HasSuffix(typ, "[]"):
		return fmt.Sprintf("take its elements one by one in a query (%s[1] AS …)", column)
	case strings.HasPrefix(typ, "timestamp"), strings.HasPrefix(typ, "time"), typ == "date", strings.HasPrefix(typ, "interval"):
		return fmt.Sprintf("turn it into seconds in a query (extract(epoch FROM %s) AS …)", column)
	case typ == "text", typ == "money", strings.HasPrefix(typ, "character"), typ == "\"char\"":
		return fmt.Sprintf("if it holds numbers, cast it in a query (CAST(%s AS numeric) AS …)", column)
	}
	return "turn it into a number in a query"
}

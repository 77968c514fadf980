package data

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/internal/pgtest"
)

// Encrypted connections to a server with a certificate of its own: they are encrypted, the server is who it says, and where it is not the message says why.
func TestPostgresTLS(t *testing.T) {
	trusted, wrong := pgtest.NewCertificate(t, "localhost"), pgtest.NewCertificate(t, "localhost")
	s := pgtest.StartTLS(t, trusted)
	at := func(user, host string, parameters ...string) string {
		address := strings.Replace(s.URL("table=t"), "sslmode=disable&", "", 1)
		address = strings.Replace(address, "//"+pgtest.User+":", "//"+user+":", 1)
		return strings.Replace(address, "@127.0.0.1:", "@"+host+":", 1) + "&" + strings.Join(parameters, "&")
	}
	const query = "SELECT ssl::int AS encrypted FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
	for _, test := range []struct {
		address string
		want    float64 // whether the server says that it is encrypted
	}{
		{at(pgtest.User, "127.0.0.1", "sslmode=disable"), 0},
		{at(pgtest.User, "127.0.0.1", "sslmode=require"), 1},
		{at(pgtest.User, "127.0.0.1"), 1}, // prefer
		{at(pgtest.Encrypted, "127.0.0.1", "sslmode=require"), 1},
		{at(pgtest.Encrypted, "127.0.0.1"), 1},
		{at(pgtest.Encrypted, "localhost", "sslmode=verify-full", "sslrootcert="+trusted.File), 1},
		{at(pgtest.User, "127.0.0.1", "sslmode=verify-ca", "sslrootcert="+trusted.File), 1},
	} {
		address := strings.Replace(test.address, "table=t&", "", 1)
		if got := read(t, address, Options{Query: query}); got.Values.Rows != 1 || got.Values.Data[0] != test.want {
			t.Errorf("%s: encrypted %v, want %v", Redact(address), got.Values.Data, test.want)
		}
	}
	missing := filepath.Join(t.TempDir(), "none.pem")
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		address string
		sort    error
		want    string
	}{
		{at(pgtest.User, "localhost", "sslmode=verify-full", "sslrootcert="+wrong.File), fault.ErrData,
			fmt.Sprintf("the certificate of the server on localhost, port %d, is not signed by an authority that is trusted here (x509: ", s.Port)},
		{at(pgtest.User, "localhost", "sslmode=verify-full", "sslrootcert="+wrong.File), fault.ErrData, "name the file with the authority's certificate by sslrootcert= in the address"},
		{at(pgtest.User, "localhost", "sslmode=verify-full"), fault.ErrData, "is not signed by an authority that is trusted here"},
		{at(pgtest.User, "127.0.0.1", "sslmode=verify-ca", "sslrootcert="+wrong.File), fault.ErrData, "is not signed by an authority that is trusted here"},
		{at(pgtest.User, "127.0.0.1", "sslmode=verify-full", "sslrootcert="+trusted.File), fault.ErrData,
			fmt.Sprintf("the server on 127.0.0.1, port %d, has the certificate of another host (x509: ", s.Port)},
		{at(pgtest.Encrypted, "127.0.0.1", "sslmode=disable"), fault.ErrData, `the server does not let user "encrypted" in without encryption: `},
		{at(pgtest.Encrypted, "127.0.0.1", "sslmode=disable"), fault.ErrData, "add sslmode=require to the address"},
		{at(pgtest.User, "127.0.0.1", "sslmode=verify-full", "sslrootcert="+missing), fault.ErrConfig, "none.pem"},
		{at(pgtest.User, "127.0.0.1", "sslmode=verify-full", "sslrootcert="+empty), fault.ErrConfig, "a parameter of the address"},
	} {
		_, err := ReadTable(test.address, Options{})
		expect(t, err, test.sort, test.want)
		if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "\n")) {
			t.Errorf("a password or a line break in %q", err)
		}
	}
}

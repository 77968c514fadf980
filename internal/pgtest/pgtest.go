// Package pgtest starts private PostgreSQL servers for tests: a new data folder, a free port of the loopback interface, a password.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Who may log in. The password would break an address in which it were not encoded, and is easy to find where it does not belong.
const (
	User     = "tester"
	Password = "s3cret/@#hunter2"
	Database = "postgres"
)

// Server is a running server.
type Server struct {
	Port int
	test testing.TB
}

// Start runs a server until the test ends. It ends with the test process too, should that be killed. Where PostgreSQL is not installed the
// test is skipped, and fails if CI is set to true.
func Start(t testing.TB) *Server {
	t.Helper()
	return start(t, nil)
}

// start runs a server with a certificate; nil: it does not encrypt.
func start(t testing.TB, c *Certificate) *Server {
	t.Helper()
	bin := binaries()
	if bin == "" {
		const text = "PostgreSQL is not installed: no initdb in PATH, nor in /usr/lib/postgresql/*/bin (on Debian: apt-get install postgresql)"
		if os.Getenv("CI") == "true" {
			t.Fatal(text)
		}
		t.Skip(text)
	}
	dir, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	as := account(t, dir)
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte(Password+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "data")
	run(t, dir, slices.Concat(as, []string{filepath.Join(bin, "initdb"), "--pgdata", folder, "--username", User, "--pwfile", password, "--auth", "scram-sha-256",
		"--encoding", "UTF8", "--no-locale", "--no-sync"}))
	options := []string{"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "shared_buffers=16MB"}
	if c != nil {
		options = append(options, c.install(t, folder)...)
	}
	for range 5 { // another process may take the free port first
		s := &Server{Port: freePort(t), test: t}
		log, stop := s.launch(dir, guarded(as, append([]string{filepath.Join(bin, "postgres"), "-D", folder, "-p", strconv.Itoa(s.Port)}, options...)...))
		if err = s.await(folder, log); err == nil {
			t.Cleanup(stop)
			return s
		}
		stop()
		text, _ := os.ReadFile(log)
		err = fmt.Errorf("%w\n%s", err, text)
	}
	t.Fatalf("the server does not start: %v", err)
	return nil
}

// binaries finds the folder of the server's programs, the newest version's where there are several; "" if there is none.
func binaries() string {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	if len(found) == 0 {
		return ""
	}
	return filepath.Dir(found[len(found)-1])
}

func version(initdb string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb))))
	return n
}

// account makes the folder belong to the account that the server runs as, and returns what a command line must begin with to run as it:
// PostgreSQL refuses to run as root.
func account(t testing.TB, dir string) []string {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Fatalf("PostgreSQL does not run as root: %v", err)
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err := errors.Join(err1, err2, os.Chown(dir, uid, gid)); err != nil {
		t.Fatal(err)
	}
	return []string{"runuser", "-u", "postgres", "--"}
}

func run(t testing.TB, dir string, command []string) {
	t.Helper()
	c := exec.Command(command[0], command[1:]...)
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
	}
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return port
}

// guard runs a command until its own input ends, which happens when the test process does, however it does.
const guard = `"$@" </dev/null & pid=$!; while read -r line; do :; done; kill -INT $pid; wait $pid`

// guarded is a command line that runs a program as an account, under a guard that may signal it.
func guarded(as []string, command ...string) []string {
	return slices.Concat(as, []string{"sh", "-c", guard, "sh"}, command)
}

// launch starts the server. stop ends it and waits for that.
func (s *Server) launch(dir string, command []string) (log string, stop func()) {
	t := s.test
	t.Helper()
	log = filepath.Join(dir, "log")
	out, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	c := exec.Command(command[0], command[1:]...)
	c.Dir, c.Stdout, c.Stderr = dir, out, out
	input, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return log, func() {
		if err := input.Close(); err != nil {
			t.Error(err)
		}
		_ = c.Wait() // the server was told to stop; its status says nothing more
	}
}

// await waits until the server answers, and makes sure that it is this one: another test's may have got the port.
func (s *Server) await(folder, log string) error {
	var err error
	for begin := time.Now(); time.Since(begin) < time.Minute; time.Sleep(50 * time.Millisecond) {
		var c *pgconn.PgConn
		if c, err = s.connect(); err == nil {
			defer farewell(c)
			r := c.ExecParams(context.Background(), "SHOW data_directory", nil, nil, nil, nil).Read()
			if r.Err == nil && len(r.Rows) == 1 && string(r.Rows[0][0]) == folder {
				return nil
			}
			return fmt.Errorf("port %d belongs to another server", s.Port)
		}
		if text, _ := os.ReadFile(log); bytes.Contains(text, []byte("could not create any TCP/IP sockets")) {
			return fmt.Errorf("port %d is taken", s.Port)
		}
	}
	return err
}

// farewell closes a connection. There is nothing to lose with it.
func farewell(c *pgconn.PgConn) { _ = c.Close(context.Background()) }

// URL is the server's address, with the password and further parameters.
func (s *Server) URL(parameters ...string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(User, Password), Host: fmt.Sprint("127.0.0.1:", s.Port), Path: "/" + Database,
		RawQuery: strings.Join(append([]string{"sslmode=disable"}, parameters...), "&"),
	}
	return u.String()
}

// Name is the address without password and parameters.
func (s *Server) Name() string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s", User, s.Port, Database)
}

func (s *Server) connect() (*pgconn.PgConn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return pgconn.Connect(ctx, s.URL("application_name=pgtest"))
}

// Exec runs statements and returns the first column of their rows as text.
func (s *Server) Exec(sql string) []string {
	s.test.Helper()
	c, err := s.connect()
	if err != nil {
		s.test.Fatal(err)
	}
	defer farewell(c)
	results, err := c.Exec(context.Background(), sql).ReadAll()
	if err != nil {
		s.test.Fatalf("%s: %v", sql, err)
	}
	var first []string
	for _, r := range results {
		for _, row := range r.Rows {
			first = append(first, string(row[0]))
		}
	}
	return first
}

// Terminate ends the connections of an application that run a query now, and returns their number.
func (s *Server) Terminate(application string) int {
	s.test.Helper()
	return len(s.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active' AND application_name = '" + application + "'"))
}

// Command diffeo fits, scores and samples normalizing flows. See diffeo --help.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"diffeo/data"
	"diffeo/fault"
)

// Exit statuses.
const (
	statusFailure = 1
	statusUsage   = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	status := Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// Main runs the command line and returns the exit status: 0, 1 for a failure, 2 for a wrong command line. When the context ends, the
// command stops soon and leaves no half-written file. Results go to stdout, progress and errors to stderr.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	e := &environment{stdout: stdout, stderr: stderr}
	root := newRoot(e)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = fmt.Errorf("interrupted: %w", err)
	}
	e.say("diffeo: %s\n", data.Redact(err.Error()))
	if e.usage(err) {
		e.say("See diffeo --help, or diffeo COMMAND --help.\n")
		return statusUsage
	}
	return statusFailure
}

// environment is what commands share.
type environment struct {
	stdout, stderr io.Writer
	running        bool // the command line was understood, and its command runs
}

// say writes to stderr. There is nobody to tell if that fails.
func (e *environment) say(format string, args ...any) { _, _ = fmt.Fprintf(e.stderr, format, args...) }

// print writes results to stdout.
func (e *environment) print(text string) error {
	if _, err := io.WriteString(e.stdout, text); err != nil {
		return fmt.Errorf("writing the results: %w", err)
	}
	return nil
}

// usage tells whether the command line is to blame.
func (e *environment) usage(err error) bool {
	var wrong usageError
	return !e.running || errors.As(err, &wrong) || errors.Is(err, fault.ErrConfig)
}

// usageError is a mistake in the command line that shows only when files are read.
type usageError struct{ text string }

func (u usageError) Error() string { return u.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

package data

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"unicode/utf8"

	"diffeo/fault"
)

// problem is an error in a file. It wraps fault.ErrData and, where there is one, the cause. Its text begins with the
// file, so that it reads like a compiler's message.
type problem struct {
	text  string
	cause error
}

func (p *problem) Error() string { return p.text }

func (p *problem) Unwrap() []error {
	if p.cause == nil {
		return []error{fault.ErrData}
	}
	return []error{fault.ErrData, p.cause}
}

func problemf(source, format string, args ...any) error {
	return &problem{text: source + ": " + fmt.Sprintf(format, args...)}
}

// readProblem reports what the operating system or a decompressor says.
func readProblem(source string, err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err // the path is named already
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &problem{source + ": there is no such file; check the path", err}
	case errors.Is(err, fs.ErrPermission):
		return &problem{source + ": permission to read the file is denied", err}
	}
	return &problem{fmt.Sprintf("%s: cannot be read: %v", source, err), err}
}

// place names a cell: its row, the line of the file where it has one, and its column.
func place(row, line int, column string) string {
	if line == 0 {
		return fmt.Sprintf("row %d, column %q", row, column)
	}
	return fmt.Sprintf("row %d (line %d), column %q", row, line, column)
}

// quoted shows the text of a cell, shortened where it is long.
func quoted(text []byte) string {
	const limit = 40
	if len(text) <= limit {
		return strconv.Quote(string(text))
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return strconv.Quote(string(text[:cut])) + "…"
}

// listed writes names for a message.
func listed(names []string) string {
	const limit = 30
	if len(names) <= limit {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:limit], ", "), len(names)-limit)
}

//go:build !unix

package pgtest

import "io/fs"

// own does nothing where the server runs as the test does.
func own(string, fs.FileInfo) error { return nil }

// Package lint holds tests over the source tree: what may import what, how long a file may grow, and other
// habits that a reviewer would otherwise have to remember. It has no code of its own: run go test ./internal/lint.
package lint

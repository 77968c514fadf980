// Package report writes the outcome of a model's checks as one page: the verdict first, what each check found, and pictures with what to see in them. The page
// is HTML that needs nothing else: its pictures are SVG within it, it runs no script, and it loads nothing. It can be read on a phone, and printed.
package report

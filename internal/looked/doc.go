// Package looked compares pictures and pages that tests make with committed ones, which somebody has looked at: pixels and numbers by a tolerance, words exactly.
package looked

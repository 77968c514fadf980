//go:build !linux

package main

import "os"

// peak is 0, unknown: other systems count in other units, or not at all.
func peak(*os.ProcessState) int { return 0 }

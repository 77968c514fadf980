//go:build !unix

package main

import "time"

var begun = time.Now()

// processorTime is the time of day in seconds: on an idle machine nearly what one thread spends.
func processorTime() float64 { return time.Since(begun).Seconds() }

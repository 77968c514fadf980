package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// digits is a run of ./internal/digits, whose file of results lies beside ours: the density of pictures given their class.
type digits struct {
	Who     string  `json:"who"`
	Seed    int     `json:"seed"`
	Steps   int     `json:"steps"`
	Batch   int     `json:"batch"`
	Seconds float64 `json:"seconds"`
	Threads int     `json:"threads"`
	Bits    float64 `json:"bits"`
	Curve   *struct {
		Steps []int     `json:"steps"`
		Bits  []float64 `json:"bits"`
	} `json:"curve"`
}

func (c config) digitsFile() string { return filepath.Join(filepath.Dir(c.out), "digits.jsonl") }

// pictured lists the long runs on pictures with their curves.
func pictured(b *strings.Builder, list []digits) {
	begun := false
	for _, r := range list {
		if r.Who != "classes" || r.Curve == nil || len(r.Curve.Steps) == 0 {
			continue
		}
		if !begun {
			b.WriteString("## Digits\n\nThe density of MNIST's pictures given their class, by `go run ./internal/digits -who classes` ([digits](digits.md), beside normflows' Glow too): 50,000 pictures are learned, 10,000 held out. Bits " +
				"per dimension, smaller is better.\n\n")
			begun = true
		}
		fmt.Fprintf(b, "Seed %d, %d steps of %d pictures, %.0f s with %d thread(s): %.3f bits per dimension.\n\n", r.Seed, r.Steps, r.Batch, r.Seconds, r.Threads, r.Bits)
		steps, values := "| step |", "| bits |"
		for i, s := range r.Curve.Steps {
			steps += fmt.Sprintf(" %d |", s)
			values += fmt.Sprintf(" %.3f |", r.Curve.Bits[i])
		}
		fmt.Fprintf(b, "%s\n|---|%s\n%s\n\n", steps, strings.Repeat("---|", len(r.Curve.Steps)), values)
	}
}

package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// Of the runs on digits the page has those with a curve that are given the class.
func TestPictured(t *testing.T) {
	var list []digits
	text := `[{"who":"diffeo","steps":7,"curve":{"steps":[7],"bits":[9]}},{"who":"classes","steps":8},
		{"who":"classes","seed":3,"steps":20,"batch":64,"bits":1.5,"curve":{"steps":[10,20],"bits":[1.75,1.5]}}]`
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	pictured(&b, list)
	for _, want := range []string{"## Digits", "Seed 3, 20 steps of 64 pictures", "| step | 10 | 20 |", "| bits | 1.750 | 1.500 |"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if n := strings.Count(b.String(), "Seed"); n != 1 {
		t.Errorf("%d runs", n)
	}
}

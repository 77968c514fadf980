package data

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"diffeo/fault"
)

func TestParseSpec(t *testing.T) {
	for text, want := range map[string]Spec{
		"standardize":         {Scale: ScaleStandard},
		"none":                {Scale: ScaleNone},
		"robust":              {Scale: ScaleRobust},
		"log":                 {Steps: []Step{{Kind: Log}}},
		"log:0.5":             {Steps: []Step{{Kind: Log, Offset: 0.5}}},
		"logit:-1,1":          {Steps: []Step{{Kind: Logit, Low: -1, High: 1}}},
		"bounded:-1,1":        {Steps: []Step{{Kind: Bounded, Low: -1, High: 1}}},
		"integer":             {Steps: []Step{{Kind: Dequantize, Width: 1}}},
		"integer:0.01+robust": {Steps: []Step{{Kind: Dequantize, Width: 0.01}}, Scale: ScaleRobust},
		"integer:1,0.5":       {Steps: []Step{{Kind: Dequantize, Width: 1, Offset: 0.5}}},
		"integer:0.1,-0.05":   {Steps: []Step{{Kind: Dequantize, Width: 0.1, Offset: -0.05}}},
		"circular:360":        {Steps: []Step{{Kind: Circular, Period: 360}}, anywhere: true},
		"circular:2pi":        {Steps: []Step{{Kind: Circular, Period: 2 * math.Pi}}, anywhere: true},
		"circular:360,-180":   {Steps: []Step{{Kind: Circular, Period: 360, Low: -180}}},
		"integer+log":         {Steps: []Step{{Kind: Dequantize, Width: 1}, {Kind: Log}}},
		"log+none":            {Steps: []Step{{Kind: Log}}, Scale: ScaleNone},
	} {
		got, err := ParseSpec(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v (%v), want %+v", text, got, err, want)
		}
		if got.String() != text {
			t.Errorf("%s is written as %s", text, got)
		}
	}
}

func TestParseSpecRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":              `no preprocessing ""`,
		"exp":           `no preprocessing "exp"`,
		"log:x":         `"x" is not a finite number`,
		"log:inf":       "not a finite number",
		"log:1,2":       "log takes 0 to 1 numbers, not 2",
		"logit":         "logit takes 2 to 2 numbers, not 0",
		"logit:1,0":     "low < high",
		"bounded:0":     "bounded takes 2 to 2 numbers, not 1",
		"bounded:1,1":   "low < high",
		"integer:0":     "width > 0",
		"integer:1,2,3": "integer takes 0 to 2 numbers, not 3",
		"integer:1,":    `"" is not a finite number`,
		"circular":      "circular takes 1 to 2 numbers",
		"circular:-1":   "period > 0",
		"none+log":      "log comes after none",
		"log+log":       "occurs twice",
		"log+integer":   "first step",
		"standardize:1": "takes 0 to 0",
	} {
		if _, err := ParseSpec(text); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

func TestParseSpecs(t *testing.T) {
	got, err := ParseSpecs("p.json", []byte(`{"a": "log", "b c": "integer"}`))
	if err != nil || len(got) != 2 || got["b c"].String() != "integer" {
		t.Errorf("%v %v", got, err)
	}
	for text, want := range map[string]string{
		``: "not a JSON object", `[]`: "not a JSON object", `{"a"`: "p.json", `{"a":1}`: `column "a"`, `{"a":"exp"}`: `column "a"`,
		`{"a":"log","a":"log"}`: `"a" occurs twice`, `{}{}`: "follows", `{"a":"log"`: "p.json",
	} {
		if _, err := ParseSpecs("p.json", []byte(text)); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

// Any text is a Spec that passes the checks and is written so that it reads back, or an error.
func FuzzParseSpec(f *testing.F) {
	for _, text := range []string{"log:1", "integer:0.5+logit:0,1+robust", "log+bounded:-1,2", "circular:6.28,-3.14", "+", "log::", "none+none"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSpec(text)
		if err != nil {
			if !errors.Is(err, fault.ErrConfig) {
				t.Errorf("%v does not wrap fault.ErrConfig", err)
			}
			return
		}
		again, err := ParseSpec(s.String())
		if err != nil || again.String() != s.String() {
			t.Errorf("%q is written as %q: %v", text, s, err)
		}
	})
}

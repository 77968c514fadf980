package data

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/matrix"
)

// column is a table of n rows of one column.
func column(n int, draw func(rng *rand.Rand, r int) float64) Table {
	rng := rand.New(rand.NewPCG(1, 9))
	x := matrix.New[float64](n, 1)
	for r := range n {
		x.Data[r] = draw(rng, r)
	}
	return Table{Columns: []string{"a"}, Values: x, Source: "t.csv"}
}

// What is plain to see is proposed, and nothing else.
func TestDetectProposes(t *testing.T) {
	for name, c := range map[string]struct {
		table Table
		want  string
		why   string
	}{
		"normal":                {column(2000, func(g *rand.Rand, _ int) float64 { return 5 + g.NormFloat64() }), "standardize", ""},
		"positive":              {column(2000, func(g *rand.Rand, _ int) float64 { return 20 + g.NormFloat64() }), "standardize", ""},
		"exponential":           {column(2000, func(g *rand.Rand, _ int) float64 { return g.ExpFloat64() }), "standardize", ""},
		"Laplace":               {column(2000, func(g *rand.Rand, r int) float64 { return g.ExpFloat64() * float64(1-r%2*2) }), "standardize", ""},
		"Cauchy":                {column(2000, func(g *rand.Rand, _ int) float64 { return math.Tan(math.Pi * (g.Float64() - 0.5)) }), "robust", "few rows"},
		"log-normal":            {column(2000, func(g *rand.Rand, _ int) float64 { return math.Exp(1.5 * g.NormFloat64()) }), "log", "above 0, from"},
		"one far row":           {column(2000, func(g *rand.Rand, r int) float64 { return 50 + g.NormFloat64() + 1e4*float64(r/1999) }), "robust", "few rows are very far out"},
		"uniform":               {column(2000, func(g *rand.Rand, _ int) float64 { return g.Float64() }), "logit:0,1", "strictly between 0 and 1, with 4 %"},
		"all round, in degrees": {column(2000, func(g *rand.Rand, _ int) float64 { return 360 * g.Float64() }), "standardize", ""},
		"percent":               {column(2000, func(g *rand.Rand, _ int) float64 { return 100 * g.Float64() }), "logit:0,100", "strictly between 0 and 100"},
		"beta":                  {column(2000, func(g *rand.Rand, _ int) float64 { return (g.Float64() + g.Float64()) / 2 }), "standardize", ""},
		"clipped":               {column(2000, func(g *rand.Rand, _ int) float64 { return math.Min(1, 1.001*g.Float64()) }), "standardize", ""},
		"counts":                {column(2000, func(g *rand.Rand, _ int) float64 { return math.Floor(6 * g.Float64()) }), "integer", "whole numbers, 6 different ones"},
		"large counts":          {column(2000, func(g *rand.Rand, _ int) float64 { return 1 + math.Floor(200*math.Exp(1.5*g.NormFloat64())) }), "integer+log", "whole numbers"},
		"half-integers":         {column(2000, func(g *rand.Rand, _ int) float64 { return 0.5 + math.Floor(6*g.Float64()) }), "integer:1,0.5", "whole numbers plus 0.5, 6 different ones"},
		"below 0":               {column(2000, func(g *rand.Rand, _ int) float64 { return -7.5 + math.Floor(12*g.Float64()) }), "integer:1,0.5", "whole numbers plus 0.5"},
		"half stars":            {column(2000, func(g *rand.Rand, _ int) float64 { return math.Floor(11*g.Float64()) / 2 }), "integer:0.5", "multiples of 0.5, 11"},
		"bin centres":           {column(2000, func(g *rand.Rand, _ int) float64 { return float64(2*g.IntN(40)+401) / 20 }), "integer:0.1,0.05", "multiples of 0.1 plus 0.05"},
		"in float32":            {column(2000, func(g *rand.Rand, _ int) float64 { return float64(float32(float64(2*g.IntN(40)+401) / 20)) }), "integer:0.1,0.05", "multiples of 0.1 plus 0.05"},
		"thirds":                {column(2000, func(g *rand.Rand, _ int) float64 { return float64(3+g.IntN(25)) / 3 }), "integer:0.3333333333333333", "different ones"},
		"few of a grid":         {column(2000, func(g *rand.Rand, _ int) float64 { return []float64{-0.1, 0.2, 3.5}[g.IntN(3)] }), "standardize", ""},
		"two values":            {column(2000, func(g *rand.Rand, _ int) float64 { return 0.3 + 1.4*float64(g.IntN(2)) }), "standardize", ""},
		"counts of halves":      {column(2000, func(g *rand.Rand, _ int) float64 { return 0.5 + math.Floor(20*math.Exp(1.5*g.NormFloat64())) }), "integer:1,0.5+log", "whole numbers plus 0.5"},
		"off by one row": {column(80000, func(g *rand.Rand, r int) float64 {
			return 0.5 + math.Floor(6*g.Float64()) + 0.25*float64(r/79999)
		}), "standardize", ""},
		"identifiers": {column(2000, func(_ *rand.Rand, r int) float64 { return float64(r * r) }), "standardize", ""},
		"few rows":    {column(20, func(_ *rand.Rand, r int) float64 { return float64(r % 3) }), "standardize", ""},
	} {
		got, err := Detect(c.table, Detection{AllowAtoms: true})
		if err != nil || got[0].Spec.String() != c.want || !strings.Contains(got[0].Why, c.why) || (c.why == "") != (got[0].Why == "") {
			t.Errorf("%s: %v (%v), want %s", name, got, err, c.want)
			continue
		}
		if p, err := FitPreprocessing(c.table, []Spec{got[0].Spec}, nil); err != nil || p.Check(1) != nil {
			t.Errorf("%s: the proposal does not fit: %v", name, err)
		}
	}
}

// A context needs no density, so that whole numbers and atoms do not matter there.
func TestDetectInContext(t *testing.T) {
	counts := column(500, func(g *rand.Rand, _ int) float64 { return math.Floor(6 * g.Float64()) })
	if got, err := Detect(counts, Detection{Context: true}); err != nil || got[0].Spec.String() != "standardize" || got[0].Warnings != nil {
		t.Errorf("%v %v", got, err)
	}
}

// Atoms are warned of, with a remedy that holds, unless they are allowed or dequantized.
func TestDetectWarnsOfAtoms(t *testing.T) {
	zeros := column(1000, func(g *rand.Rand, r int) float64 { return g.NormFloat64() * float64(min(r%33, 1)) })
	rounded := column(1000, func(g *rand.Rand, _ int) float64 { return math.Round(10*g.NormFloat64()) / 10 })
	halves := column(1000, func(g *rand.Rand, _ int) float64 { return 0.5 + float64(g.IntN(9)) })
	smooth := column(1000, func(g *rand.Rand, r int) float64 { return g.NormFloat64() * float64(min(r%200, 1)) }) // five zeros
	for _, c := range []struct {
		table Table
		o     Detection
		want  string
	}{
		{zeros, Detection{}, "3.1 % of the rows are exactly 0; leave the column out"},
		{rounded, Detection{}, "few different values"},
		{rounded, Detection{}, "dequantize it (--column NAME=integer:0.1), leave the column out (--columns names those to keep), or accept it with --allow-atoms"},
		{halves, Detection{}, ""},
		{halves, Detection{Sample: true}, "dequantize it (--column NAME=integer:1,0.5), leave the column out"},
		{halves, Detection{Given: map[string]Spec{"a": {}}}, "--column NAME=integer:1,0.5)"},
		{zeros, Detection{AllowAtoms: true}, ""},
		{rounded, Detection{Given: map[string]Spec{"a": {Steps: []Step{{Kind: Dequantize, Width: 0.1}}}}}, ""},
		{rounded, Detection{Given: map[string]Spec{"a": {}}}, "few different values"},
		{smooth, Detection{}, ""},
	} {
		got, err := Detect(c.table, c.o)
		if err != nil || (c.want == "") != (len(got[0].Warnings) == 0) || c.want != "" && !strings.Contains(got[0].Warnings[0], c.want) {
			t.Errorf("%+v: %v (%v), want %q", c.o, got, err, c.want)
		}
	}
}

// tableBy is a table of n rows whose cells a function fills in.
func tableBy(names string, n int, fill func(g *rand.Rand, row []float64)) Table {
	columns := strings.Split(names, " ")
	x := matrix.New[float64](n, len(columns))
	rng := rand.New(rand.NewPCG(5, 6))
	for r := range n {
		fill(rng, x.Row(r))
	}
	return Table{Columns: columns, Values: x, Source: "t.csv"}
}

func TestDetectRefuses(t *testing.T) {
	given := map[string]Spec{}
	for name, c := range map[string]struct {
		table Table
		text  []string
	}{
		"no rows":  {Table{Columns: []string{"a"}, Source: "t.csv"}, nil},
		"constant": {tableBy("a flat", 100, func(g *rand.Rand, row []float64) { row[0], row[1] = g.NormFloat64(), 2 }), []string{`column "flat" is constant (2 in all 100 rows)`, "--columns"}},
		"copy": {
			tableBy("a b c", 100, func(g *rand.Rand, row []float64) { row[0], row[1] = g.NormFloat64(), g.NormFloat64(); row[2] = row[0] }),
			[]string{`t.csv: column "c" is "a" times a number plus a number`, "leave one of them out"},
		},
		"other units, in float32": {
			tableBy("a b c", 100, func(g *rand.Rand, row []float64) {
				row[0], row[1] = g.NormFloat64(), float64(float32(g.NormFloat64()))
				row[2] = float64(float32(1.8*row[1] + 32))
			}),
			[]string{`column "c" is "b" times a number`},
		},
		"total": {
			tableBy("a b c d total", 500, func(g *rand.Rand, row []float64) {
				for k := range 4 {
					row[k] = g.ExpFloat64()
				}
				row[4] = row[0] + row[1] + row[3]
			}),
			[]string{`column "total" is a linear function of`, `"a", "b", "d": together`},
		},
		"whole copy": {
			tableBy("m n", 500, func(g *rand.Rand, row []float64) { row[0] = float64(g.IntN(9)); row[1] = row[0] }),
			[]string{`columns "m" and "n" are equal in every row`},
		},
		"far": {
			column(1000, func(g *rand.Rand, r int) float64 { return g.NormFloat64() + 1e30*float64(r/999) }),
			[]string{`t.csv: row 1000, column "a": 1e+30 is so far from the others`, "correct or drop"},
		},
		"far, positive": {column(200, func(g *rand.Rand, r int) float64 { return 9 + g.NormFloat64() + 1e30*float64(r/199) }), []string{"1e+30", "or take a log (--column a=log)"}},
	} {
		_, err := Detect(c.table, Detection{Given: given})
		if !errors.Is(err, fault.ErrData) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, text := range c.text {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %v; want %q", name, err, text)
			}
		}
	}
	// Nearly is not exactly: a thousandth of noise is a density.
	if _, err := Detect(tableBy("a b", 1000, func(g *rand.Rand, row []float64) {
		row[0] = g.NormFloat64()
		row[1] = row[0] + 1e-4*g.NormFloat64()
	}), Detection{}); err != nil {
		t.Error(err)
	}
	// A range that a log brings near is none that is too far.
	if _, err := Detect(column(1000, func(g *rand.Rand, _ int) float64 { return math.Exp(20 * g.NormFloat64()) }), Detection{}); err != nil {
		t.Error(err)
	}
}

// A proposal that held-out rows contradict is taken back; what was given is not.
func TestModerate(t *testing.T) {
	held := tableOf([]string{"z", "a"}, 1, 3, 1, 0, 1, 5)
	p := Proposal{Spec: Spec{Steps: []Step{{Kind: Log}}}, Why: "x"}
	given := p
	given.Given = true
	if x, withdrawn := p.Moderate(held, 1); !withdrawn || x != 0 || len(p.Spec.Steps) > 0 || p.Why != "" {
		t.Errorf("%v %v %+v", x, withdrawn, p)
	}
	if _, withdrawn := given.Moderate(held, 1); withdrawn {
		t.Error("what was given was withdrawn")
	}
	if _, withdrawn := p.Moderate(held, 1); withdrawn {
		t.Error("withdrawn twice")
	}
}

// The verdicts on real tables: continuous ones stay standardized, dequantized ones cause no warning, and raw ones do.
func TestDetectOnRealTables(t *testing.T) {
	for name, want := range map[string]struct {
		specs string // those other than standardize
		warns int
	}{
		"galaxy":              {"", 0},
		"california_dq":       {"", 0},
		"uci_parkinsons_dq":   {"", 0},
		"uci_tamielectric_dq": {"", 0},
		"uci_skillcraft_dq":   {"c4=robust ", 0},
		"miniboone_1523":      {"c9=log c39=log ", 1},
		"california":          {"c2=integer c3=integer c4=integer c5=integer c6=integer c8=integer ", 2},
	} {
		path := filepath.Join("..", "..", "shared", "data", "benchmarks", name, "train.npy")
		if _, err := os.Stat(path); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skipf("no reference table: %v", err)
		}
		proposals, err := Detect(read(t, path, Options{}), Detection{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		specs, warns := "", 0
		for _, p := range proposals {
			if s := p.Spec.String(); s != "standardize" {
				specs += p.Column + "=" + s + " "
			}
			warns += len(p.Warnings)
		}
		if specs != want.specs || warns != want.warns {
			t.Errorf("%s: %s, %d warnings; want %s, %d", name, specs, warns, want.specs, want.warns)
		}
	}
}

// With Circles columns that go all the way round in radians or degrees are angles, and nothing else is.
func TestDetectAngles(t *testing.T) {
	for name, c := range map[string]struct {
		table Table
		want  string
	}{
		"degrees":           {column(500, func(g *rand.Rand, _ int) float64 { return 360 * g.Float64() }), "circular:360+none"},
		"degrees around 0":  {column(500, func(g *rand.Rand, _ int) float64 { return math.Remainder(170+60*g.NormFloat64(), 360) }), "circular:360+none"},
		"radians":           {column(500, func(g *rand.Rand, _ int) float64 { return 2 * math.Pi * g.Float64() }), "circular:2pi+none"},
		"radians around 0":  {column(500, func(g *rand.Rand, _ int) float64 { return math.Atan2(g.NormFloat64(), g.NormFloat64()) }), "circular:2pi+none"},
		"tens of degrees":   {column(500, func(g *rand.Rand, _ int) float64 { return float64(10 + 10*g.IntN(36)) }), "integer:10+circular:360+none"},
		"sevens of degrees": {column(500, func(g *rand.Rand, _ int) float64 { return float64(7 * g.IntN(51)) }), "integer+circular:360+none"},
		"a sector":          {column(500, func(g *rand.Rand, _ int) float64 { return 200 * g.Float64() }), "standardize"},
		"over both circles": {column(500, func(g *rand.Rand, _ int) float64 { return -180 + 540*g.Float64() }), "standardize"},
		"beyond":            {column(500, func(g *rand.Rand, r int) float64 { return 360*g.Float64() + float64(r/499*400) }), "standardize"},
		"few rows":          {column(20, func(g *rand.Rand, _ int) float64 { return 360 * g.Float64() }), "standardize"},
	} {
		got, err := Detect(c.table, Detection{AllowAtoms: true, Circles: true})
		if err != nil || got[0].Spec.String() != c.want {
			t.Errorf("%s: %v (%v), want %s", name, got, err, c.want)
			continue
		}
		if c.want != "standardize" && got[0].Why == "" {
			t.Errorf("%s: no word of why", name)
		}
		p, err := FitPreprocessing(c.table, []Spec{got[0].Spec}, nil)
		if err != nil || p.Check(1) != nil {
			t.Errorf("%s: the proposal does not fit: %v", name, err)
		}
		if got, err := Detect(c.table, Detection{AllowAtoms: true, Circles: true, Context: true}); err != nil || strings.Contains(got[0].Spec.String(), "circular") {
			t.Errorf("%s in a context: %v (%v)", name, got, err)
		}
	}
	for name, c := range map[string]struct {
		draw func(g *rand.Rand, r int) float64
		want string
	}{
		"degrees":         {func(g *rand.Rand, _ int) float64 { return 360 * g.Float64() }, "as degrees go"},
		"radians":         {func(g *rand.Rand, _ int) float64 { return math.Pi * (2*g.Float64() - 1) }, "as radians go"},
		"standard normal": {func(g *rand.Rand, _ int) float64 { return math.Max(-3.14, math.Min(3.14, g.NormFloat64())) }, ""},
		"pressures":       {func(g *rand.Rand, _ int) float64 { return math.Min(350, 60*g.ExpFloat64()) }, ""},
	} {
		got, err := Detect(column(2000, c.draw), Detection{AllowAtoms: true})
		if err != nil || !strings.Contains(got[0].Turn, c.want) || (c.want == "") != (got[0].Turn == "") {
			t.Errorf("%s: %q (%v), want %q", name, got[0].Turn, err, c.want)
		}
	}
	got, err := Detect(column(500, func(g *rand.Rand, _ int) float64 { return 360 * g.Float64() }), Detection{Circles: true})
	if err != nil {
		t.Fatal(err)
	}
	if x, withdrawn := got[0].Moderate(column(2, func(_ *rand.Rand, r int) float64 { return float64(100 + 900*r) }), 0); !withdrawn || x != 1000 {
		t.Errorf("1000 does not contradict degrees: %v, %v", x, withdrawn)
	}
}

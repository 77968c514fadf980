package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"diffeo/bijection"
	"diffeo/graph"
	"diffeo/infer"
	"diffeo/scalar"
)

// model is a posterior of posteriordb: what its Stan program says, as a target.
type model struct {
	name  string // as in posteriordb
	table string // of its data
	names []string
	free  int // parameters of the target; as many as names, where report is nil

	// region is where the parameters live.
	region bijection.Bijection
	// target is the log-density, up to its constant, for the data.
	target func(d observed) infer.Target
	// report turns parameters into those that the reference draws have, and known turns these back; nil: they are the same.
	report, known func(x []float64) []float64
}

// observed is a table of data: numbers and lists by name.
type observed map[string]json.RawMessage

func readObserved(shared, table string) (d observed, err error) {
	text, err := os.ReadFile(filepath.Join(shared, "data", "posteriordb", "data", table+".json"))
	if err != nil {
		return nil, err
	}
	return d, json.Unmarshal(text, &d)
}

// list is a column. The files are part of the repository's data, so that what is not there is a mistake in this program.
func (d observed) list(name string) (x []float64) {
	if err := json.Unmarshal(d[name], &x); err != nil {
		panic(fmt.Sprintf("column %s: %v", name, err))
	}
	return x
}

func (d observed) matrix(name string) (x [][]float64) {
	if err := json.Unmarshal(d[name], &x); err != nil {
		panic(fmt.Sprintf("matrix %s: %v", name, err))
	}
	return x
}

func (d observed) number(name string) (x float64) {
	if err := json.Unmarshal(d[name], &x); err != nil {
		panic(fmt.Sprintf("number %s: %v", name, err))
	}
	return x
}

// models are the posteriors with reference draws here.
var models = []model{
	{name: "arK-arK", table: "arK", names: []string{"alpha", "beta[1]", "beta[2]", "beta[3]", "beta[4]", "beta[5]", "sigma"}, free: 7, region: positive(6), target: autoregression},
	{name: "arma-arma11", table: "arma", names: []string{"mu", "phi", "theta", "sigma"}, free: 4, region: positive(3), target: arma},
	{name: "earnings-logearn_interaction_z", table: "earnings", names: coefficients(4), free: 5, region: positive(4), target: earnings},
	{name: "eight_schools-eight_schools_noncentered", table: "eight_schools", names: schoolNames, free: 10, region: positive(9), target: schools, report: schoolEffects, known: schoolDeviates},
	{name: "kidiq-kidscore_momiq", table: "kidiq", names: coefficients(2), free: 3, region: positive(2), target: kidScore},
	{name: "kilpisjarvi_mod-kilpisjarvi", table: "kilpisjarvi_mod", names: []string{"alpha", "beta", "sigma"}, free: 3, region: positive(2), target: kilpisjarvi},
	{name: "low_dim_gauss_mix-low_dim_gauss_mix", table: "low_dim_gauss_mix", names: []string{"mu[1]", "mu[2]", "sigma[1]", "sigma[2]", "theta"}, free: 5, region: mixtureRegion, target: mixture},
	{name: "mesquite-logmesquite_logvash", table: "mesquite", names: coefficients(6), free: 7, region: positive(6), target: mesquite},
	{name: "nes1980-nes", table: "nes1980", names: coefficients(9), free: 10, region: positive(9), target: nes},
	{name: "sblrc-blr", table: "sblrc", names: coefficients(5), free: 6, region: positive(5), target: blr},
}

// coefficients are the names of n coefficients and of the deviation.
func coefficients(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("beta[%d]", i+1))
	}
	return append(names, "sigma")
}

// positive keeps some columns above 0.
func positive(columns ...int) bijection.Bijection {
	return bijection.Static{Map: scalar.Exp{}, Columns: columns}
}

// part is elements from … to−1 of x, and one a single one as a scalar.
func part(x graph.Value, from, to int) graph.Value { return graph.Slice(x, 0, from, to) }

func one(x graph.Value, i int) graph.Value { return graph.Reshape(part(x, i, i+1)) }

// normalSum is Σ log N(r; 0, σ²) of n residuals with the sum of squares given, up to a constant.
func normalSum(n int, squares, sigma graph.Value) graph.Value {
	return graph.Sub(graph.Scale(graph.Div(squares, graph.Square(sigma)), -0.5), graph.Scale(graph.Log(sigma), float64(n)))
}

// normalPrior is Σ log N(x; 0, s²), up to a constant; halfCauchy is log of 1/(1 + (x/s)²).
func normalPrior(x graph.Value, s float64) graph.Value {
	return graph.Scale(graph.Sum(graph.Square(x)), -0.5/(s*s))
}

func halfCauchy(x graph.Value, s float64) graph.Value {
	return graph.Neg(graph.Log1p(graph.Square(graph.Scale(x, 1/s))))
}

// standardized are numbers less their mean, over their deviation.
func standardized(x []float64) []float64 {
	mean, squares := 0.0, 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		squares += (v - mean) * (v - mean)
	}
	sd := math.Sqrt(squares / float64(len(x)-1))
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = (v - mean) / sd
	}
	return out
}

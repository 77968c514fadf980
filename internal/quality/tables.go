package main

import (
	"os"
	"path/filepath"
)

// table is a set of rows with its fixed parts.
type table struct {
	name   string
	folder string // of train.npy, val.npy and test.npy, under shared/data, or under the system's folder for temporary files where made is set
	made   bool   // by bench/quality/make_bsds.py
	held   string // file that is tested
	steps  []string
	ready  bool     // standardized already
	fit    []string // more options of fit
}

// protocol is what the other libraries were trained by: 3000 steps, validated every 100, stopped after 500 without a better one.
var protocol = []string{"--steps", "3000", "--validate-every", "100", "--patience", "500"}

// tables are those of the other libraries' figures. Power has no test part, and is long and not stopped early.
var tables = []table{
	{name: "galaxy", folder: "benchmarks/galaxy", held: "test", steps: protocol},
	{name: "california_dq", folder: "benchmarks/california_dq", held: "test", steps: protocol},
	{name: "uci_parkinsons_dq", folder: "benchmarks/uci_parkinsons_dq", held: "test", steps: protocol},
	{name: "uci_skillcraft_dq", folder: "benchmarks/uci_skillcraft_dq", held: "test", steps: protocol},
	{name: "uci_tamielectric_dq", folder: "benchmarks/uci_tamielectric_dq", held: "test", steps: protocol},
	{name: "miniboone_1523", folder: "benchmarks/miniboone_1523", held: "test", steps: protocol},
	{name: "galaxy_cond", folder: "benchmarks/galaxy", held: "test", steps: protocol, fit: []string{"--columns", "c6", "--context", "c0,c1,c2,c3,c4,c5"}},
	{name: "power", folder: "power_2007h1", held: "val", steps: []string{"--steps", "10000", "--validate-every", "500", "--patience", "-1"}, ready: true},
	{name: "bsds300", folder: "bsds300", made: true, held: "test", steps: []string{"--steps", "3000", "--validate-every", "500", "--patience", "-1"}},
}

// large are the tables that are only measured when named.
var large = []string{"bsds300"}

// file is a part of the table.
func (t table) file(shared, part string) string {
	if t.made {
		return filepath.Join(os.TempDir(), t.folder, part+".npy")
	}
	return filepath.Join(shared, "data", filepath.FromSlash(t.folder), part+".npy")
}

// modelling is a way to fit: a name and the options of fit that mean it.
type modelling struct {
	name  string
	peers []string // whose figures stand beside it
	flags []string
	auto  bool // fit decides on the preprocessing; otherwise columns are standardized
}

// models are the recipes with the sizes of the libraries' figures, and fit as it is without options.
var models = []modelling{
	{name: "maf", peers: []string{"zuko-maf"}, flags: []string{"--recipe", "maf", "--transforms", "5", "--scale-bound", "7"}},
	{name: "realnvp", peers: []string{"zuko-realnvp"}, flags: []string{"--recipe", "realnvp", "--transforms", "10", "--scale-bound", "7"}},
	{name: "nsf-ar", peers: []string{"zuko-nsf", "flowjax-nsf"}, flags: []string{"--recipe", "nsf-ar", "--transforms", "5"}},
	{name: "nsf-c", peers: []string{"nflows-nsfc"}, flags: []string{"--recipe", "nsf-c", "--transforms", "8"}},
	{name: "default", auto: true},
}

// fits says whether the model can be fitted to the table: a coupling of one column alone is no model of a paper.
func (m modelling) fits(set string) bool {
	return set != "galaxy_cond" || m.name != "nsf-c" && m.name != "realnvp"
}

type named interface{ table | modelling }

func names[T named](list []T) (out []string) {
	for _, x := range list {
		switch x := any(x).(type) {
		case table:
			out = append(out, x.name)
		case modelling:
			out = append(out, x.name)
		}
	}
	return out
}

func tableOf(name string) table {
	for _, t := range tables {
		if t.name == name {
			return t
		}
	}
	return table{}
}

package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"diffeo/bijection"
	"diffeo/fault"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/scalar"
)

const good = `"name": "n", "kind": "maf", "univariate": "affine", "dim": 3, "transforms": 2, "hidden": [4], "train_batch": 8, "eval_batch": 4`

// written puts a workloads file into a folder of its own.
func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	w, err := Load(written(t, `{"other": 3, "W": {`+good+`, "order": "reversed", "more": true}}`), "W")
	want := Workload{Name: "n", Kind: "maf", Univariate: "affine", Dim: 3, Transforms: 2, Hidden: []int{4}, Order: "reversed", TrainBatch: 8, EvalBatch: 4}
	if err != nil || !reflect.DeepEqual(w, want) {
		t.Errorf("%+v, %v", w, err)
	}
	none := strings.Replace(good, `"hidden": [4], `, "", 1)
	if w, err = Load(written(t, `{"W": {`+none+`}}`), "W"); err != nil || w.Hidden == nil || len(w.Hidden) != 0 {
		t.Errorf("without hidden layers: %#v, %v", w.Hidden, err)
	}
}

func TestLoadErrors(t *testing.T) {
	for _, c := range []struct{ name, field, say string }{ // field replaces that of the good workload
		{"kind", `"kind": "cnf"`, `kind "cnf" is neither`},
		{"glow without levels", `"kind": "glow", "shape": [1, 4, 4], "steps": 1, "hidden_channels": 2`, "a glow of 0 levels"},
		{"glow that cannot be halved", `"kind": "glow", "shape": [1, 6, 4], "steps": 1, "levels": 2, "hidden_channels": 2`, "6×4 pixels cannot be halved 2 times"},
		{"univariate", `"univariate": "cubic"`, `univariate "cubic" is neither`},
		{"no bins", `"univariate": "rqs", "bound": 3`, "bins and bound, not 0 and 3"},
		{"no bound", `"univariate": "rqs", "bins": 3`, "bins and bound, not 3 and 0"},
		{"negative bound", `"univariate": "rqs", "bins": 3, "bound": -1`, "not 3 and -1"},
		{"dim", `"dim": 0`, "dim 0"},
		{"a dim that is no number", `"dim": "three"`, "dim"},
		{"a broken dim", `"dim": 2.5`, "dim"},
		{"transforms", `"transforms": 0`, "transforms 0"},
		{"context", `"context": -1`, "context -1"},
		{"train_batch", `"train_batch": 0`, "train_batch 0"},
		{"eval_batch", `"eval_batch": -3`, "eval_batch -3"},
		{"order", `"order": "random"`, `order "random"`},
		{"between", `"kind": "coupling", "between": "lu"`, `between "lu"`},
		{"hidden", `"hidden": [4, 0]`, "hidden [4 0]"},
		{"one column has no halves to swap", `"kind": "coupling", "between": "swap", "dim": 1`, "swap"},
	} {
		fields := map[string]json.RawMessage{}
		for _, text := range []string{good, c.field} {
			var some map[string]json.RawMessage
			if err := json.Unmarshal([]byte("{"+text+"}"), &some); err != nil {
				t.Fatal(err)
			}
			maps.Copy(fields, some)
		}
		text, err := json.Marshal(map[string]any{"W": fields})
		if err != nil {
			t.Fatal(err)
		}
		path := written(t, string(text))
		_, err = Load(path, "W")
		if !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), c.say) || !strings.Contains(err.Error(), path+", workload W: ") {
			t.Errorf("%s: %v, want %q", c.name, err, c.say)
		}
	}
	for _, c := range []struct{ name, text, say string }{
		{"not there", `{"A": {}, "B": {}}`, `no workload "W"; it has A, B`},
		{"no object", `[1, 2]`, "is not a JSON object of workloads"},
		{"cut off", `{"W": {`, "is not a JSON object of workloads"},
		{"empty", ``, "is not a JSON object of workloads"},
		{"a workload that is no object", `{"W": 3}`, "workload W"},
	} {
		path := written(t, c.text)
		if _, err := Load(path, "W"); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), c.say) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %q", c.name, err, c.say)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none.json"), "W"); !errors.Is(err, fault.ErrConfig) || !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// kinds is every kind of flow that a file can ask for.
func kinds() []Workload {
	var ws []Workload
	for _, univariate := range []string{"affine", "rqs"} {
		for _, kind := range []string{"maf", "coupling permutation", "coupling swap"} {
			w := Workload{Name: kind + " " + univariate, Univariate: univariate, Bins: 3, Bound: 2.5, Dim: 5, Transforms: 3, Hidden: []int{6}, TrainBatch: 9, EvalBatch: 7}
			w.Kind, w.Between, _ = strings.Cut(kind, " ")
			ws = append(ws, w)
		}
	}
	return ws
}

// The flows are those that the file's description promises: the map, the network, and which columns condition which.
func TestFlow(t *testing.T) {
	for _, w := range kinds() {
		w.Context = 2
		if err := w.check(); err != nil {
			t.Fatal(err)
		}
		f := w.Flow()
		b, err := f.Bind()
		if err != nil {
			t.Errorf("%s: %v", w.Name, err)
			continue
		}
		if !b.Cond.Equal(graph.Shape{2}) || !b.Transform.DataShape().Equal(graph.Shape{5}) {
			t.Errorf("%s: condition %v, data %v", w.Name, b.Cond, b.Transform.DataShape())
		}
		var conditioned []string
		for _, m := range f.Transform.(bijection.Chain).Transforms {
			var univariate scalar.Map
			switch m := m.(type) {
			case bijection.Autoregressive:
				conditioned, univariate = append(conditioned, fmt.Sprint(m.Order)), m.Map
				if net, ok := m.Net.(nn.MADE); !ok || !reflect.DeepEqual(net.Hidden, w.Hidden) {
					t.Errorf("%s: network %+v", w.Name, m.Net)
				}
			case bijection.Coupling:
				conditioned, univariate = append(conditioned, fmt.Sprint(m.Mask)), m.Map
			case bijection.Permute:
				conditioned = append(conditioned, "permuted")
				continue
			}
			if spline, ok := univariate.(scalar.RationalQuadratic); ok != (w.Univariate == "rqs") || ok && (spline.Bins != 3 || spline.Low != -2.5 || spline.High != 2.5) {
				t.Errorf("%s: map %+v", w.Name, univariate)
			}
		}
		first := "[true true false false false]"
		want := map[string][]string{
			"maf":                  {"[0 1 2 3 4]", "[4 3 2 1 0]", "[0 1 2 3 4]"},
			"coupling permutation": {first, "permuted", first, "permuted", first},
			"coupling swap":        {first, "[false false true true true]", first},
		}[strings.TrimSuffix(w.Name, " "+w.Univariate)]
		if !reflect.DeepEqual(conditioned, want) {
			t.Errorf("%s: %v, want %v", w.Name, conditioned, want)
		}
	}
}

// The common workloads, of which Diffeo has all kinds but one, can be read where they are.
func TestCommonWorkloads(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "bench", "workloads.json")
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("the workloads that are common to all programs are not here: %v", err)
	}
	for _, key := range []string{"W1", "W2", "W3", "W4", "W5", "W6"} {
		w, err := Load(path, key)
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := w.Flow().Bind(); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// The workloads of docs/bench, with sizes that nobody tuned for, run all operations.
func TestOddWorkloads(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("..", "..", "docs", "bench", "*.json"))
	if err != nil || len(paths) < 3 {
		t.Fatalf("workload files: %v, %v", paths, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]json.RawMessage
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatal(err)
		}
		for key := range all {
			w, err := Load(path, key)
			if err != nil {
				t.Error(err)
				continue
			}
			if testing.Short() {
				w.TrainBatch, w.EvalBatch = 19, 23
			}
			for op, l := range lines(t, w, config(Ops()...)) {
				if finite, ok := l["finite"]; ok && finite != true {
					t.Errorf("%s: %s is not finite", key, op)
				}
			}
		}
	}
}

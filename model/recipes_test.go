package model

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/recipe"
)

// A model of every recipe comes back from its file, with a condition and without, with and without hidden layers that it has no use for.
func TestModelsOfEveryRecipeComeBack(t *testing.T) {
	columns := []Column{{Name: "a", Mean: 3, Std: 2}, {Name: "b", Mean: 0, Std: 1}}
	for _, name := range recipe.Names() {
		for _, context := range [][]Column{nil, {{Name: "c", Mean: 5, Std: 10}}} {
			for _, hidden := range [][]int{nil, {4, 4}, {300, 300}} {
				m, err := New(name, recipe.Config{Transforms: 6, Hidden: hidden}, columns, context, Float64, 7)
				if err != nil {
					t.Fatal(err)
				}
				back, err := Read(bytes.NewReader(encoded(t, m)))
				if err != nil {
					t.Errorf("%s under %d columns, hidden %v: %v", name, len(context), hidden, err)
					continue
				}
				for _, s := range m.Params.Specs() {
					if !reflect.DeepEqual(m.Params.Data(s.Name), back.Params.Data(s.Name)) {
						t.Errorf("%s under %d columns, hidden %v: %s changed", name, len(context), hidden, s.Name)
					}
				}
			}
		}
	}
}

// What a few bytes of a file may ask for is bounded for the recipes that need more weights than their conditioners say.
func TestModestRecipes(t *testing.T) {
	for _, c := range []struct {
		name   string
		config recipe.Config
	}{
		{"sylvester", recipe.Config{Dim: 900, Context: 1, Hidden: []int{100}}},
		{"bnaf", recipe.Config{Dim: 900, Hidden: []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}}},
		{"planar", recipe.Config{Dim: 2, Context: 1, Hidden: []int{9999, 9999}}},
	} {
		err := Modest(c.name, c.config, 1000)
		if !errors.Is(err, fault.ErrConfig) || !strings.Contains(fmt.Sprint(err), "weights") {
			t.Errorf("%s %+v: %v", c.name, c.config, err)
		}
	}
}

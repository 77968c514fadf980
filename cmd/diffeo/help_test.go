package main

import (
	"context"
	"strings"
	"testing"

	"diffeo/nn"
	"diffeo/recipe"
)

// The help of fit explains every recipe of the table on a line of its own, and names every activation.
func TestFitHelpIsComplete(t *testing.T) {
	var out, errs strings.Builder
	if status := Main(context.Background(), []string{"fit", "--help"}, nil, &out, &errs); status != 0 {
		t.Fatal(status, errs.String())
	}
	text := out.String()
	for _, name := range recipe.Names() {
		if !strings.Contains(text, "\n  "+name+" ") {
			t.Errorf("the recipe %s is not explained", name)
		}
	}
	if _, after, _ := strings.Cut(text, "\nRecipes:\n"); strings.Count(after[:strings.Index(after, "\n\n")], "\n")+1 != len(recipe.Names()) {
		t.Errorf("the help explains recipes that there are not:\n%s", text)
	}
	for _, name := range nn.Activations() {
		if !strings.Contains(text, name) {
			t.Errorf("the activation %s is not named", name)
		}
	}
}

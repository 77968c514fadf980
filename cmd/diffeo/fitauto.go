package main

import "diffeo/recipe"

// automatic is what fit takes where no recipe is named: not a recipe, but one with settings.
const automatic = "auto"

const autoHelp = `--recipe auto, the default, is what did best over the tables of docs/results.md: nsf-ar with --transforms 8 --linear lu --bin-scale 0.09
--tails power --lr 0.003 --average 0.99. What the command line says of these counts instead.`

// automatically replaces auto by its recipe and puts its settings where the command line says nothing.
func (f *fit) automatically(changed func(flag string) bool) {
	if f.recipe != automatic {
		return
	}
	f.recipe = "nsf-ar"
	for _, o := range []struct {
		flag string
		set  func()
	}{
		{"transforms", func() { f.config.Transforms = 8 }},
		{"linear", func() { f.config.Linear = recipe.LU }},
		{"bin-scale", func() { f.config.BinScale = 0.09 }},
		{"tails", func() { f.config.Tails = recipe.PowerTails }},
		{"lr", func() { f.train.Rate = 3e-3 }},
		{"average", func() { f.train.Average = 0.99 }},
	} {
		if !changed(o.flag) {
			o.set()
		}
	}
}

package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"diffeo/nn"
	"diffeo/recipe"
)

// imageHelp is a part of the command's help.
var imageHelp = `Pictures: diffeo fit PICTURES --recipe glow learns the density of pictures instead of rows (docs/images.md); recipes of pictures are

  glow           steps of activation norms, 1×1 convolutions and couplings of channels on several scales
  realnvp-image  couplings of checkerboards and channels on several scales

--preset small, the default, is for two cores and pictures like digits, large is the papers' size, and spline (glow) is small with --coupling spline --pixels logit --prior learned, which
learns much quicker for two to three times the time of a step. What the command line says counts instead of the preset's:
--levels, --transforms (steps of a scale), --hidden (one number), --blocks (realnvp-image), --norm (` + strings.Join(nn.ImageNorms(), ", ") + `), --linear (glow: lu,
rotation), --prior, --coupling (with --bins and --bound for spline), --zeros, --activation, --context-embedding, --recompute. Small: glow has --levels 2 --transforms 6
--hidden 32 --prior channels --norm act --linear rotation --zeros, realnvp-image --levels 2 --transforms 2 --hidden 16 --blocks 1 --norm act. A picture is halved --levels
times, so its sides are multiples of 2^levels; --resize brings those of a folder to such a size. --batch is 64. Pixels are whole numbers: every pass adds new noise from 0 to 1 to them (uniform
dequantization; --dequantize variational learns the noise), and bits per dimension, −log₂ p of a picture for each of its values, are an upper bound of those of the whole numbers. With --labels, or
--conditional where the pictures say their classes themselves, the density is one given the class; --prior places is for it, with a mean and a deviation for each latent and class, where pictures of a
class look alike in the same places, as digits do. A tenth of the pictures each, 2,000 at most, is held out for validation
and test, unless --val and --test name other sets. With --json there are val_bits_per_dim and test_bits_per_dim too. ` + spoolHelp + " " + pictureHelp

// pictureOptions are the options of fit for pictures.
type pictureOptions struct {
	pictureFlags
	preset                string
	valLabels, testLabels string
	resize                []int
	conditional, flips    bool
}

// The flags of fit that are for pictures alone, and those for tables alone.
var (
	pictureOnly = append([]string{"preset", "val-labels", "test-labels", "resize", "conditional", "flips", "levels", "pixels", "prior", "coupling", "zeros"},
		pictureReading...)
	tableOnly = []string{"val-query", "test-query", "query", "delimiter", "decimal-comma", "array", "missing", "window", "columns", "context", "column",
		"preprocess", "allow-atoms", "weights", "smooth", "bin-scale", "degree", "components", "signal", "nodes", "affine", "scale-bound", "factor", "start", "tails", "dropout"}
)

func (f *fit) pictureFlags(flags *pflag.FlagSet) {
	p, c := &f.pictures, &f.config
	flags.StringVar(&p.preset, "preset", "small", "pictures: size of the recipe: small, large or, of glow, spline")
	p.flags(flags)
	flags.StringVar(&p.valLabels, "val-labels", "", "pictures: file with the classes of --val")
	flags.StringVar(&p.testLabels, "test-labels", "", "pictures: file with the classes of --test")
	flags.BoolVar(&p.conditional, "conditional", false, "pictures: learn the density given the class, which a folder or a file of CIFAR says itself (default: with --labels)")
	flags.IntSliceVar(&p.resize, "resize", nil, "pictures: bring those of a folder to this height and width, as in 32,32")
	flags.BoolVar(&p.flips, "flips", false, "pictures: mirror each with probability ½ in every pass")
	flags.IntVar(&c.Levels, "levels", 2, "pictures: scales; large has 3")
	flags.StringVar(&c.Pixels, "pixels", "", "pictures: what pixels are to the flow: centered, logit or none (default: centered in glow, logit in realnvp-image and with --preset spline)")
	flags.StringVar(&c.Prior, "prior", "", "pictures: of the latents: standard, channels, learned, or places, for pictures given their class (default: channels in glow, learned in its presets large and spline, standard in realnvp-image)")
	flags.StringVar(&c.Coupling, "coupling", recipe.AffineCoupling, "pictures: affine, additive or spline")
	flags.BoolVar(&c.Zeros, "zeros", false, "pictures: networks begin as 0, with gains (default: in glow)")
}

// ofPictures tells whether the recipe is one of pictures.
func (f *fit) ofPictures() bool { return slices.Contains(recipe.ImageNames(), f.recipe) }

// choosePictures makes the recipe's Config of the preset and of what the command line names, and reports options that are not for pictures.
func (f *fit) choosePictures(command *cobra.Command) error {
	flags, p := command.Flags(), &f.pictures
	for _, name := range tableOnly {
		if flags.Changed(name) {
			return usagef("--%s is for tables, and %s is a recipe of pictures", name, f.recipe)
		}
	}
	named := f.config
	c, err := recipe.Preset(f.recipe, p.preset)
	if err != nil {
		return usagef("--preset %q: choose one of %s", p.preset, strings.Join(recipe.Presets(f.recipe), ", "))
	}
	for flag, take := range map[string]func(){
		"transforms": func() { c.Transforms = named.Transforms }, "hidden": func() { c.Hidden = named.Hidden }, "activation": func() { c.Activation = named.Activation },
		"blocks": func() { c.Blocks = named.Blocks }, "bins": func() { c.Bins = named.Bins }, "bound": func() { c.Bound = named.Bound },
		"linear": func() { c.Linear = named.Linear }, "norm": func() { c.Norm = named.Norm }, "context-embedding": func() { c.ContextEmbedding = named.ContextEmbedding },
		"levels": func() { c.Levels = named.Levels }, "pixels": func() { c.Pixels = named.Pixels }, "prior": func() { c.Prior = named.Prior },
		"coupling": func() { c.Coupling = named.Coupling }, "zeros": func() { c.Zeros = named.Zeros }, "recompute": func() { c.Recompute = named.Recompute },
	} {
		if flags.Changed(flag) {
			take()
		}
	}
	f.config = c
	if flags.Changed("resize") {
		if len(p.resize) != 2 || p.resize[0] < 1 || p.resize[1] < 1 {
			return usagef("--resize %v makes no sense; give a height and a width above 0, as in 32,32", p.resize)
		}
		p.o.Height, p.o.Width = p.resize[0], p.resize[1]
	}
	switch {
	case p.valLabels != "" && f.val == "", p.testLabels != "" && f.test == "":
		return usagef("--val-labels and --test-labels are of --val and --test: give these too")
	case flags.Changed("levels") && (c.Levels < 1 || c.Levels > 12):
		return usagef("--levels %d makes no sense; give a number from 1 to 12", c.Levels)
	}
	p.conditional = p.conditional || p.labels != ""
	c.Image, c.Context = []int{1, 1 << c.Levels, 1 << c.Levels}, map[bool]int{true: 2}[p.conditional]
	_, err = recipe.New(f.recipe, c)
	return err
}

// hintPictures says what to do where a table was wanted and pictures were given.
func (f *fit) hintPictures(err error) error {
	r, e := f.pictures.open(f.table, "")
	if e != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	return fmt.Errorf("%w\nIt holds pictures of %v (channels, height, width): give a recipe of pictures, --recipe %s", err, r.Format(), strings.Join(recipe.ImageNames(), " or "))
}

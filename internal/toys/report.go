package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"diffeo/internal/atomicfile"
	"diffeo/internal/jsonlines"
)

// writeReport writes the page of results, and the picture of the truth.
func (c config) writeReport() error {
	results, err := jsonlines.Read[result](c.out)
	if err != nil {
		return err
	}
	if len(results) == 0 {
		return fmt.Errorf("%s holds no results", c.out)
	}
	if c.pictures != "" {
		if err := c.drawTruth(); err != nil {
			return err
		}
	}
	return atomicfile.Write(c.report, func(w io.Writer) error {
		_, err := io.WriteString(w, c.page(results))
		return err
	})
}

func (c config) page(results []result) string {
	var b strings.Builder
	introduce(&b, results)
	bars(&b, results)
	missing(&b, results)
	for _, density := range densityNames() {
		section(&b, density, results)
	}
	failures(&b, results)
	c.gallery(&b)
	return b.String()
}

const introduction = `# Toy densities

How well recipes fit densities of two columns that are known (` + "`data.Toys`" + `), beside %s. Written by

    go run ./internal/toys -torch PYTHON -jax PYTHON -seeds 0,1,2     # measures, a line of docs/toys.jsonl each
    go run ./internal/toys -report docs/toys.md

Figures are Kullback–Leibler divergences from the truth in nats, KL(p*‖p) = ∫ p*(x) (log p*(x) − log p(x)) dx, smaller is better: mean over seeds ± half the
range, and in brackets the number of seeds where it is not three. Protocol of all: %d steps of %d rows, each with rows that were not seen before, the
same for every library; Adam with learning rate %g falling to 0 by a cosine, clip 5, float32, last weights. Networks have %s hidden
units, those of bnaf 128, 128; planar, radial and sylvester have 32 maps, the others 8 transforms. nsf-ar and nsf-c have 16 bins on [−5, 5], naf has 16 sigmoids, maf the
factor on the data's side, our affine maps factors by a softplus, as in flowjax, and first weights far from the identity (fit --factor softplus --start far), as have bpf, sospf and unaf; all else is each library's default. Sizes and rate were chosen with our own figures on rings with seed 0 in
sight, and so were the first values of bnaf, naf, planar and radial; those of affine maps and of triangular-spline with eight seeds, on four and on six densities, of bpf and sospf with three, that of unaf with three on rings and one on spirals, after a fit of zuko on each, the mixtures of gf with four to six, on six densities and on three
tables (power, galaxy, miniboone). bpf has polynomials of degree 21, which have as many learned
coefficients as zuko's of degree 16. For ncsf, whose densities live on a circle, data are scaled by π/6.

The integral is a sum over the middles of equal cells, %d along each side of a box. Over all runs the cells miss at most %.1g of the mass, and
halving their sides changed the divergence by at most %.1g nats. That leaves out divergences above %g nats (*wild*): they come from a few cells with a
log-density far below zero, so that they are no figures, and means that hold one say nothing but that.

`

func introduce(b *strings.Builder, results []result) {
	missed, halved := 0.0, 0.0
	versions := map[string]string{}
	for _, r := range results {
		missed = max(missed, math.Abs(r.Missed))
		if r.KL <= wild {
			halved = max(halved, math.Abs(r.Halved))
		}
		versions[r.Library] = r.Version
	}
	peers := "other libraries"
	if named := namedVersions(versions); named != "" {
		peers = named
	}
	r := results[0]
	for _, other := range results {
		if e, err := entryOf(other.Recipe); err == nil && e.size.Hidden == nil { // of the usual size
			r = other
		}
	}
	fmt.Fprintf(b, introduction, peers, r.Steps, r.Batch, r.Rate, strings.ReplaceAll(strings.Trim(fmt.Sprint(r.Config.Hidden), "[]"), " ", ", "), 2*cells, missed, halved, float64(wild))
}

func namedVersions(versions map[string]string) string {
	var list []string
	for _, name := range libraryNames[1:] {
		if v, ok := versions[name]; ok {
			list = append(list, name+" "+v)
		}
	}
	return strings.Join(list, ", ")
}

// runs are the divergences of one recipe by one library on one density, failures left out.
func runs(results []result, density, name, library string) (kl []float64) {
	for _, r := range results {
		if r.Density == density && r.Recipe == name && r.Library == library && r.Failed == "" {
			kl = append(kl, r.KL)
		}
	}
	return kl
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// wild is the divergence above which a quadrature of it means little.
const wild = 2

// seedsOf is how many seeds a mean is of where nothing else is said.
const seedsOf = 3

func spread(x []float64) string {
	if len(x) == 0 {
		return "—"
	}
	text := fmt.Sprintf("%.3f", mean(x))
	if slices.Max(x) > wild {
		text = fmt.Sprintf("wild (%.2g)", mean(x))
	} else if len(x) > 1 {
		text += fmt.Sprintf(" ± %.3f", (slices.Max(x)-slices.Min(x))/2)
	}
	if len(x) != seedsOf {
		text += fmt.Sprintf(" (%d)", len(x))
	}
	return text
}

// gap is a difference of divergences.
func gap(d float64) string {
	if math.Abs(d) > wild {
		return fmt.Sprintf("%+.2g", d)
	}
	return fmt.Sprintf("%+.3f", d)
}

// best is the least mean of the other libraries.
func best(results []result, density, name string) (kl float64, ok bool) {
	kl = math.Inf(1)
	for _, library := range libraryNames[1:] {
		if x := runs(results, density, name, library); len(x) > 0 {
			kl, ok = min(kl, mean(x)), true
		}
	}
	return kl, ok
}

// bars lists what was to be reached.
func bars(b *strings.Builder, results []result) {
	var above, over []string
	compared := 0
	for _, density := range densityNames() {
		for _, e := range entries {
			x := runs(results, density, e.name, ours)
			if len(x) == 0 {
				continue
			}
			if kl, ok := best(results, density, e.name); ok {
				if compared++; mean(x) > kl+slack {
					above = append(above, fmt.Sprintf("%s on %s (%s)", e.name, density, gap(mean(x)-kl)))
				}
			}
			if slices.Contains(barRecipes, e.name) && slices.Contains(barDensities, density) && mean(x) > bar {
				over = append(over, fmt.Sprintf("%s on %s (%.3f)", e.name, density, mean(x)))
			}
		}
	}
	none := func(list []string) string {
		if len(list) == 0 {
			return "none"
		}
		return strings.Join(list, ", ")
	}
	fmt.Fprintf(b, "Of %d comparisons with the best of the other libraries, more than %g nats above it: %s.\n\nOf %s on %s, above %g nats: %s.\n\n", compared, slack, none(above),
		strings.Join(barRecipes, ", "), strings.Join(barDensities, ", "), bar, none(over))
}

// missing says which runs of other libraries could still change what bars says. No divergence is negative: where Diffeo's mean is at most slack nobody can be lower by more, nor
// where the runs made, divided by all seeds, already are as high as Diffeo's mean less slack.
func missing(b *strings.Builder, results []result) {
	done := map[job]bool{}
	for _, r := range results {
		done[r.job()] = true
	}
	var lines []string
	for _, library := range libraryNames[1:] {
		for _, e := range entries {
			if !slices.Contains(e.peers, library) {
				continue
			}
			for _, density := range densityNames() {
				x, ran, sum := runs(results, density, e.name, ours), 0, 0.0
				for seed := range seedsOf {
					if done[job{density, e.name, library, seed}] {
						ran++
					}
				}
				for _, kl := range runs(results, density, e.name, library) {
					sum += kl
				}
				if len(x) > 0 && ran < seedsOf && sum/seedsOf < mean(x)-slack {
					lines = append(lines, fmt.Sprintf("%s of %s on %s (%d of %d)", e.name, library, density, ran, seedsOf))
				}
			}
		}
	}
	if len(lines) == 0 {
		lines = []string{"none"}
	}
	fmt.Fprintf(b, "No divergence is negative. So nobody can be lower by more than %[1]g where Diffeo's mean is at most %[1]g, nor where the runs that were made, divided by %[2]d, already are as high as Diffeo's mean less %[1]g. "+
		"Comparisons that more runs could still change: %[3]s.\n\n", slack, seedsOf, strings.Join(lines, ", "))
}

func section(b *strings.Builder, density string, results []result) {
	var rows strings.Builder
	for _, e := range entries {
		x := runs(results, density, e.name, ours)
		fields, any := []string{e.name}, false
		for _, library := range libraryNames {
			kl := runs(results, density, e.name, library)
			fields, any = append(fields, spread(kl)), any || len(kl) > 0
		}
		difference := "—"
		if kl, ok := best(results, density, e.name); ok && len(x) > 0 {
			difference = gap(mean(x) - kl)
		}
		if any {
			fmt.Fprintf(&rows, "| %s | %s |\n", strings.Join(fields, " | "), difference)
		}
	}
	if rows.Len() > 0 {
		fmt.Fprintf(b, "## %s\n\n| recipe | Diffeo | zuko | normflows | flowjax | difference to the best |\n|---|---|---|---|---|---|\n%s\n", density, rows.String())
	}
}

// failures lists the runs without a figure, and those that left steps out.
func failures(b *strings.Builder, results []result) {
	var lines []string
	for _, r := range results {
		if r.Failed != "" || r.Skipped > 0 {
			line := fmt.Sprintf("- %s on %s, %s, seed %d: %s", r.Recipe, r.Density, r.Library, r.Seed, r.Failed)
			if r.Skipped > 0 {
				line += fmt.Sprintf(" %d steps were not finite and changed nothing", r.Skipped)
			}
			lines = append(lines, line)
		}
	}
	if len(lines) > 0 {
		fmt.Fprintf(b, "## Failures\n\n%s\n\n", strings.Join(lines, "\n"))
	}
}

// gallery shows the strips that there are.
func (c config) gallery(b *strings.Builder) {
	if c.pictures == "" {
		return
	}
	folder, err := filepath.Rel(filepath.Dir(c.report), c.pictures)
	if err != nil {
		folder = c.pictures
	}
	fmt.Fprintf(b, "## Pictures\n\nThe fits with seed 0, on [−%g, %g]²: %s. Colours are those of the square root of the density, with the truth's largest as the brightest. A tile without a fit was not measured.\n\n| | |\n|---|---|\n", reach, reach,
		strings.Join(densityNames(), ", "))
	for _, name := range append([]string{truthStrip}, recipeNames()...) {
		if _, err := os.Stat(filepath.Join(c.pictures, name+".png")); err == nil {
			fmt.Fprintf(b, "| %s | ![%s](%s/%s.png) |\n", name, name, filepath.ToSlash(folder), name)
		}
	}
}

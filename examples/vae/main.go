// Command vae trains variational autoencoders of handwritten digits whose posteriors are Gaussians or flows, and compares their bounds on the log-likelihood of
// digits that were held back. It writes docs/vae.md and its pictures:
//
//	go run ./examples/vae -out docs/vae.md -pictures docs/img/vae
//
// The folder shared holds the digits.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat"

	"diffeo/internal/atomicfile"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "vae: %v\n", err)
		os.Exit(1)
	}
}

// settings are what the command line says.
type settings struct {
	shared, out, pictures string
	steps, seeds, threads int
	train, test, draws    int
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var s settings
	f := flag.NewFlagSet("vae", flag.ContinueOnError)
	f.StringVar(&s.shared, "shared", filepath.Join("..", "shared"), "folder with the data")
	f.StringVar(&s.out, "out", "", "file of the report (default: standard output)")
	f.StringVar(&s.pictures, "pictures", "", "folder for pictures (default: none)")
	f.IntVar(&s.steps, "steps", 10000, "of each training")
	f.IntVar(&s.seeds, "seeds", 2, "how many first weights and orders of the rows")
	f.IntVar(&s.threads, "threads", 2, "of each training")
	f.IntVar(&s.train, "train", 50000, "digits that are trained on, the first ones")
	f.IntVar(&s.test, "test", 10000, "digits that are tested on, the last ones")
	f.IntVar(&s.draws, "draws", 50, "of the importance-weighted bound")
	if err := f.Parse(args); err != nil {
		return err
	}
	if s.steps < 1 || s.seeds < 1 || s.train < 1 || s.test < 2 || s.draws < 1 || s.threads < 0 {
		return fmt.Errorf("steps, seeds, digits, draws and threads are counts, and a standard error needs two digits")
	}
	d, err := readDigits(ctx, s)
	if err != nil {
		return err
	}
	var list []result
	for seed := range s.seeds {
		for _, p := range posteriors {
			began := time.Now()
			r, err := fit(ctx, d, p, s, uint64(seed)+1)
			if err != nil {
				return fmt.Errorf("%s, seed %d: %w", p.name, seed+1, err)
			}
			_, _ = fmt.Fprintf(os.Stderr, "%s, seed %d: bound %.2f, %.0f s\n", p.name, seed+1, stat.Mean(r.bound, nil), time.Since(began).Seconds())
			list = append(list, r)
		}
	}
	if s.pictures != "" {
		if err := draw(s.pictures, d, list[:len(posteriors)]); err != nil {
			return err
		}
	}
	text := report(s, list)
	if s.out == "" {
		_, err := io.WriteString(out, text)
		return err
	}
	file, err := atomicfile.Create(s.out)
	if err != nil {
		return err
	}
	defer file.Abort()
	if _, err := io.WriteString(file, text); err != nil {
		return err
	}
	return file.Commit()
}

// report is the text of docs/vae.md.
func report(s settings, list []result) string {
	var b strings.Builder
	fmt.Fprintf(&b, introduction, s.seeds, s.steps, batch, s.steps, s.train, s.test, s.draws)
	for _, r := range list {
		m, e := meanError(r.bound)
		w, we := meanError(r.weighted)
		fmt.Fprintf(&b, "| %s | %d | %.2f ± %.2f | %.2f ± %.2f | %.1f |\n", r.posterior, r.seed, m, e, w, we, stat.Mean(r.divergence, nil))
	}
	fmt.Fprint(&b, "\nDifferences are taken digit by digit, between trainings of one seed, so that what makes a digit hard for both goes out.\nErrors are over digits; how much a training itself varies shows between the seeds.\n\n"+
		"| against the Gaussian | seed | bound | in standard errors | weighted bound | in standard errors |\n|---|---|---|---|---|---|\n")
	for i, r := range list {
		gaussian := list[i-i%len(posteriors)]
		if i%len(posteriors) == 0 {
			continue
		}
		m, e := meanError(less(r.bound, gaussian.bound))
		w, we := meanError(less(r.weighted, gaussian.weighted))
		fmt.Fprintf(&b, "| %s | %d | %+.2f ± %.2f | %.0f | %+.2f ± %.2f | %.0f |\n", r.posterior, r.seed, m, e, m/e, w, we, w/we)
	}
	if s.pictures != "" {
		b.WriteString(pictures)
		for _, p := range posteriors {
			fmt.Fprintf(&b, "%s:\n\n![draws of the model with the posterior %s](img/vae/%s.png)\n\n", p.name, p.name, p.file)
		}
	}
	return b.String()
}

const introduction = `# Digits by variational autoencoders

Written by ` + "`go run ./examples/vae -out docs/vae.md -pictures docs/img/vae`" + `, with package ` + "`vae`" + `: what a flow as the posterior is worth.

All models have the standard normal of 40 columns as the prior, an encoder of 784 → 300 → 300 units and a decoder of 40 → 300 → 300 → 784, independent pixels of 0 and 1, and differ in the posterior alone: a
Gaussian with independent columns, or that Gaussian followed by a flow that sees the encoder's last layer too: IAF is four inverse autoregressive maps, whose masked networks have 128 hidden units. Equal training: the same %d seeds of first weights and orders of rows, the same %d steps of
%d digits by Adam, whose rate falls from 0.002 along a cosine, and in the first tenth of the %d steps the divergence comes in. No setting was chosen by the test digits.

The digits are the training file of MNIST: the first %d are trained on, the last %d tested on. Grey values are probabilities: in training each pixel becomes 0 or 1 anew in each pass (dynamic
binarization), in the test once for all models.

*Bound* is the evidence lower bound on log p(x) in nats, the mean over the test digits of 4 draws each, ± its standard error over digits; *weighted* the importance-weighted bound with %d draws, which is
nearer to log p(x); *divergence* the mean of log q(z|x) − log p(z).

| posterior | seed | bound | weighted | divergence |
|---|---|---|---|---|
`

const pictures = `
## Pictures

Test digits (first line), and what the decoder makes of a draw of the posterior, by the Gaussian (second line) and the flows (below), seed 1:

![digits and their reconstructions](img/vae/reconstructions.png)

Draws of the models: what the decoder makes of draws of the prior, pixel by pixel the probability of 1, seed 1.

`

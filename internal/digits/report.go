package main

import (
	"fmt"
	"math"
	"os"
	"strings"

	"diffeo/internal/jsonlines"
)

const pageText = `# Digits

The recipe ` + "`glow`" + ` on MNIST by ` + "`diffeo fit`" + `, beside normflows' Glow. Written by

    go run ./internal/digits -python PYTHON -seeds 0,1,2                        # measures, a line of docs/digits.jsonl each
    go run ./internal/digits -python PYTHON -seeds 0 -steps 6000 -who classes -keep classes.safetensors
    go run ./internal/digits -model classes.safetensors -pictures docs/img/pictures
    go run ./internal/digits -report docs/digits.md

The first 50,000 pictures of the training file are learned, the last 10,000 are held out. Bits per dimension are −log₂ p of a held-out picture for each of its 784 pixels, with one
draw of uniform noise each: an upper bound of those of the whole numbers, smaller is better. The held-out pictures are scored twice on the way, and the better weights count.

## Beside normflows

The preset ` + "`small`" + ` (%s) and normflows' Glow of these sizes, as its documentation builds it: LU-parametrised 1×1 convolutions, activation norms in
its networks, a normal density with a mean and a deviation of its own for each latent. Adam, batches of %d, learning rate %g after a twentieth of the steps of warm-up, from which a cosine leads to 0,
clip %d, float32, the same number of steps. Seconds are ours of the whole process with all that it reads and scores, normflows' of the training steps alone.

| steps | seed | threads | | bits per dimension | parameters | seconds | peak memory, MB |
|---|---|---|---|---|---|---|---|
`

const classesText = `
## Classes

Densities given the digit. A convolutional network (torch), which learned the same pictures, reads %d drawn pictures of every class, to 256 levels as they are drawn: the share of those that it takes for
the digit that was asked for. Temperature 1 draws from the density itself, lower ones nearer to the middle of the base.
`

// runText is of one run: steps, seed, flags, seconds, threads, bits, held.
const runText = `
### %d steps, seed %d

    diffeo fit %s

%.0f s with %d threads beside other work, %.4f bits per dimension. The network names %.2f %% of the held-out digits.

| temperature | read as asked | of the hardest class |
|---|---|---|
`

const curvePicture = `
The curve of the last of them, and its training batches, in nats a picture (543 are one bit per dimension); the pictures of [pictures](images.md) are drawn from that model:

![log-density of training batches and of the held-out pictures over the steps](img/pictures/curve.png)
`

// writeReport writes the page.
func (c config) writeReport() error {
	list, err := jsonlines.Read[result](c.out)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, pageText, sizes(), batch, rate, clip)
	for _, r := range list {
		if r.Who == classes {
			continue
		}
		fmt.Fprintf(&b, "| %d | %d | %d | %s | %.4f | %d | %.0f | %d |\n", r.Steps, r.Seed, r.Threads, strings.TrimSpace(r.Who+" "+r.Version), r.Bits, r.Parameters, r.Seconds, r.Memory)
	}
	b.WriteString(compared(list))
	runs := 0
	for _, r := range list {
		if r.Read == nil {
			continue
		}
		if runs++; runs == 1 {
			fmt.Fprintf(&b, classesText, drawnEach)
		}
		fmt.Fprintf(&b, runText, r.Steps, r.Seed, r.Flags, r.Seconds, r.Threads, r.Bits, 100*r.Read.Held)
		for _, s := range r.Read.Shares {
			fmt.Fprintf(&b, "| %g | %.1f %% | %.0f %% |\n", s.Temperature, 100*s.All, 100*s.Least)
		}
		b.WriteString("\nThe held-out pictures on the way:\n\n" + r.Curve.table())
	}
	if runs > 0 {
		b.WriteString(curvePicture)
	}
	return os.WriteFile(c.report, []byte(b.String()), 0o644)
}

// compared says how the means of both lie, over the seeds and steps that both have.
func compared(list []result) string {
	var bits, seconds [2]float64
	n := 0
	for _, a := range list {
		for _, b := range list {
			if a.Who == ours && b.Who == theirs && a.Seed == b.Seed && a.Steps == b.Steps && a.Threads == b.Threads {
				bits[0], bits[1] = bits[0]+a.Bits, bits[1]+b.Bits
				seconds[0], seconds[1] = seconds[0]+a.Seconds, seconds[1]+b.Seconds
				n++
			}
		}
	}
	if n == 0 {
		return ""
	}
	k := float64(n)
	return fmt.Sprintf("\nMeans of %d pairs: %.4f bits per dimension beside %.4f, %+.4f; %.0f s beside %.0f, %.2f of the time.\n",
		n, bits[0]/k, bits[1]/k, (bits[0]-bits[1])/k, seconds[0]/k, seconds[1]/k, seconds[0]/seconds[1])
}

// table is the curve, a dozen of its points at most.
func (c *curve) table() string {
	if c == nil || len(c.Steps) == 0 {
		return ""
	}
	steps, bits := "| step |", "| bits per dimension |"
	n := len(c.Steps)
	points := min(12, n)
	for k := range points {
		i := int(math.Ceil(float64(k+1)*float64(n)/float64(points))) - 1
		steps += fmt.Sprintf(" %d |", c.Steps[i])
		bits += fmt.Sprintf(" %.3f |", c.Bits[i])
	}
	return steps + "\n|---|" + strings.Repeat("---|", points) + "\n" + bits + "\n"
}

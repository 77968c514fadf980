package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"

	"diffeo"
	"diffeo/dequant"
	"diffeo/internal/atomicfile"
	"diffeo/param"
	"diffeo/train"
)

// The noise of pixels.
const (
	uniform     = "uniform"
	variational = "variational"
)

// noise is what -dequantize says.
func (o options) noise(image []int) (diffeo.Flow, error) {
	switch o.dequantize {
	case uniform:
		return diffeo.Flow{}, nil
	case variational:
		return dequant.ImageNoise{Image: image}.Flow()
	}
	return diffeo.Flow{}, fmt.Errorf("-dequantize: %.40q is neither %q nor %q", o.dequantize, uniform, variational)
}

// rate prints the bits per dimension of held-out pictures by the bound of one draw and by that of o.draws, and writes those of each picture to a file where one is asked for.
func rate(ctx context.Context, o options, m dequant.Model, params *param.Set, held train.Data[float32], out io.Writer) error {
	c, err := dequant.Compile[float32](m, params, diffeo.Options{Threads: o.threads})
	if err != nil {
		return err
	}
	n := held.X.Rows
	weighted, single := make([]float64, n), make([]float64, n)
	if err := c.LogProb(ctx, diffeo.Draw{Seed: o.seed}, o.draws, held.X, held.Cond, weighted, single); err != nil {
		return err
	}
	dims := float64(held.X.Cols) * math.Ln2
	lines := [][]string{{"bits", "weighted"}}
	var mean, meanWeighted float64
	for r := range n {
		single[r], weighted[r] = -single[r]/dims, -weighted[r]/dims
		mean, meanWeighted = mean+single[r]/float64(n), meanWeighted+weighted[r]/float64(n)
		lines = append(lines, []string{strconv.FormatFloat(single[r], 'g', 8, 64), strconv.FormatFloat(weighted[r], 'g', 8, 64)})
	}
	_, _ = fmt.Fprintf(out, "%s noise: at most %.4f bits per dimension held out, by %d draws together %.4f\n", o.dequantize, mean, o.draws, meanWeighted)
	if o.bits == "" {
		return nil
	}
	return atomicfile.Write(o.bits, func(w io.Writer) error { return csv.NewWriter(w).WriteAll(lines) })
}

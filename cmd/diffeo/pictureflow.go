package main

import (
	"context"

	"diffeo"
	"diffeo/data"
	"diffeo/dist"
	"diffeo/matrix"
	"diffeo/model"
)

// pictureFlow takes pictures to the base of a model's flow, to their latents, and back.
type pictureFlow struct {
	format data.ImageFormat
	flow   *diffeo.Compiled[float32]
}

// newPictureFlow is that of a model whose base has a temperature.
func newPictureFlow(m *model.Model, temperature float64, threads int) (*pictureFlow, error) {
	f := m.Flow
	f.Base = dist.Tempered{Base: f.Base, T: temperature}
	c, err := diffeo.Compile[float32](f, m.Params, diffeo.Options{Threads: threads})
	return &pictureFlow{m.Image.Format(), c}, err
}

// middles are the middles of the cells of pictures' pixels.
func middles(set data.Images) matrix.Matrix[float32] {
	x := data.PixelMatrix[float32](set)
	for i := range x.Data {
		x.Data[i] += 0.5
	}
	return x
}

// latents are the latents of pixels, u = T⁻¹(x).
func (p *pictureFlow) latents(ctx context.Context, x, cond matrix.Matrix[float32]) (matrix.Matrix[float32], error) {
	u := matrix.New[float32](x.Rows, x.Cols)
	return u, p.flow.Transform().Inverse(ctx, x, cond, u, make([]float32, x.Rows))
}

// pixels are the pixels of latents, x = T(u).
func (p *pictureFlow) pixels(ctx context.Context, u, cond matrix.Matrix[float32]) (matrix.Matrix[float32], error) {
	x := matrix.New[float32](u.Rows, u.Cols)
	return x, p.flow.Transform().Forward(ctx, u, cond, x, make([]float32, u.Rows))
}

// draws are pixels of pictures from the model, one for each row of the condition, or n.
func (p *pictureFlow) draws(ctx context.Context, n int, seed uint64, cond matrix.Matrix[float32]) (matrix.Matrix[float32], error) {
	x := matrix.New[float32](n, p.format.Size())
	return x, p.flow.Sample(ctx, diffeo.Draw{Seed: seed}, cond, x)
}

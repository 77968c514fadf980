package bench

import (
	"fmt"

	"diffeo/fault"
	"diffeo/flow"
	"diffeo/recipe"
)

// glow is the flow of a workload of images.
func (w Workload) glow() (flow.Flow, error) {
	return recipe.Glow(recipe.Config{Image: w.Shape, Levels: w.Levels, Transforms: w.Steps, Hidden: []int{w.Channels}, Context: w.Context, Recompute: w.Recompute})
}

// checkGlow checks a workload of images and says how many numbers an image has.
func (w *Workload) checkGlow() error {
	if w.Levels < 1 || w.Steps < 1 || w.Channels < 1 || w.TrainBatch < 1 || w.EvalBatch < 1 {
		return fmt.Errorf("%w: a glow of %d levels, %d steps and %d hidden_channels, batches of %d and %d: all must be positive",
			fault.ErrConfig, w.Levels, w.Steps, w.Channels, w.TrainBatch, w.EvalBatch)
	}
	if _, err := w.glow(); err != nil {
		return err
	}
	w.Dim = w.Shape[0] * w.Shape[1] * w.Shape[2]
	return nil
}

// glowFloor counts the convolutions of a glow, those of single pixels between its couplings included.
func (w Workload) glowFloor() Floor {
	var f Floor
	channels, height, width := w.Shape[0], w.Shape[1], w.Shape[2]
	for range w.Levels {
		channels, height, width = 4*channels, height/2, width/2
		passed := (channels + 1) / 2
		weights := channels*channels + 9*passed*w.Channels + w.Channels*w.Channels + 9*w.Channels*2*(channels-passed)
		f.Row += 2 * float64(weights*height*width*w.Steps) / 1e9
		channels /= 2
	}
	f.Train = 3 * f.Row * float64(w.TrainBatch)
	f.TrainDense = f.Train
	return f
}

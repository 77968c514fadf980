package sketch

import (
	"math"
	"testing"

	"diffeo/graph"
)

func TestGlowStep(t *testing.T) {
	b := open(t, find(t, "Glow step"))
	near(t, "round trip", b.out("round trip"), b.in["x"], 1e-12)
	b.jacobians("x", "inverse", "inverse log-det", 1e-9)
	b.jacobians("u", "forward", "forward log-det", 1e-9)
	b.gradients("loss", "grad ", 1e-8)
}

// Squeezing puts pixel (2i+a, 2j+b) of channel c at (i, j) of channel 4c + 2a + b.
func TestSqueeze(t *testing.T) {
	const c, h, w = 2, 4, 6
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		y := squeeze(b.Input("x", c, h, w))
		b.Output("y", y)
		b.Output("back", unsqueeze(y))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, c*h*w)
	for i := range x {
		x[i] = float64(i)
	}
	b := bench{t, g, 1, numbers{"x": x}}
	y, back := b.out("y"), b.out("back")
	for k := range x {
		ch, row, col := k/(h*w), k/w%h, k%w
		to := (4*ch+2*(row%2)+col%2)*(h/2)*(w/2) + row/2*(w/2) + col/2
		if y[to] != x[k] || back[k] != x[k] {
			t.Fatalf("pixel %d,%d of channel %d is not at %d", row, col, ch, to)
		}
	}
}

// The shifted products are the convolution's definition.
func TestConvolution(t *testing.T) {
	const c, h, w, out = 2, 3, 5, 3
	s := Sketch{Rows: 2, Build: func(b *graph.Builder) error {
		b.Output("y", conv3(b, "k", b.Input("x", c, h, w), out))
		return nil
	}}
	b := open(t, s)
	y, x, k, bias := b.out("y"), b.in["x"], b.in["k.weight"], b.in["k.bias"]
	for r := range s.Rows {
		for o := range out {
			for i := range h * w {
				sum := bias[o]
				for ch := range c {
					for tap := range 9 {
						row, col := i/w+tap/3-1, i%w+tap%3-1
						if row >= 0 && row < h && col >= 0 && col < w {
							sum += k[(o*c+ch)*9+tap] * x[(r*c+ch)*h*w+row*w+col]
						}
					}
				}
				if got := y[(r*out+o)*h*w+i]; math.Abs(got-sum) > 1e-13 {
					t.Fatalf("row %d channel %d pixel %d: %g, want %g", r, o, i, got, sum)
				}
			}
		}
	}
}

package train

import (
	"math"
	"testing"
)

// However long a training is, its curve has at most 256 points of each kind, in order, and the mean of all points is that of all losses where none is
// missing.
func TestCurveIsBounded(t *testing.T) {
	for _, steps := range []int{1, 255, 256, 257, 3000, 100_000} {
		r, total, covered := newRecorder(), 0.0, 0
		for n := 1; n <= steps; n++ {
			r.step(n, -math.Sin(float64(n)))
			if n%3 == 0 {
				r.validation(n, float64(n))
			}
			if n%r.Every == 0 {
				covered = n
			}
		}
		for n := 1; n <= covered; n++ {
			total += math.Sin(float64(n))
		}
		if len(r.Train) > curvePoints || len(r.Validation) > curvePoints || steps > 300 && (len(r.Train) < curvePoints/2-1 || len(r.Validation) < 90) {
			t.Errorf("%d steps: %d and %d points", steps, len(r.Train), len(r.Validation))
		}
		mean := 0.0
		for i, p := range r.Train {
			if p.Step != (i+1)*r.Every {
				t.Fatalf("%d steps: point %d at step %d, one for %d", steps, i, p.Step, r.Every)
			}
			mean += p.LogProb * float64(r.Every)
		}
		if math.Abs(mean-total) > 1e-6 {
			t.Errorf("%d steps: the points add up to %g, the losses to %g", steps, mean, total)
		}
		last := 0
		for _, p := range r.Validation {
			if p.Step <= last || p.LogProb != float64(p.Step) {
				t.Fatalf("validation point %+v after step %d", p, last)
			}
			last = p.Step
		}
	}
}

// Steps that are not finite leave no hole that JSON could not hold.
func TestCurveWithBadSteps(t *testing.T) {
	r := newRecorder()
	for n := 1; n <= 1000; n++ {
		loss := 1.0
		if n%2 == 1 || n < 100 {
			loss = math.NaN()
		}
		r.step(n, loss)
		r.validation(n, loss)
	}
	if len(r.Train) < 100 || len(r.Train) > curvePoints {
		t.Errorf("%d points", len(r.Train))
	}
	for _, p := range append(r.Train, r.Validation...) {
		if math.Abs(p.LogProb) != 1 {
			t.Fatalf("%+v", p)
		}
	}
}

package sketch

import (
	"math"
	"testing"
)

func TestBatchNormEvaluating(t *testing.T) {
	b := open(t, find(t, "batch norm, evaluating"))
	near(t, "round trip", b.out("round trip"), b.in["x"], 1e-12)
	b.jacobians("x", "inverse", "inverse log-det", 1e-9)
	b.jacobians("u", "forward", "forward log-det", 1e-9)
	b.gradients("loss", "grad ", 1e-9)
	if u := b.run().Updates; len(u) != 0 {
		t.Errorf("evaluating changes %d parameters", len(u))
	}
}

// In training the gradient includes the way through both layers' statistics, which finite differences of the whole
// batch's loss see.
func TestBatchNormTraining(t *testing.T) {
	b := open(t, find(t, "batch norm, training"))
	b.gradients("loss", "grad ", 1e-9)

	// The result has the mean "shift" and the standard deviation e^(log-scale) over the batch, whatever came before.
	const d = 4
	u := b.out("inverse")
	for i := range d {
		mean, square := 0., 0.
		for r := range b.rows {
			mean += u[r*d+i] / float64(b.rows)
			square += u[r*d+i] * u[r*d+i] / float64(b.rows)
		}
		near(t, "mean", []float64{mean}, []float64{b.in["second.shift"][i]}, 1e-12)
		near(t, "deviation", []float64{math.Sqrt(square - mean*mean)}, []float64{math.Exp(b.in["second.log-scale"][i])}, 1e-3)
	}
}

// Running statistics move by the momentum towards the batch's, and repeated runs bring them there: evaluating on the same batch
// then gives what training gives, log-determinant included.
func TestBatchNormUpdates(t *testing.T) {
	b := open(t, find(t, "batch norm, training"))
	const d = 4
	mean := make([]float64, d)
	for i, x := range b.in["x"] {
		mean[i%d] += x / float64(b.rows)
	}
	want := make([]float64, d)
	for i, old := range b.in["first.mean"] {
		want[i] = (1-normMomentum)*old + normMomentum*mean[i]
	}
	updates := b.run().Updates
	near(t, "running mean", updates["first.mean"], want, 1e-14)
	if len(updates) != 4 {
		t.Fatalf("%d updates, want 4", len(updates))
	}
	for range 400 {
		b = b.with(b.run().Updates)
	}
	e := open(t, find(t, "batch norm, evaluating")).with(b.in)
	near(t, "evaluated", e.out("inverse"), b.out("inverse"), 1e-10)
	near(t, "evaluated log-det", e.out("inverse log-det"), b.out("inverse log-det"), 1e-10)
}

// One row has no variance: the floor keeps everything finite, and the result is the shift.
func TestBatchNormOfOneRow(t *testing.T) {
	s := find(t, "batch norm, training")
	s.Rows = 1
	b := open(t, s)
	near(t, "inverse", b.out("inverse"), b.in["second.shift"], 1e-12)
	near(t, "log-det floor", b.out("loss"), b.out("loss"), 0) // not NaN
}

package train

// Curve is the mean log-likelihood over the course of a training, in nats a row, thinned out to a bounded number of points.
type Curve struct {
	Train      []Point // each the mean over the steps since the last point, of their batches before their updates; 256 at most
	Validation []Point // of single validations; 256 at most
}

// Point is a point of a Curve.
type Point struct {
	Step    int // steps made
	LogProb float64
}

// curvePoints bounds the points of a curve, and is even.
const curvePoints = 256

// recorder makes a Curve. It is deterministic, and saved with a checkpoint.
type recorder struct {
	Curve
	Every       int     // steps of a training point
	Sum         float64 // since the last one
	Count       int     // of what is in Sum
	Validations int     // validations seen
	Stride      int     // validations for a point
}

func newRecorder() recorder { return recorder{Every: 1, Stride: 1} }

// step notes the loss of a step, unless it is not finite. Where the curve would get too long, its points are joined two by two.
func (r *recorder) step(n int, loss float64) {
	if finite(loss) {
		r.Sum -= loss
		r.Count++
	}
	if n%r.Every != 0 {
		return
	}
	if r.Count > 0 {
		r.Train = append(r.Train, Point{n, r.Sum / float64(r.Count)})
	}
	r.Sum, r.Count = 0, 0
	if n < r.Every*curvePoints {
		return
	}
	r.Every *= 2
	var joined []Point
	for _, p := range r.Train {
		end := (p.Step + r.Every - 1) / r.Every * r.Every
		if k := len(joined) - 1; k >= 0 && joined[k].Step == end {
			joined[k].LogProb = (joined[k].LogProb + p.LogProb) / 2
			continue
		}
		joined = append(joined, Point{end, p.LogProb})
	}
	r.Train = joined
}

// validation notes a validation, unless it is not finite. Where the curve would get too long, every second point goes.
func (r *recorder) validation(n int, logProb float64) {
	r.Validations++
	if r.Validations%r.Stride != 0 {
		return
	}
	if finite(logProb) {
		r.Validation = append(r.Validation, Point{n, logProb})
	}
	if len(r.Validation) < curvePoints {
		return
	}
	r.Stride *= 2
	for i := range curvePoints / 2 {
		r.Validation[i] = r.Validation[2*i+1]
	}
	r.Validation = r.Validation[:curvePoints/2]
}

package infer

import "math"

// weights are the importance weights, divided by the largest; all 0 where the target rules every point out.
func (d Draws) weights() (w []float64, logLargest float64) {
	logLargest = math.Inf(-1)
	for _, l := range d.LogWeights {
		logLargest = math.Max(logLargest, l)
	}
	w = make([]float64, len(d.LogWeights))
	if math.IsInf(logLargest, -1) {
		return w, logLargest
	}
	for i, l := range d.LogWeights {
		w[i] = math.Exp(l - logLargest)
	}
	return w, logLargest
}

// ESS is the effective number of draws, (Σw)²/Σw²: what as many draws from the target itself would be worth, if the weights are not deceiving (see Pareto). 0 where every weight is.
func (d Draws) ESS() float64 {
	w, _ := d.weights()
	var sum, squares float64
	for _, x := range w {
		sum += x
		squares += x * x
	}
	if squares == 0 {
		return 0
	}
	return sum * sum / squares
}

// LogConstant is the estimate log of the mean weight of log Z, and its standard error, by the delta method. −Inf and NaN where every weight is 0.
func (d Draws) LogConstant() (logZ, standardError float64) {
	w, largest := d.weights()
	var sum, squares float64
	for _, x := range w {
		sum += x
		squares += x * x
	}
	n := float64(len(w))
	mean := sum / n
	return largest + math.Log(mean), math.Sqrt(math.Max(0, squares/n-mean*mean)/(n-1)) / mean
}

// ELBO is the mean log-weight, the evidence lower bound log Z − KL(q‖p*), and its standard error.
func (d Draws) ELBO() (bound, standardError float64) {
	n := float64(len(d.LogWeights))
	for _, l := range d.LogWeights {
		bound += l / n
	}
	squares := 0.0
	for _, l := range d.LogWeights {
		squares += (l - bound) * (l - bound)
	}
	return bound, math.Sqrt(squares/(n-1)) / math.Sqrt(n)
}

// Moments are the weighted means and standard deviations of the columns; NaN where every weight is 0.
func (d Draws) Moments() (means, deviations []float64) {
	w, _ := d.weights()
	means, deviations = make([]float64, d.X.Cols), make([]float64, d.X.Cols)
	sum := 0.0
	for i, x := range w {
		sum += x
		for k, v := range d.X.Row(i) {
			means[k] += x * v
		}
	}
	for k := range means {
		means[k] /= sum
	}
	for i, x := range w {
		for k, v := range d.X.Row(i) {
			deviations[k] += x * (v - means[k]) * (v - means[k])
		}
	}
	for k := range deviations {
		deviations[k] = math.Sqrt(deviations[k] / sum)
	}
	return means, deviations
}

package check

import (
	"math"
	"math/rand/v2"
	"slices"
)

// kernels is a density of points that follow given ones: a mixture of multivariate Student t densities with 5 or 6 degrees of freedom, one
// around each of some of the points, shaped like the points next to it, and a wide one around them all.
type kernels struct {
	dim   int
	nu    float64 // degrees of freedom; (nu + dim)/2 is whole, so that densities take no power function
	power int     // (nu + dim)/2
	width float64 // of the kernels, relative to the points next to each
	each  []kernel
	wide  kernel
}

// kernel is one t density with center c and scale matrix LLᵀ.
type kernel struct {
	center   []float64
	l        []float64 // lower triangular, row-major
	inverse  float64   // 1/det L
	diagonal []float64 // 1/L_ii
}

const (
	centers    = 256  // kernels
	neighbours = 48   // points that shape one
	wideShare  = 0.1  // of the wide kernel in the mixture
	wideFactor = 2.5  // its scale, relative to all points
	ridge      = 1e-6 // least variance of a kernel, relative to that of all points
)

func newKernels(pool rows64, rng *rand.Rand) *kernels {
	d := pool.Cols
	k := &kernels{dim: d, nu: 5 + float64((d+1)%2), width: 1}
	k.power = (int(k.nu) + d) / 2
	all := make([]int, pool.Rows)
	for i := range all {
		all[i] = i
	}
	mean, cov := moments(pool, all)
	floor := make([]float64, d)
	for j := range d {
		floor[j] = ridge*cov[j*d+j] + 1e-300
	}
	for i := range cov {
		cov[i] *= wideFactor * wideFactor
	}
	k.wide = newKernel(mean, cov, floor)
	// Neighbours are near in units of each column's deviation.
	inverse := make([]float64, d)
	for j := range d {
		inverse[j] = 1 / math.Sqrt(cov[j*d+j]+1e-300)
	}
	distance, order := make([]float64, pool.Rows), make([]int, pool.Rows)
	for _, c := range rng.Perm(pool.Rows)[:min(centers, pool.Rows)] {
		at := pool.Row(c)
		for r := range pool.Rows {
			order[r], distance[r] = r, 0
			for j, v := range pool.Row(r) {
				e := (v - at[j]) * inverse[j]
				distance[r] += e * e
			}
		}
		slices.SortFunc(order, func(a, b int) int {
			switch {
			case distance[a] < distance[b]:
				return -1
			case distance[a] > distance[b]:
				return 1
			}
			return a - b
		})
		_, near := moments(pool, order[:min(neighbours, pool.Rows)])
		k.each = append(k.each, newKernel(slices.Clone(at), near, floor))
	}
	return k
}

// moments are the mean and the covariance of some rows.
func moments(m rows64, rows []int) (mean, cov []float64) {
	d := m.Cols
	mean, cov = make([]float64, d), make([]float64, d*d)
	for _, r := range rows {
		for j, v := range m.Row(r) {
			mean[j] += v / float64(len(rows))
		}
	}
	for _, r := range rows {
		row := m.Row(r)
		for i := range d {
			for j := range i + 1 {
				cov[i*d+j] += (row[i] - mean[i]) * (row[j] - mean[j]) / float64(len(rows))
			}
		}
	}
	for i := range d {
		for j := range i {
			cov[j*d+i] = cov[i*d+j]
		}
	}
	return mean, cov
}

// newKernel factors a covariance (Cholesky), whose pivots are held above the floor: with it every covariance has a factor.
func newKernel(center, cov, floor []float64) kernel {
	d := len(center)
	k := kernel{center: center, l: make([]float64, d*d), inverse: 1, diagonal: make([]float64, d)}
	for i := range d {
		for j := range i + 1 {
			s := cov[i*d+j]
			for q := range j {
				s -= k.l[i*d+q] * k.l[j*d+q]
			}
			if i == j {
				k.l[i*d+i] = math.Sqrt(math.Max(s, 0) + floor[i])
				k.diagonal[i] = 1 / k.l[i*d+i]
				k.inverse *= k.diagonal[i]
			} else {
				k.l[i*d+j] = s * k.diagonal[j]
			}
		}
	}
	return k
}

// draw writes draw number i of the mixture: the wide kernel in every tenth draw, and each of the others in turn. Their shares are
// those of logDensity, exactly in the long run.
func (k *kernels) draw(rng *rand.Rand, i int, z []float64) {
	from, width := k.each[rng.IntN(len(k.each))], k.width
	if i%int(1/wideShare) == 0 {
		from, width = k.wide, 1
	}
	// t with ν degrees of freedom: normal over √(χ²/ν), χ² a sum of ν squares.
	chi := 0.0
	for range int(k.nu) {
		n := rng.NormFloat64()
		chi += n * n
	}
	scale := width * math.Sqrt(k.nu/chi)
	d := k.dim
	var e [mostIntegrated]float64
	for j := range d {
		e[j] = rng.NormFloat64()
	}
	for r := range d {
		s := 0.0
		for j := range r + 1 {
			s += from.l[r*d+j] * e[j]
		}
		z[r] = from.center[r] + scale*s
	}
}

// logDensity is that of the mixture.
func (k *kernels) logDensity(z []float64) float64 {
	d := float64(k.dim)
	a, _ := math.Lgamma((k.nu + d) / 2)
	b, _ := math.Lgamma(k.nu / 2)
	constant := a - b - d/2*math.Log(k.nu*math.Pi)
	scale := 1 / (k.width * k.width * k.nu)
	sum := 0.0
	for i := range k.each {
		sum += k.each[i].inverse * k.tail(1+k.each[i].square(z)*scale)
	}
	sum *= (1 - wideShare) / float64(len(k.each)) * math.Pow(k.width, -d)
	sum += wideShare * k.wide.inverse * k.tail(1+k.wide.square(z)/k.nu)
	return constant + math.Log(sum)
}

// tail is x^(−(ν+d)/2).
func (k *kernels) tail(x float64) float64 {
	x = 1 / x
	p := x
	for range k.power - 1 {
		p *= x
	}
	return p
}

// square is |L⁻¹(z − c)|².
func (k *kernel) square(z []float64) float64 {
	var e [mostIntegrated]float64
	d, s := len(z), 0.0
	for i := range d {
		v := z[i] - k.center[i]
		row := k.l[i*d : i*d+i]
		for j, l := range row {
			v -= l * e[j]
		}
		e[i] = v * k.diagonal[i]
		s += e[i] * e[i]
	}
	return s
}

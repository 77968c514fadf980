package data

import "math"

// independent is the share of a column's variance that the other columns must leave unexplained. float32 cells of a column that is a
// sum of others leave some 1e-14, cells with six digits 1e-11; a share of 1e-9 is a deviation of three hundred-thousandths.
const independent = 1e-9

// widest is the number of columns beyond which dependence is not looked for: the time is its cube.
const widest = 1000

// dependent reports a column that is a linear function of those before it. A density over such columns is concentrated on a plane and
// has no upper bound. Columns that are dequantized have noise of their own and are left out, unless one is another's copy.
//
// It takes the Cholesky factor of the correlations, of rows that are evenly spread where there are very many.
func dependent(t Table, list []Proposal) error {
	var cols []int
	for col, p := range list {
		if !p.Spec.dequantized() {
			cols = append(cols, col)
		}
	}
	if err := copies(t, list); err != nil || t.Values.Rows < 2*len(cols)+10 || len(cols) > widest {
		return err // of few rows every column is a function of the others
	}
	corr := correlations(t, cols)
	factor := make([][]float64, len(cols))
	for i := range cols {
		factor[i] = make([]float64, i+1)
		rest := 1.0
		for j := range i {
			sum := corr[i][j]
			for k := range j {
				sum -= factor[i][k] * factor[j][k]
			}
			factor[i][j] = sum / factor[j][j]
			rest -= factor[i][j] * factor[i][j]
		}
		if rest < independent {
			return dependence(t, cols, factor, i)
		}
		factor[i][i] = math.Sqrt(rest)
	}
	return nil
}

// dependence names the column and those that it is a function of: the solution w of Lᵀw = l, l the column's row of the factor.
func dependence(t Table, cols []int, factor [][]float64, i int) error {
	w := make([]float64, i)
	var names []string
	for j := i - 1; j >= 0; j-- {
		w[j] = factor[i][j]
		for k := j + 1; k < i; k++ {
			w[j] -= factor[k][j] * w[k]
		}
		w[j] /= factor[j][j]
	}
	for j := range i {
		if math.Abs(w[j]) > 1e-4 {
			names = append(names, quotedColumn(t, cols[j]))
		}
	}
	what := "a linear function of " + listed(names)
	if len(names) == 1 {
		what = names[0] + " times a number plus a number"
	}
	return problemf(t.source(), "column %s is %s: together they have no density, as all rows lie on a plane; leave one of them out (--columns names those to keep)",
		quotedColumn(t, cols[i]), what)
}

func quotedColumn(t Table, col int) string { return `"` + t.name(col) + `"` }

// copies reports dequantized columns that are equal in every row.
func copies(t Table, list []Proposal) error {
	for a := range list {
		for b := range a {
			if !list[a].Spec.dequantized() || !list[b].Spec.dequantized() {
				continue
			}
			same := true
			for r := 0; same && r < t.Values.Rows; r++ {
				row := t.Values.Row(r)
				same = row[a] == row[b]
			}
			if same {
				return problemf(t.source(), "columns %s and %s are equal in every row; leave one of them out (--columns names those to keep)", quotedColumn(t, b), quotedColumn(t, a))
			}
		}
	}
	return nil
}

// correlations of some columns, the lower triangle, from as many rows as take about 10⁸ products.
func correlations(t Table, cols []int) [][]float64 {
	rows := min(t.Values.Rows, sampleRows, max(2*len(cols)+10, 2e8/(len(cols)*len(cols)+1)))
	mean, scale := make([]float64, len(cols)), make([]float64, len(cols))
	corr := make([][]float64, len(cols))
	z := make([]float64, len(cols))
	row := func(i int) []float64 { return t.Values.Row(i * t.Values.Rows / rows) }
	for i, col := range cols {
		corr[i] = make([]float64, i+1)
		for r := range rows {
			mean[i] += row(r)[col] / float64(rows)
		}
		for r := range rows {
			scale[i] = math.Hypot(scale[i], row(r)[col]-mean[i])
		}
	}
	for r := range rows {
		values := row(r)
		for i, col := range cols {
			if z[i] = values[col] - mean[i]; scale[i] > 0 { // 0: constant in the sample
				z[i] /= scale[i]
			}
			for j := range i + 1 {
				corr[i][j] += z[i] * z[j]
			}
		}
	}
	return corr
}

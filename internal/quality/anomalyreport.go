package main

import (
	"fmt"
	"io"
	"strings"

	"diffeo/internal/atomicfile"
	"diffeo/internal/jsonlines"
)

// writeAnomalies writes the page of anomaly scores.
func writeAnomalies(c config) error {
	list, err := jsonlines.Read[anomalous](c.anomalyFile())
	if err != nil {
		return err
	}
	return atomicfile.Write(c.report, func(w io.Writer) error {
		_, err := io.WriteString(w, anomalyPage(list))
		return err
	})
}

const anomalyText = `# Anomaly scores

How well −log p tells anomalies, on eight sets of ADBench, by the protocol of the other figures: of the normal rows, shuffled, the first half trains (its last tenth validates);
the other half and every anomaly are scored; columns are standardized; 3000 steps of Adam with learning rate 0.001 and a cosine, validated every 50, stopped after 500 without a better one.
AUROC is the probability that an anomaly has a lower density than a normal row. Written by

    go run ./internal/quality -anomalies -seeds 0,1,2              # measures, a line of docs/anomaly.jsonl each
    go run ./internal/quality -anomalies -report docs/anomaly.md

The options are the same for all sets: *smooth* is ` + "`diffeo fit --recipe maf --preprocess standardize --smooth rule`" + `, *plain* the same without ` + "`--smooth`" + `. *MAF* is zuko's, *forest* scikit-learn's IsolationForest
with its defaults, one seed each. Scott's rule was chosen, on five of these sets, among it, 0.1 and 0.3; *plain* chose nothing. Columns that are constant in the training rows or linear functions of others have no density, and are left out. *Typicality* is the AUROC of 1 − typicality, beside the training rows, of the smooth
models: worse than likelihood where anomalies are rare, it guards against those that are dense (docs/scores.md).

`

// anomalyPage is the table, means over seeds ± half the range.
func anomalyPage(list []anomalous) string {
	var b strings.Builder
	b.WriteString(anomalyText)
	b.WriteString("| set | columns | left out | training rows | seeds | smooth | plain | MAF | forest | smooth − better of them | typicality |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
	var sums [6]float64
	sets := 0
	for _, s := range anomalySets {
		var smooth, plain, typical []float64
		var one anomalous
		for _, a := range list {
			switch {
			case a.Set != s.name:
			case a.Way == "smooth":
				smooth, typical, one = append(smooth, a.AUROC), append(typical, a.Typic), a
			default:
				plain = append(plain, a.AUROC)
			}
		}
		if len(smooth) == 0 || len(plain) == 0 {
			continue
		}
		sets++
		best := max(s.maf, s.forest)
		for i, x := range []float64{mean(smooth), mean(plain), s.maf, s.forest, mean(smooth) - best, mean(typical)} {
			sums[i] += x
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %s | %s | %.3f | %.3f | %+.3f | %.3f |\n", s.name, one.Dim, len(one.Left), one.Rows, len(smooth), spread(smooth), spread(plain),
			s.maf, s.forest, mean(smooth)-best, mean(typical))
	}
	if sets > 0 {
		fmt.Fprintf(&b, "| **mean** |  |  |  |  | **%.3f** | %.3f | %.3f | %.3f | **%+.3f** | %.3f |\n",
			sums[0]/float64(sets), sums[1]/float64(sets), sums[2]/float64(sets), sums[3]/float64(sets), sums[4]/float64(sets), sums[5]/float64(sets))
	}
	return b.String()
}

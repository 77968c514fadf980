package main

import (
	"fmt"
	"strings"

	"diffeo/check"
	"diffeo/data"
	"diffeo/report"
)

// checkResult is a check in JSON; numbers that there are not are null.
type checkResult struct {
	Check    string        `json:"check"`
	Verdict  check.Verdict `json:"verdict"`
	Measured *float64      `json:"measured"`
	Bound    *float64      `json:"bound"`
	Limit    string        `json:"limit"`
	Unit     string        `json:"unit"`
	Count    int           `json:"count"`
	Meaning  string        `json:"meaning"`
}

// report prints the outcome of a check at some of a table's rows, or of a set's pictures.
func (k *checking) report(in report.Input) error {
	r, rows, total, things := in.Report, in.Rows.X.Rows, in.Total, "rows"
	if in.Model.Image != nil {
		things = "pictures"
	}
	if k.json {
		results := make([]checkResult, len(r.Results))
		for i, x := range r.Results {
			results[i] = checkResult{x.Name, x.Verdict, number(x.Value), number(x.Bound), x.Limit(), x.Unit, x.Count, x.Text}
		}
		return k.printJSON(struct {
			Verdict check.Verdict `json:"verdict"`
			Rows    int           `json:"rows"`
			Total   int           `json:"table_rows"`
			Checks  []checkResult `json:"checks"`
		}{r.Verdict(), rows, total, results})
	}
	var b strings.Builder
	switch {
	case k.table == "":
		fmt.Fprintf(&b, "at %s drawn from the model\n", things)
	case rows < total:
		fmt.Fprintf(&b, "at %d %s of %s, chosen from %d\n", rows, things, data.SourceName(k.table), total)
	default:
		fmt.Fprintf(&b, "at the %d %s of %s\n", rows, things, data.SourceName(k.table))
	}
	for _, x := range r.Results {
		fmt.Fprintf(&b, "%-12s  %-17s  %16s  %-12s  %s\n", x.Verdict, x.Name, x.Measured(), x.Limit(), x.Text)
	}
	fmt.Fprintf(&b, "%s\n", r.Verdict())
	return k.print(b.String())
}

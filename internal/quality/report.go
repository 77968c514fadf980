package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"diffeo/internal/atomicfile"
	"diffeo/internal/jsonlines"
)

// tolerances are what a mean may lie below that of another library, in nats: seeds alone move it by as much.
const (
	slack      = 0.05
	slackSmall = 0.3 // of a table with 152 test rows
)

func slackOf(set string) float64 {
	if set == "miniboone_1523" {
		return slackSmall
	}
	return slack
}

// writeReport writes the page of results.
func writeReport(c config) error {
	results, err := jsonlines.Read[result](c.out)
	if err != nil {
		return err
	}
	races, err := jsonlines.Read[race](c.raceFile())
	if err != nil {
		return err
	}
	angles, err := jsonlines.Read[angled](c.anglesFile())
	if err != nil {
		return err
	}
	longs, err := jsonlines.Read[long](c.longFile())
	if err != nil {
		return err
	}
	pictures, err := jsonlines.Read[digits](c.digitsFile())
	if err != nil {
		return err
	}
	bars, err := c.readBars()
	if err != nil {
		return err
	}
	f, err := atomicfile.Create(c.report)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write([]byte(page(results, races, longs, pictures, angles, bars))); err != nil {
		return err
	}
	return f.Commit()
}

func page(results []result, races []race, longs []long, pictures []digits, angles []angled, bars map[[2]string]*bar) string {
	var b strings.Builder
	b.WriteString(introduction)
	for _, t := range tables {
		section(&b, t, results, bars)
	}
	defaults(&b, results, bars)
	raced(&b, races)
	lengthened(&b, longs)
	pictured(&b, pictures)
	circular(&b, angles)
	trials(&b, results)
	return b.String()
}

const introduction = `# Results

How well flows describe real tables, beside zuko 1.6.0, nflows 0.14 and flowjax 19.1.2 on the same rows. Written by

    go run ./internal/quality -sets … -models … -seeds 0,1,2      # measures, a line of docs/results.jsonl each
    go run ./internal/quality -report docs/results.md

Every run is a ` + "`diffeo fit`" + ` of its own. Protocol of all: float32, Adam with learning rate 0.001 falling to 0 by a cosine, batches of 512, clip 5, validation
every 100 steps, 3000 steps, stopped after 500 without a better validation, whose weights are kept (power: 10,000 steps, validation every 500, no
stop; its validation rows are what is compared, as it has no test part). Networks have two layers of 128 units; MAF and NSF-AR have 5 transforms, RealNVP 10,
NSF-C 8 with LU linear maps between them, and raw widths and heights of bins scaled by 0.15 (nflows: 0.088); MAF has the factor on the data's side, as zuko has; splines have 8 bins on [−5, 5]. Columns are standardized.

Log-likelihoods are means over the test rows in nats, in the data's own units, larger is better; mean over seeds ± half the range. *Paired* is the difference
row by row, ± twice its standard error (the mean of the runs' own), where the other library's rows are known. Processor seconds: ours of the whole process with one thread, theirs of the
training steps alone. Further seeds of the libraries, by the script of their figures, are in docs/results-peers.csv.

`

// runs are the results of one model on one table.
func runs(results []result, set, model string) (list []result) {
	for _, r := range results {
		if r.Set == set && r.Model == model {
			list = append(list, r)
		}
	}
	return list
}

func each(list []result, f func(result) float64) (out []float64) {
	for _, r := range list {
		out = append(out, f(r))
	}
	return out
}

func tested(r result) float64 { return r.Test }

func spread(x []float64) string {
	if len(x) == 0 {
		return "—"
	}
	return fmt.Sprintf("%.3f ± %.3f", mean(x), (slices.Max(x)-slices.Min(x))/2)
}

func seconds(x []float64) string {
	if len(x) == 0 {
		return "—"
	}
	return fmt.Sprintf("%.1f", mean(x))
}

func section(b *strings.Builder, t table, results []result, bars map[[2]string]*bar) {
	var rows strings.Builder
	for _, m := range models {
		list := runs(results, t.name, m.name)
		if len(list) == 0 || len(m.peers) == 0 {
			continue
		}
		for _, peer := range m.peers {
			p := bars[[2]string{t.name, peer}]
			if p == nil {
				continue
			}
			d, verdict := compare(t.name, list, p)
			fmt.Fprintf(&rows, "| %s | %d | %s | %s | %s (%d) | %+.3f | %s | %s | %s | %s |\n", m.name, len(list), spread(each(list, tested)), peer, spread(p.test), len(p.test),
				mean(each(list, tested))-mean(p.test), d, verdict, seconds(each(list, func(r result) float64 { return r.CPU })), seconds(p.cpu))
		}
	}
	if rows.Len() == 0 {
		return
	}
	fmt.Fprintf(b, "## %s\n\n| model | seeds | Diffeo | library | its figure (seeds) | difference | paired | | our cpu s | its cpu s |\n|---|---|---|---|---|---|---|---|---|---|\n%s\n", t.name, rows.String())
}

// compare gives the paired difference, and whether the model is as good as the library's.
func compare(set string, list []result, p *bar) (paired, verdict string) {
	d := mean(each(list, tested)) - mean(p.test)
	verdict, paired = "below", "—"
	if d >= -slackOf(set) {
		verdict = "as good"
	}
	var means, errors []float64
	for _, r := range list {
		if x, ok := r.Paired[p.peer]; ok {
			means, errors = append(means, x.Mean), append(errors, x.Error)
		}
	}
	if len(means) == 0 {
		return paired, verdict
	}
	m, e := mean(means), mean(errors)
	if verdict == "below" && m >= -2*e {
		verdict = "as good within 2 SE"
	}
	return fmt.Sprintf("%+.3f ± %.3f", m, 2*e), verdict
}

// defaults compares fit without options with the best library on each table.
func defaults(b *strings.Builder, results []result, bars map[[2]string]*bar) {
	var rows strings.Builder
	for _, t := range tables {
		list := runs(results, t.name, "default")
		best := bestBar(bars, t.name, func(b *bar) []float64 { return b.test })
		if len(list) == 0 || best == nil {
			continue
		}
		paired, _ := compare(t.name, list, best)
		cpu := mean(each(list, func(r result) float64 { return r.CPU }))
		fmt.Fprintf(&rows, "| %s | %d | %s | %s | %s | %+.3f | %s | %.1f | %.1f | %.2f |\n", t.name, len(list), spread(each(list, tested)), best.peer, spread(best.test),
			mean(each(list, tested))-mean(best.test), paired, cpu, mean(best.cpu), cpu/mean(best.cpu))
	}
	if rows.Len() > 0 {
		fmt.Fprintf(b, "## Without options\n\n`diffeo fit` as it is, with the protocol's steps, against the best row of each table.\n\n"+
			"| table | seeds | Diffeo | library | its figure | difference | paired | our cpu s | its cpu s | ratio |\n|---|---|---|---|---|---|---|---|---|---|\n%s\n", rows.String())
	}
}

// trials lists what was tried beside the models of the table: one thing changed at a time.
func trials(b *strings.Builder, results []result) {
	known := names(models)
	var order []string
	flags := map[string]string{}
	for _, r := range results {
		if !slices.Contains(known, r.Model) && flags[r.Model] == "" {
			order = append(order, r.Model)
			flags[r.Model] = r.Flags
		}
	}
	if len(order) == 0 {
		return
	}
	var sets []string
	for _, t := range tables {
		if slices.ContainsFunc(results, func(r result) bool { return r.Set == t.name && flags[r.Model] != "" }) {
			sets = append(sets, t.name)
		}
	}
	fmt.Fprintf(b, "## What was varied\n\n%[3]s\nMean test log-likelihood (power: validation), and in brackets mean processor seconds.\n\n| options of fit | %[1]s |\n|---|%[2]s\n", strings.Join(sets, " | "), strings.Repeat("---|", len(sets)), findings)
	for _, m := range order {
		fmt.Fprintf(b, "| %s: `%s` |", m, flags[m])
		for _, set := range sets {
			list := runs(results, set, m)
			if len(list) == 0 {
				b.WriteString(" |")
				continue
			}
			fmt.Fprintf(b, " %.3f (%.0f) |", mean(each(list, tested)), math.Round(mean(each(list, func(r result) float64 { return r.CPU }))))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
}

// raced lists how long it takes to be as good as the best library.
func raced(b *strings.Builder, races []race) {
	if len(races) == 0 {
		return
	}
	b.WriteString("## Time to quality\n\nSeconds of the wall clock from the start of the process until validation reaches the best library's final figure less 0.05 nats, " +
		"measured in turn on a quiet machine with two cores (`go run ./internal/quality -race`); the library's time leaves out reading the table. " +
		"In brackets the whole training.\n\n| table | seed | Diffeo, without options | library | its time | ratio |\n|---|---|---|---|---|---|\n")
	reached := func(r race) string {
		if r.Seconds == 0 {
			return fmt.Sprintf("never (%.1f)", r.All)
		}
		return fmt.Sprintf("%.1f (%.1f)", r.Seconds, r.All)
	}
	for i := 0; i+1 < len(races); i += 2 {
		ours, theirs := races[i], races[i+1]
		ratio := "—"
		if ours.Seconds > 0 && theirs.Seconds > 0 {
			ratio = fmt.Sprintf("%.1f", theirs.Seconds/ours.Seconds)
		}
		fmt.Fprintf(b, "| %s | %d | %s | %s | %s | %s |\n", ours.Set, ours.Seed, reached(ours), theirs.Who, reached(theirs), ratio)
	}
	b.WriteString("\n")
}

// findings is what the trials taught; write it again when they change.
const findings = `One thing was changed at a time, most of it with one seed. Settings were chosen with validation and test figures in sight, so that these are not a clean test of the choice. What was found:

- *Linear maps between autoregressive splines* (LU, as couplings have them) are what the splines of zuko and flowjax lack on these tables: +0.5 nats on california_dq
  and +0.66 on power, +1.7 on parkinsons. A wider box does not do it (power: [−10, 10] with 16 bins gains 0.006, [−20, 20] loses 0.15), so that it is not the
  tails beyond the box that hold these flows back.
- *Learned tails* (a power of either side of each column) add 0.02 on power, and elsewhere no more than another seed does.
- *Averaged weights* add 0.2 on galaxy, 0.5 on skillcraft and miniboone, and nothing where training ends at a learning rate of 0 anyway.
- *Depth*: 8 transforms instead of 5 add 0.18 on galaxy and 0.9 on miniboone. Wider or residual networks add less for more time.
- *Slow bins and a larger learning rate*: with raw widths and heights scaled down flows overfit less on small tables and learn too slowly on large ones;
  with three times the learning rate beside it both are well (parkinsons +1.7, galaxy +0.08).
- *Weight decay* helps on skillcraft alone and costs 0.1 to 0.3 on galaxy and california_dq: it is an option.
- *Affine maps with the factor on the data's side* lose far less on test rows far from all training rows: the mean of MAF on skillcraft goes from −0.8 to 16.2,
  on miniboone from −29.5 to −17.4, at 0.03 less on power and galaxy.
- *Factors within e^±3* instead of e^±7: the mean of RealNVP on miniboone goes from −85.0 to −25.2, that of MAF from −17.4 to −16.8; on
  galaxy RealNVP loses 0.06 and MAF nothing. On densities that are known (docs/toys.md) some seeds run wild without. ` + "`fit`" + ` has it, the rows of maf and realnvp above have e^±7.
`

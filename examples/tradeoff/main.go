// Command tradeoff measures what the two directions of masked autoregressive flows cost (Papamakarios et al., arXiv 1912.02762, section 3.1). A MAF scores in one
// pass of its networks, an IAF draws in one; the other direction is found column by column, which takes D passes where networks run as they are written, and about one
// where each unit is computed once, when the columns that it reads are known. It prints processor time a row, and writes docs/tradeoff.md:
//
//	go run ./examples/tradeoff -out docs/tradeoff.md
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"

	"diffeo/internal/atomicfile"
)

// config says what to measure.
type config struct {
	columns      []int
	rows, rounds int
	transforms   int
	hidden       []int
	machine      string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "tradeoff: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	c := config{hidden: []int{128, 128}}
	f := flag.NewFlagSet("tradeoff", flag.ContinueOnError)
	f.SetOutput(stdout)
	columns := f.String("columns", "8,16,32,64,128,256", "numbers of columns, separated by commas")
	f.IntVar(&c.rows, "rows", 128, "rows of a call")
	f.IntVar(&c.rounds, "rounds", 5, "times that each cost is measured, of which the median counts")
	f.IntVar(&c.transforms, "transforms", 5, "of each flow")
	f.StringVar(&c.machine, "machine", "an unnamed machine", "that it is measured on, for the page")
	out := f.String("out", "", "page to write")
	if err := f.Parse(args); err != nil {
		return err
	}
	for _, text := range strings.Split(*columns, ",") {
		d, err := strconv.Atoi(text)
		if err != nil || d < 1 {
			return fmt.Errorf("-columns %s: %q is no number of columns", *columns, text)
		}
		c.columns = append(c.columns, d)
	}
	if f.NArg() > 0 || c.rows < 1 || c.rounds < 1 || c.transforms < 1 {
		return fmt.Errorf("-rows, -rounds and -transforms are above 0, and there are no arguments: %v", args)
	}
	list, err := c.measure(ctx)
	if err != nil {
		return err
	}
	text := c.table(list)
	if *out == "" {
		_, err := io.WriteString(stdout, text)
		return err
	}
	return atomicfile.Write(*out, func(w io.Writer) error {
		_, err := io.WriteString(w, c.page(text))
		return err
	})
}

// table is the costs in microseconds a row, and what they are beside each other.
func (c config) table(list []costs) string {
	var b strings.Builder
	b.WriteString("| columns | MAF scores | MAF draws | in D passes | IAF draws | IAF scores | in D passes | MAF: draw / score | IAF: score / draw | D passes / one, MAF | D passes / one, IAF |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, k := range list {
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %s | %s | %s | %.2f | %.2f | %.1f | %.1f |\n", k.columns,
			micro(k.maf.direct), micro(k.maf.inverse), micro(k.maf.written), micro(k.iaf.direct), micro(k.iaf.inverse), micro(k.iaf.written),
			k.maf.inverse/k.maf.direct, k.iaf.inverse/k.iaf.direct, k.maf.written/k.maf.inverse, k.iaf.written/k.iaf.inverse)
	}
	return b.String()
}

// micro is microseconds with three digits.
func micro(seconds float64) string {
	if us := 1e6 * seconds; us < 999.5 {
		return fmt.Sprintf("%.3g", us)
	}
	return fmt.Sprintf("%.0f", 1e6*seconds)
}

func (c config) page(table string) string {
	return fmt.Sprintf(`# MAF or IAF

What the two directions of masked autoregressive flows cost. A MAF computes the parameters of column i from the data's columns before it: it scores in one pass of its networks, and draws
column by column. An IAF, its inverse, computes them from the base's columns: it draws in one pass, and scores column by column. Where networks run as they are written, the slow direction takes one
pass for every column. Here the hidden units are sorted by the columns that they read, and each is computed once, when these are known.

Microseconds of processor time a row, medians of %d measurements of %d rows in float32 with one thread; %d transforms with hidden layers of %v units; on %s. Written by
%s.

%s
So the choice is no longer one of what is affordable. A MAF conditions on data and mostly describes tables better; an IAF is for variational inference, whose draws it makes and scores in one pass.
`, c.rounds, c.rows, c.transforms, c.hidden, c.machine, "`go run ./examples/tradeoff -out docs/tradeoff.md`", table)
}

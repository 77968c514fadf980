package report

import (
	"fmt"
	"strings"

	"diffeo/check"
	"diffeo/model"
	"diffeo/plot"
)

// words say what a verdict of the whole means.
var words = map[check.Verdict]string{
	check.Pass:         "Nothing that was asked speaks against this model.",
	check.Warn:         "The model can be used with care: read the sentences beside the warnings.",
	check.Fail:         "The model should not be used before what failed is understood.",
	check.Inconclusive: "Nothing could be told: give a table of rows that the model was not trained on.",
}

// page writes everything.
func page(in Input, figures []figure) (markup, error) {
	r := in.Report
	title := "Checks of " + in.Name
	body := element("header",
		element("p.verdict."+markupClass(r.Verdict()), text(string(r.Verdict()))),
		element("h1", text(title)),
		element("p", text(words[r.Verdict()])),
		element("p.note", text(at(in))),
	)
	body += element("section", element("h2", "What was found"), results(r))
	if len(r.Tails) > 0 {
		body += element("section", element("h2", "Tails"), tails(r.Tails))
	}
	if in.Model.Image == nil {
		body += conditions(in)
	}
	for _, f := range figures {
		drawing, err := inline(f.picture, f.title)
		if err != nil {
			return "", err
		}
		inside := []markup{element("h2", text(f.title)), element("div.scroll", drawing)}
		if f.caption != "" {
			inside = append(inside, element("p", text(f.caption)))
		}
		body += element("section.figure", inside...)
	}
	body += element("footer", element("p.note", text(about(in))))
	return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n" +
		element("title", text(title)) + element("style", style) + "</head>\n" + element("body", element("main", body)) + "</html>\n", nil
}

// markupClass is the class of a verdict in the style sheet.
func markupClass(v check.Verdict) string { return string(v) }

// at says which rows were looked at.
func at(in Input) string {
	things, set := "rows", "table"
	if in.Model.Image != nil {
		things, set = "pictures", "set"
	}
	switch {
	case in.Table == "":
		return fmt.Sprintf("At %s drawn from the model: what needs a %s was not asked.", things, set)
	case in.Rows.X.Rows < in.Total:
		return fmt.Sprintf("At %s %s of %s, chosen from %s. That they were not trained on is not known here.", plot.Count(in.Rows.X.Rows), things, in.Table, plot.Count(in.Total))
	}
	return fmt.Sprintf("At the %s %s of %s. That they were not trained on is not known here.", plot.Count(in.Rows.X.Rows), things, in.Table)
}

// about describes the model.
func about(in Input) string {
	what := "of the columns " + strings.Join(model.Names(in.Model.Columns), ", ")
	given := strings.Join(model.Names(in.Model.Context), ", ")
	if i := in.Model.Image; i != nil {
		what = fmt.Sprintf("of pictures of %d×%d pixels in %d channels of %d levels", i.Height, i.Width, i.Channels, i.Levels)
		if given = ""; len(i.Classes) > 0 {
			given = fmt.Sprintf("one of %d classes", len(i.Classes))
		}
	}
	if given != "" {
		what += ", given " + given
	}
	return fmt.Sprintf("%s: %s in %s, %s parameters, %s. Seed of the checks: %d. docs/check.md of Diffeo says how each question is asked, and what it cannot see.",
		in.Name, in.Model.Recipe, in.Model.Precision, plot.Count(in.Model.Params.Count()), what, in.Seed)
}

// results lists the checks, the gravest first.
func results(r check.Report) markup {
	var rows []markup
	for _, v := range []check.Verdict{check.Fail, check.Warn, check.Pass, check.Inconclusive} {
		for _, x := range r.Results {
			if x.Verdict != v {
				continue
			}
			numbers := x.Measured()
			if limit := x.Limit(); limit != "" && numbers != "" {
				numbers += " (" + limit + ")"
			}
			rows = append(rows, element("tr",
				element("td", element("span.badge."+markupClass(v), text(string(v)))),
				element("th", text(x.Name)),
				element("td.number", text(numbers)),
				element("td", text(x.Text)),
			))
		}
	}
	return element("table.results", element("tbody", rows...))
}

// tails is the table of rows beyond quantiles.
func tails(list []check.Tail) markup {
	rows := []markup{element("tr", element("th", "column"), element("th.number", "below 0.1 %"), element("th.number", "below 1 %"), element("th.number", "above 99 %"), element("th.number", "above 99.9 %"))}
	for i := 0; i+3 < len(list); i += 4 {
		cells := []markup{element("th", text(list[i].Column))}
		for _, t := range list[i : i+4] {
			cells = append(cells, element("td.number", textf("%d of %.3g", t.Rows, t.Expected), element("div.note", textf("%.4g", t.Quantile))))
		}
		rows = append(rows, element("tr", cells...))
	}
	return element("p", "How many rows lie beyond the outer quantiles of the model, of how many should, and where these quantiles are. One or two rows more or fewer are chance.") +
		element("div.scroll", element("table.tails", element("tbody", rows...)))
}

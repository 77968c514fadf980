package report

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"diffeo"
	"diffeo/check"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/recipe"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// hostile names must not become markup.
var hostile = []string{`<script>alert(1)</script>`, `" onload="x`, `a & b`}

// example is a model with a context or without, and rows of it, moved by so many deviations.
func example(t *testing.T, context int, moved float64) Input {
	t.Helper()
	var columns, given []model.Column
	for _, name := range hostile {
		columns = append(columns, model.Column{Name: name, Mean: 5, Std: 2})
	}
	if context > 0 {
		given = []model.Column{{Name: "</svg>", Std: 1}}
	}
	m, err := model.New("maf", recipe.Config{Transforms: 1, Hidden: []int{8}}, columns, given, model.Float32, 1)
	must(t, err)
	m.Training.Curves = &model.Curves{Train: model.Curve{Steps: []int{1, 2}, LogProb: []float64{-2, -1}}}
	d, err := model.Compile(m, diffeo.Options{Threads: 1})
	must(t, err)
	rows := check.Rows{}
	if context > 0 {
		rows.Cond = matrix.New[float64](300, 1)
	}
	rows.X, _, err = Draws(t.Context(), d, 3, rows.Cond, 300, 8)
	must(t, err)
	for r := range rows.X.Rows {
		rows.X.Row(r)[1] += 2 * moved
	}
	rows.X = rows.X.Slice(0, 300)
	found, err := check.Model(t.Context(), m, rows, check.Options{Draws: 2000, RoundTrips: 100, Jacobians: 2, Threads: 1})
	must(t, err)
	return Input{Model: m, Name: "<model>.safetensors", Table: `"held" & out.csv`, Rows: rows, Total: 500, Report: found, Threads: 1}
}

// A report is one well-formed page that runs nothing and loads nothing, with the verdict first, every check, and pictures with captions, whatever columns are called.
func TestAPageNeedsNothingElse(t *testing.T) {
	for _, c := range []struct {
		context int
		moved   float64
		want    string
	}{{0, 0, "pass"}, {1, 3, "fail"}} {
		in := example(t, c.context, c.moved)
		path := filepath.Join(t.TempDir(), "report.html")
		must(t, Save(t.Context(), path, in))
		b, err := os.ReadFile(path)
		must(t, err)
		if len(b) > 4<<20 {
			t.Errorf("the page has %d bytes", len(b))
		}
		p := read(t, string(b))
		if len(p.texts) < 20 || strings.TrimSpace(p.firstInBody) != c.want {
			t.Errorf("the page begins with %q, want %q: %s", p.firstInBody, c.want, in.Report.Line())
		}
		all := strings.Join(p.texts, "\n")
		for _, x := range in.Report.Results {
			if !strings.Contains(all, x.Name) || !strings.Contains(all, x.Text) {
				t.Errorf("%s is not in the page", x.Name)
			}
		}
		for _, name := range append([]string{in.Name, in.Table}, hostile...) {
			if !strings.Contains(all, name) {
				t.Errorf("%s is not in the page", name)
			}
		}
		pictures, headings := 3, 5
		if c.context > 0 { // the conditions, and three columns under them
			pictures, headings = 6, 9
		}
		if p.count["svg"] != pictures || p.count["script"] != 0 || p.count["link"] != 0 || p.count["img"] != 0 || p.count["h2"] != headings {
			t.Errorf("elements: %v", p.count)
		}
	}
}

// contents of a page.
type contents struct {
	count       map[string]int
	texts       []string
	firstInBody string
}

// read parses a page strictly, and refuses what would load or run something.
func read(t *testing.T, page string) contents {
	t.Helper()
	p := contents{count: map[string]int{}}
	d := xml.NewDecoder(strings.NewReader(page))
	body := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return p
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			p.count[e.Name.Local]++
			body = body || e.Name.Local == "body"
			for _, a := range e.Attr {
				name := strings.ToLower(a.Name.Local)
				if strings.HasPrefix(name, "on") || name == "src" || name == "href" && !strings.HasPrefix(a.Value, "data:") || strings.Contains(a.Value, "url(") {
					t.Errorf("<%s %s=%q> loads or runs something", e.Name.Local, name, a.Value)
				}
			}
		case xml.CharData:
			s := string(e)
			if body && p.firstInBody == "" {
				p.firstInBody = strings.TrimSpace(s)
			}
			if strings.Contains(s, "@import") || strings.Contains(s, "url(") {
				t.Error("the style sheet loads something")
			}
			p.texts = append(p.texts, s)
		}
	}
}

func TestReportsThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{"x.pdf": ".html", "nowhere/x.html": "folder does not exist"} {
		err := Save(t.Context(), filepath.Join(dir, path), Input{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if err := CanSave("x.htm"); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("%v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%v was left", left)
	}
}

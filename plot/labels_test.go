package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"diffeo/fault"
)

// Every label is 9 pixels high or more at the picture's own size, lies within the picture, and overlaps no other.
func TestLabelsAreLegible(t *testing.T) {
	for name, p := range examples(t) {
		labels, err := p.on(nothing{})
		must(t, err)
		if len(labels) < 3 {
			t.Errorf("%s has %d labels", name, len(labels))
		}
		if err := p.Legible(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Labels that are too small, outside or over each other are found.
func TestWhatCannotBeReadIsReported(t *testing.T) {
	middle := vg.Point{X: px(400), Y: px(100)}
	for want, draw := range map[string]func(c *canvas){
		"is 8.9 pixels high": func(c *canvas) { c.write("small", middle, place{}, false, 13, ink) },
		"lies outside":       func(c *canvas) { c.write("far", vg.Point{X: px(790), Y: px(100)}, place{}, false, labelSize, ink) },
		`"one" and "two" over`: func(c *canvas) {
			c.write("one", middle, place{}, false, labelSize, ink)
			c.write("two", middle, place{}, true, labelSize, ink)
		},
	} {
		p := &Picture{px(800), px(200), draw}
		if err := p.Legible(); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// The record of labels is complete: a document has the same texts, and is well-formed whatever columns are called.
func TestADocumentHasTheRecordedLabels(t *testing.T) {
	list := examples(t)
	odd, err := Corner([]string{`<script>alert("x")</script>`, "a & b", "größe ×"}, Sample{`"quoted" <rows>`, bent(80, 3, 1)}, Sample{}, CornerOptions{Options: Options{Title: "]]> --> &amp;"}})
	must(t, err)
	list["odd names"] = odd
	for name, p := range list {
		labels, err := p.on(nothing{})
		must(t, err)
		var b bytes.Buffer
		must(t, p.SVG(&b))
		texts := textsOf(t, name, b.String())
		if len(texts) != len(labels) {
			t.Errorf("%s: %d texts, %d labels", name, len(texts), len(labels))
			continue
		}
		for i, l := range labels {
			if texts[i] != l.text {
				t.Errorf("%s: text %d is %q, label %q", name, i, texts[i], l.text)
			}
		}
		if strings.Contains(b.String(), "image/jpg") || !strings.Contains(b.String(), "Arial") {
			t.Errorf("%s: what vgsvg leaves wrong is still there", name)
		}
	}
}

// textsOf are the contents of text elements.
func textsOf(t *testing.T, name, document string) (texts []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(document))
	within := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return texts
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if within = e.Name.Local == "text"; within {
				texts = append(texts, "")
			}
			if e.Name.Local == "script" {
				t.Errorf("%s: a name became an element", name)
			}
		case xml.CharData:
			if within {
				texts[len(texts)-1] += string(e)
			}
		case xml.EndElement:
			within = false
		}
	}
}

package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
)

// Every label is 9 pixels high or more at the picture's own size, lies within the picture, and overlaps no other.
func TestLabelsAreLegible(t *testing.T) {
	for name, p := range examples(t) {
		labels, err := p.on(nothing{})
		must(t, err)
		if len(labels) < 3 {
			t.Errorf("%s has %d labels", name, len(labels))
		}
		for i, l := range labels {
			if high := l.size * capHeight / px(1); high < 9 {
				t.Errorf("%s: %q is %.1f pixels high", name, l.text, float64(high))
			}
			if l.box.Min.X < 0 || l.box.Min.Y < 0 || l.box.Max.X > p.width || l.box.Max.Y > p.height {
				t.Errorf("%s: %q lies outside of the picture: %v of %v × %v", name, l.text, l.box, p.width, p.height)
			}
			for _, k := range labels[:i] {
				if overlap(l.box, k.box) {
					t.Errorf("%s: %q and %q overlap", name, k.text, l.text)
				}
			}
		}
	}
}

func overlap(a, b vg.Rectangle) bool {
	return a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y
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

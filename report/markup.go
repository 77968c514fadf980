package report

import (
	"fmt"
	"html"
	"strings"
)

// markup is HTML that was made here. Texts of others become markup by text alone, which escapes them: names of columns and files may hold anything. Package
// html/template would do it too, but it calls methods by name, so that the linker may leave none out: the command grows by 4.7 MB.
type markup string

// text is a text as it reads.
func text(s string) markup { return markup(html.EscapeString(s)) }

// textf is a formatted text.
func textf(format string, args ...any) markup { return text(fmt.Sprintf(format, args...)) }

// element puts markup between the tags of an element, which may have classes: "p", "p.note".
func element(tag string, inside ...markup) markup {
	name, class, _ := strings.Cut(tag, ".")
	var b strings.Builder
	b.WriteString("<" + name)
	if class != "" {
		b.WriteString(` class="` + strings.ReplaceAll(class, ".", " ") + `"`)
	}
	b.WriteString(">")
	for _, m := range inside {
		b.WriteString(string(m))
	}
	b.WriteString("</" + name + ">\n")
	return markup(b.String())
}

package golden

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// names lists the cases of a folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no case in %s", dir)
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(filepath.Base(f), ".safetensors")
	}
	return files
}

// listed says in which table a name is.
func listed(name string) (builder func(*goldenCase) built, waits bool) {
	for _, n := range notYet {
		waits = waits || n == name
	}
	return builders[name], waits
}

// family finds the builder of a case that is in neither table, as those of another folder may be: that of the case of testdata that the
// same library made by the same call, and that has most of its configuration fields if there are several.
func family(t *testing.T, c *goldenCase) (like string) {
	t.Helper()
	best, tie := -1.0, false
	for _, name := range names(t, "testdata") {
		k := loadFrom(t, "testdata", name)
		if k.meta.Library != c.meta.Library || k.meta.Kind != c.meta.Kind || constructor(k) != constructor(c) {
			continue
		}
		common, all := 0, len(k.meta.Config)
		for field := range c.meta.Config {
			if _, ok := k.meta.Config[field]; ok {
				common++
			} else {
				all++
			}
		}
		switch score := float64(common) / float64(max(1, all)); {
		case score > best:
			best, like, tie = score, name, false
		case score == best && !sameTable(like, name):
			tie = true
		}
	}
	if tie {
		return ""
	}
	return like
}

// constructor is the call without its arguments.
func constructor(c *goldenCase) string {
	name, _, _ := strings.Cut(c.meta.Call, "(")
	return name
}

// sameTable says whether two known cases are built by the same function, or are both waiting.
func sameTable(a, b string) bool {
	f, x := listed(a)
	g, y := listed(b)
	return x && y || f != nil && g != nil && reflect.ValueOf(f).Pointer() == reflect.ValueOf(g).Pointer()
}

// Files under other names are recognised by what made them.
func TestAnotherFolder(t *testing.T) {
	dir := t.TempDir()
	for from, to := range map[string]string{"maf_zuko": "first", "made_nflows_context": "second", "maf_rqs_flowjax_context": "third", "maf_flowjax": "fourth"} {
		data, err := os.ReadFile(filepath.Join("testdata", from+".safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, to+".safetensors"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		if like := family(t, loadFrom(t, dir, to)); like == "" || !sameTable(like, from) {
			t.Errorf("%s under another name is taken for %q", from, like)
		}
	}
}

package data

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"diffeo/fault"
)

// Match returns where each wanted column stands among those that are available. A column that is not there is an error
// wrapping fault.ErrData that names it, what is available in source, and the name that was probably meant; so is
// a column wanted twice.
func Match(source string, available, wanted []string) ([]int, error) {
	at := make(map[string]int, len(available))
	for i, name := range available {
		at[name] = i
	}
	places := make([]int, len(wanted))
	seen := map[string]bool{}
	for i, name := range wanted {
		k, ok := at[name]
		switch {
		case !ok:
			hint := ""
			if near := nearest(name, available); near != "" {
				hint = fmt.Sprintf("; did you mean %q?", near)
			}
			return nil, problemf(source, "there is no column %q%s (columns: %s)", name, hint, listed(available))
		case seen[name]:
			return nil, problemf(source, "column %q is asked for twice; name it once", name)
		}
		seen[name] = true
		places[i] = k
	}
	return places, nil
}

// numbered names the columns of a file that has no names: c0, c1, …
func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint("c", i)
	}
	return names
}

// checkColumns reports names that a table file could not hold and give back.
func checkColumns(columns []string) error {
	if len(columns) == 0 {
		return fmt.Errorf("%w: a table needs at least one column", fault.ErrConfig)
	}
	numbers := true
	seen := make(map[string]bool, len(columns))
	for i, name := range columns {
		switch {
		case name == "":
			return fmt.Errorf("%w: column %d has no name", fault.ErrConfig, i+1)
		case seen[name]:
			return fmt.Errorf("%w: two columns are named %q", fault.ErrConfig, name)
		case !utf8.ValidString(name) || strings.TrimSpace(name) != name || slices.ContainsFunc([]rune(name), isControl):
			return fmt.Errorf("%w: column name %q has spaces around it, control characters, or is not UTF-8", fault.ErrConfig, name)
		}
		seen[name] = true
		_, err := parseCell([]byte(name))
		numbers = numbers && (err == nil || err == errNotFinite || err == errRange)
	}
	if numbers {
		return fmt.Errorf("%w: the column names %s are all numbers: a reader would take them for data", fault.ErrConfig, listed(columns))
	}
	return nil
}

package data

import "strings"

// nearest returns the name that was probably meant, or "" where none is close: at most a third of the letters, and always
// two, may differ; failing that, the one name that contains what was written. Capitals do not count.
func nearest(want string, names []string) string {
	best, limit := "", max(2, len([]rune(want))/3)+1
	for _, name := range names {
		if d := editDistance(strings.ToLower(want), strings.ToLower(name)); d < limit && d < len([]rune(name)) {
			best, limit = name, d
		}
	}
	if best != "" || len([]rune(want)) < 3 {
		return best
	}
	for _, name := range names {
		if strings.Contains(strings.ToLower(name), strings.ToLower(want)) {
			if best != "" {
				return "" // two are as likely
			}
			best = name
		}
	}
	return best
}

// editDistance is the Levenshtein distance: the least number of letters to insert, delete or replace.
func editDistance(a, b string) int {
	s, t := []rune(a), []rune(b)
	row := make([]int, len(t)+1) // distances of the current prefix of s to every prefix of t
	for j := range row {
		row[j] = j
	}
	for i, c := range s {
		diagonal := row[0]
		row[0] = i + 1
		for j, d := range t {
			change := diagonal
			if c != d {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, diagonal+1, row[j]+1)
		}
	}
	return row[len(t)]
}

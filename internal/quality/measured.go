package main

import "diffeo/internal/jsonlines"

// measured are the keys of the results in a file, which need not be measured again.
func measured[T interface{ key() string }](path string) (map[string]bool, error) {
	have, err := jsonlines.Read[T](path)
	done := map[string]bool{}
	for _, r := range have {
		done[r.key()] = true
	}
	return done, err
}

package model

import "encoding/json"

// The entries of the file's metadata.
const (
	keyFormat   = "format"
	keyVersion  = "version"
	keyModel    = "model"
	keyChecksum = "checksum"

	format = "diffeo"
)

// The versions of the format. The first knows standardization only; a file without steps is still written as one, so that equal models stay
// equal files.
const (
	version1 = "1"
	version2 = "2" // columns may have steps
)

// versionOf is the version that can hold the columns.
func versionOf(lists ...[]Column) string {
	for _, list := range lists {
		for _, c := range list {
			if len(c.Steps) > 0 {
				return version2
			}
		}
	}
	return version1
}

// metadata is the JSON of keyModel, fields in this order.
type metadata struct {
	Recipe    string          `json:"recipe"`
	Config    json.RawMessage `json:"config"`
	Precision string          `json:"precision"`
	Columns   []Column        `json:"columns"`
	Context   []Column        `json:"context"`
	Seed      uint64          `json:"seed"`
	Training  Training        `json:"training"`
}

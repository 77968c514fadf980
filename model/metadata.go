package model

import "encoding/json"

// The entries of the file's metadata.
const (
	keyFormat   = "format"
	keyVersion  = "version"
	keyModel    = "model"
	keyChecksum = "checksum"

	format  = "diffeo"
	version = "1"
)

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

package data

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// Sound files of every format with some bytes flipped, overwritten, cut out or doubled: an error or a sound table comes, never a panic,
// and memory stays bounded. DIFFEO_MUTATIONS sets how many of each format are tried.
func TestMutations(t *testing.T) {
	tries := 300
	if s := os.Getenv("DIFFEO_MUTATIONS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		tries = n
	}
	const seed = 17
	t.Log("seed", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	many, _, _ := manyTypes(t)
	path := filepath.Join(t.TempDir(), "a")
	for _, text := range []string{
		many,
		parquetText(t, schema.FieldList{schema.NewFloat64Node("x", optional, -1)}, 3, putOne, parquet.WithCompression(compress.Codecs.Snappy)),
		parquetText(t, schema.FieldList{schema.NewFloat64Node("x", required, -1)}, 1, putOne, parquet.WithCompression(compress.Codecs.Zstd)),
		npzText(t, false, "b.npy", vector(1, 2, 3), "a.npy", vector(4, 5, 6)),
		npzText(t, true, "x.npy", npyTable),
		npyTable,
		gappy,
		packed(t, gappy),
	} {
		for range tries {
			b := mutated(rng, text)
			fuzzTable(t, path, b)
		}
	}
}

// mutated is a text with some bytes flipped, overwritten, cut out or doubled; it is not empty.
func mutated(rng *rand.Rand, text string) []byte {
	b := []byte(text)
	for range 1 + rng.IntN(4) {
		at := rng.IntN(len(b))
		switch rng.IntN(5) {
		case 0, 1:
			b[at] ^= 1 << rng.IntN(8)
		case 2:
			b[at] = byte(rng.Uint32())
		case 3:
			b = append(b[:at:at], b[min(at+1+rng.IntN(8), len(b)):]...)
		case 4:
			b = append(b[:at:at], b[max(0, at-rng.IntN(16)):]...)
		}
		if len(b) == 0 {
			b = []byte{0}
		}
	}
	return b
}

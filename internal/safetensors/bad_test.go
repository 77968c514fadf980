package safetensors

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"diffeo/fault"
)

// raw puts a header of any text before n bytes of data.
func raw(header string, n int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, n)...)
}

var badFiles = []struct {
	name string
	file []byte
	want string
}{
	{"empty", nil, "too few"},
	{"seven bytes", make([]byte, 7), "too few"},
	{"header longer than file", []byte{9, 0, 0, 0, 0, 0, 0, 0, '{', '}'}, "cut short"},
	{"header length near 2^64", []byte{255, 255, 255, 255, 255, 255, 255, 255, '{', '}'}, "cut short"},
	{"no header", raw("", 0), "does not begin with {"},
	{"array", raw("[]", 0), "does not begin with {"},
	{"not JSON", raw("{nothing}", 0), "header"},
	{"unfinished", raw(`{"a":`, 0), "header"},
	{"two objects", raw(`{}{}`, 0), "follows the closing"},
	{"invalid UTF-8", raw("{\"\xff\":1}", 0), "UTF-8"},
	{"metadata not strings", raw(`{"__metadata__":{"a":1}}`, 0), "string is needed"},
	{"metadata an array", raw(`{"__metadata__":[]}`, 0), "{ is needed"},
	{"metadata twice", raw(`{"__metadata__":{},"__metadata__":{}}`, 0), "twice"},
	{"metadata key twice", raw(`{"__metadata__":{"a":"","a":""}}`, 0), "twice"},
	{"name twice", raw(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1), `"a" occurs twice`},
	{"name twice by escape", raw(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1), "twice"},
	{"field twice", raw(`{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1), "twice"},
	{"field unknown", raw(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":0}}`, 1), "unknown field"},
	{"field of other case", raw(`{"a":{"DType":"U8","shape":[1],"data_offsets":[0,1]}}`, 1), "unknown field"},
	{"field missing", raw(`{"a":{"dtype":"U8","shape":[1]}}`, 1), "are needed"},
	{"no object", raw(`{"a":7}`, 0), "{ is needed"},
	{"null", raw(`{"a":null}`, 0), "{ is needed"},
	{"dtype unknown", raw(`{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}`, 2), `"F16"`},
	{"dtype a number", raw(`{"a":{"dtype":3,"shape":[1],"data_offsets":[0,1]}}`, 1), "string is needed"},
	{"shape negative", raw(`{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}`, 1), "whole number"},
	{"shape fraction", raw(`{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}`, 1), "whole number"},
	{"shape exponent", raw(`{"a":{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}}`, 1), "whole number"},
	{"shape string", raw(`{"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}`, 1), "whole number"},
	{"shape nested", raw(`{"a":{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}}`, 1), "whole number"},
	{"shape beyond int64", raw(`{"a":{"dtype":"U8","shape":[18446744073709551617],"data_offsets":[0,1]}}`, 1), "whole number"},
	{"shape product overflows", raw(`{"a":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, 0), "too large"},
	{"shape overflows behind a zero", raw(`{"a":{"dtype":"F64","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}`, 0), "too large"},
	{"one offset", raw(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}`, 1), "begin and end"},
	{"three offsets", raw(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}`, 1), "begin and end"},
	{"offsets negative", raw(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[-1,0]}}`, 1), "whole number"},
	{"offsets reversed", raw(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}`, 1), "not within"},
	{"offsets beyond the end", raw(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 1), "not within the 1 bytes"},
	{"offsets against shape", raw(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,3]}}`, 3), "needs 4 bytes, its offsets span 3"},
	{"overlap", raw(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3), "overlaps"},
	{"same place", raw(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 2), "overlaps"},
	{"hole at the start", raw(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2), "bytes 0 to 1"},
	{"hole between", raw(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, 3), "bytes 1 to 2"},
	{"bytes left over", raw(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 3), "bytes 1 to 3"},
	{"empty tensor off the edge", raw(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}}`, 1), "belong to no tensor"},
}

func TestBadFiles(t *testing.T) {
	for _, c := range badFiles {
		for _, err := range decodeBoth(c.file) {
			if !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
			}
		}
	}
}

// Files that look odd and are sound.
func TestOddFiles(t *testing.T) {
	for _, c := range []struct {
		name, header string
		data, want   int
	}{
		{"nothing", `{}`, 0, 0},
		{"padding and white space", "{ \"a\" :\n{\"shape\":[],\"data_offsets\":[0, 1],\"dtype\":\"U8\"}}   \n", 1, 1},
		{"empty tensors", `{"a":{"dtype":"F64","shape":[0],"data_offsets":[1,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"c":{"dtype":"F64","shape":[3,0],"data_offsets":[0,0]}}`, 1, 3},
	} {
		f, err := Decode(raw(c.header, c.data))
		if err != nil || len(f.Tensors) != c.want {
			t.Errorf("%s: %d tensors (%v), want %d", c.name, len(f.Tensors), err, c.want)
		}
	}
}

// Any bytes give an error or a file that survives a round trip.
func FuzzDecode(f *testing.F) {
	for _, c := range badFiles {
		f.Add(c.file)
	}
	f.Add(raw(`{"__metadata__":{"a":"b"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Decode(b)
		if err != nil {
			if !errors.Is(err, fault.ErrModel) {
				t.Fatalf("error %v does not wrap ErrModel", err)
			}
			return
		}
		total := 0
		for name, x := range file.Tensors {
			if err := x.Check(); err != nil {
				t.Fatalf("%q: %v", name, err)
			}
			total += len(x.Data)
		}
		again, err := Decode(encoded(t, file))
		if err != nil || len(again.Tensors) != len(file.Tensors) || len(again.Metadata) != len(file.Metadata) {
			t.Fatalf("round trip: %v (%v), was %v", again, err, file)
		}
		if total > len(b) {
			t.Fatalf("%d bytes of data from %d", total, len(b))
		}
	})
}

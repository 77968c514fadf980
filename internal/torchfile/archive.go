package torchfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"
)

// archive is the zip file that torch.save writes: NAME/data.pkl, NAME/data/KEY for each storage, and NAME/byteorder.
type archive struct {
	file  []byte
	files map[string]*zip.File // by their names without NAME/
}

// readArchive runs the pickle of an archive.
func readArchive(b []byte) (any, error) {
	a, err := openArchive(b)
	if err != nil {
		return nil, err
	}
	pickle, err := a.member("data.pkl")
	if err != nil {
		return nil, err
	}
	if len(pickle) > maxPickle {
		return nil, fmt.Errorf("data.pkl has %d bytes, more than the %d that are allowed", len(pickle), maxPickle)
	}
	order, err := a.byteOrder()
	if err != nil {
		return nil, err
	}
	storages := map[string]*storage{}
	m := machine{in: pickle, persistent: func(id any) (*storage, error) {
		key, s, err := described(id)
		if err != nil {
			return nil, err
		}
		if old := storages[key]; old != nil {
			if old.dtype != s.dtype || old.n != s.n {
				return nil, fmt.Errorf("storage %.40q is %d %s and %d %s", key, old.n, old.dtype, s.n, s.dtype)
			}
			return old, nil
		}
		data, err := a.member("data/" + key)
		if err != nil {
			return nil, err
		}
		storages[key] = s
		return s, s.fill(data, order)
	}}
	return m.run()
}

func openArchive(b []byte) (*archive, error) {
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("the zip archive is damaged or cut short: %w", err)
	}
	a, folder := &archive{file: b, files: map[string]*zip.File{}}, ""
	for _, f := range r.File {
		if dir, ok := strings.CutSuffix(f.Name, "/data.pkl"); ok && !strings.Contains(dir, "/") {
			folder = dir + "/"
		}
	}
	if folder == "" {
		return nil, fmt.Errorf("a zip archive without NAME/data.pkl: torch.save did not write it")
	}
	for _, f := range r.File {
		name, ok := strings.CutPrefix(f.Name, folder)
		if !ok {
			continue
		}
		if a.files[name] != nil {
			return nil, fmt.Errorf("%.80q occurs twice in the archive", f.Name)
		}
		a.files[name] = f
	}
	return a, nil
}

// member is the bytes of a file of the archive, a slice of it: PyTorch compresses nothing, and so nothing can grow.
func (a *archive) member(name string) ([]byte, error) {
	f := a.files[name]
	if f == nil {
		return nil, fmt.Errorf("the archive has no %.80q", name)
	}
	if f.Method != zip.Store || f.Flags&1 != 0 || f.CompressedSize64 != f.UncompressedSize64 {
		return nil, fmt.Errorf("%.80q is compressed or encrypted, which torch.save does not do: pack the archive again without compression", name)
	}
	from, err := f.DataOffset()
	if err != nil || from < 0 || from > int64(len(a.file)) || f.UncompressedSize64 > uint64(int64(len(a.file))-from) {
		return nil, fmt.Errorf("%.80q lies outside the archive, which is damaged or cut short", name)
	}
	data := a.file[from : from+int64(f.UncompressedSize64)]
	if f.CRC32 != 0 && f.CRC32 != crc32.ChecksumIEEE(data) { // PyTorch can be told to write no sums
		return nil, fmt.Errorf("the checksum of %.80q does not match: the file is damaged", name)
	}
	return data, nil
}

func (a *archive) byteOrder() (binary.ByteOrder, error) {
	if a.files["byteorder"] == nil { // PyTorch before 2.1 wrote none
		return binary.LittleEndian, nil
	}
	text, err := a.member("byteorder")
	if err != nil {
		return nil, err
	}
	switch string(text) {
	case "little":
		return binary.LittleEndian, nil
	case "big":
		return binary.BigEndian, nil
	}
	return nil, fmt.Errorf("the byte order %.20q is neither little nor big", text)
}

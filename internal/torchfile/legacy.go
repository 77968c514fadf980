package torchfile

import (
	"encoding/binary"
	"fmt"
)

// The legacy format, of PyTorch before 1.6 and of _use_new_zipfile_serialization=False, is five pickles: a magic number, a version, what the
// machine was, the object, and the keys of the storages; then for each key the number of elements in 8 bytes and the elements.

// legacyMagic is 0x1950a86a20f9469cfc6c, as its bytes.
const legacyMagic long = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"

const legacyVersion = 1001

// isLegacy says whether a file begins with a pickle.
func isLegacy(b []byte) bool { return len(b) > 1 && b[0] == opProto }

func readLegacy(b []byte) (any, error) {
	storages := map[string]*storage{}
	m := machine{in: b, persistent: func(id any) (*storage, error) {
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
		storages[key] = s
		return s, nil
	}}
	magic, err := m.limited()
	if err != nil {
		return nil, err
	}
	if magic != any(legacyMagic) {
		return nil, fmt.Errorf("a pickle that torch.save did not write")
	}
	version, err := m.limited()
	if err != nil {
		return nil, err
	}
	if version != any(int64(legacyVersion)) {
		return nil, fmt.Errorf("the legacy format has version %d, not this one", legacyVersion)
	}
	host, err := m.limited()
	if err != nil {
		return nil, err
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if d, ok := host.(*dict); ok && d.values["little_endian"] == any(false) {
		order = binary.BigEndian
	}
	object, err := m.limited()
	if err != nil {
		return nil, err
	}
	keys, err := m.limited()
	if err != nil {
		return nil, err
	}
	return object, m.storages(keys, storages, order)
}

// limited is run for a pickle of bounded length.
func (m *machine) limited() (any, error) {
	all := m.in
	m.in = all[:min(len(all), maxPickle)]
	v, err := m.run()
	if err == nil {
		m.in = all[min(len(all), maxPickle)-len(m.in):]
	}
	return v, err
}

// storages reads the elements behind the pickles.
func (m *machine) storages(keys any, known map[string]*storage, order binary.ByteOrder) error {
	list, ok := keys.(*list)
	if !ok {
		return fmt.Errorf("the keys of the storages are %s", kindOf(keys))
	}
	for _, k := range list.items {
		key, _ := k.(string)
		s := known[key]
		if s == nil || s.data != nil {
			return fmt.Errorf("storage %.40q belongs to no tensor, or occurs twice", key)
		}
		head, err := m.bytes(8)
		if err != nil {
			return err
		}
		if n := order.Uint64(head); n != uint64(s.n) {
			return fmt.Errorf("storage %.40q has %d elements and should have %d", key, n, s.n)
		}
		size := elementSize[s.dtype]
		if s.n > len(m.in)/size {
			return fmt.Errorf("storage %.40q is cut short", key)
		}
		data, err := m.bytes(s.n * size)
		if err != nil {
			return err
		}
		if data == nil {
			data = []byte{}
		}
		if err := s.fill(data, order); err != nil {
			return err
		}
	}
	for key, s := range known {
		if s.data == nil {
			return fmt.Errorf("storage %.40q is missing", key)
		}
	}
	return nil
}

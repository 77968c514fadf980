package data

import (
	"context"
	"fmt"
	"os"
)

// SpooledImages are pictures whose values may lie in a file instead of in memory.
type SpooledImages struct {
	Images
	OnDisk bool // the values lie in a file, and are read-only: a write to them ends the program
}

// Close gives the file back. Pixels on the disk must not be used afterwards, nor views on them.
func (s *SpooledImages) Close() error {
	if !s.OnDisk {
		return nil
	}
	pixels := s.Pixels
	s.Pixels, s.OnDisk = nil, false
	return unmap(pixels)
}

// SpoolImages reads a set as ReadImages does, and keeps the values of one of more than most bytes in a temporary file, from which the system reads what is looked at: such a set may be
// larger than memory, and its pictures are at hand in any order. They are decoded once.
//
// The file has a byte for each value and lies in dir ("": os.TempDir, which the environment's TMPDIR names; not one that is memory itself). It has no name, so that nothing stays behind however
// the program ends. Systems that are no Unix keep every set in memory. Errors: those of ReadImages, and those of the file, such as a disk that is full.
func SpoolImages(ctx context.Context, path string, o ImageOptions, dir string, most int64) (*SpooledImages, error) {
	if dir == "" {
		dir = os.TempDir()
	}
	s := &spool{dir: dir, most: most}
	set, err := gatherImages(ctx, path, o, s)
	if err != nil {
		return nil, err
	}
	return &SpooledImages{Images: set, OnDisk: s.file != nil}, nil
}

// spool takes the values of a set, piece by piece.
type spool struct {
	dir    string
	most   int64 // bytes that are kept in memory
	memory []uint8
	file   *os.File // nil: all are in memory
	size   int
}

// expect is told how many bytes there will be, or 0.
func (s *spool) expect(size int64) {
	if size > s.most && canMap {
		s.most = 0
	} else if size > 0 {
		s.memory = make([]uint8, 0, size)
	}
}

func (s *spool) add(values []uint8) error {
	s.size += len(values)
	if s.file == nil && (int64(s.size) <= s.most || !canMap) {
		s.memory = append(s.memory, values...)
		return nil
	}
	if s.file == nil {
		if err := s.begin(); err != nil {
			return s.problem(err)
		}
	}
	if _, err := s.file.Write(values); err != nil {
		return s.problem(err)
	}
	return nil
}

// begin moves what there is into a file without a name.
func (s *spool) begin() (err error) {
	if s.file, err = os.CreateTemp(s.dir, "diffeo-pictures-"); err != nil {
		return err
	}
	if err := os.Remove(s.file.Name()); err != nil {
		return err
	}
	_, err = s.file.Write(s.memory)
	s.memory = nil
	return err
}

func (s *spool) finish() ([]uint8, error) {
	if s.file == nil {
		return s.memory, nil
	}
	pixels, err := mapFile(s.file, s.size)
	if err != nil {
		return nil, s.problem(err)
	}
	return pixels, nil
}

// close lets go of the file: a map of it stays.
func (s *spool) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

func (s *spool) problem(err error) error {
	return fmt.Errorf("a temporary file for pictures in %s, of %d bytes so far (the environment's TMPDIR names another folder): %w", s.dir, s.size, err)
}

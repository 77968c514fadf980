// Package atomicfile writes files that are either whole or absent.
//
// The bytes go to a temporary file in the folder of the target. Commit flushes it to the disk and renames it over the
// target in one step; Abort removes it. Until Commit succeeds, a file that was there before keeps its content.
package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
)

// File is a file under construction. It is not safe for concurrent use, but any number of Files for one path may be
// under construction at once: the last Commit wins, whole.
type File struct {
	f    *os.File
	path string // the target, symbolic links resolved
	name string // the target as the caller wrote it, for messages
	done bool
}

// Create starts a file that will become path. A target that exists must be a regular file, or a link to one; the
// new file takes its permissions, and a file that is new gets the process's default ones. End with Commit or Abort:
//
//	f, err := atomicfile.Create(path)
//	if err != nil { … }
//	defer f.Abort() // does nothing after Commit
//	… write …
//	return f.Commit()
func Create(path string) (*File, error) {
	target, old, err := resolve(path)
	if err != nil {
		return nil, err
	}
	f, err := openTemporary(target)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s cannot be written: its folder does not exist; make the folder first: %w", path, bare(err))
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be written: %w", path, bare(err))
	}
	file := &File{f: f, path: target, name: path}
	if old != nil {
		if err := f.Chmod(old.Mode().Perm()); err != nil {
			file.Abort()
			return nil, fmt.Errorf("%s cannot be written: %w", path, bare(err))
		}
	}
	return file, nil
}

// resolve follows links, so that the file that they lead to is replaced and not the link, and looks at what is there.
// old is nil where the target does not exist yet.
func resolve(path string) (target string, old fs.FileInfo, err error) {
	if path == "" {
		return "", nil, errors.New("a file without a name cannot be written: give it a path")
	}
	target = path
	if t, err := filepath.EvalSymlinks(path); err == nil {
		target = t
	}
	old, err = os.Stat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return target, nil, nil
	case err != nil:
		return "", nil, fmt.Errorf("%s cannot be written: %w", path, err)
	case old.IsDir():
		return "", nil, fmt.Errorf("%s cannot be written: it is a folder; name a file in it", path)
	case !old.Mode().IsRegular():
		return "", nil, fmt.Errorf("%s cannot be written: it is not a regular file (%s), and cannot be replaced in one step", path, old.Mode())
	}
	return target, old, nil
}

// openTemporary makes a new file beside the target: a rename is atomic within one file system only. Unlike
// os.CreateTemp it asks for 0666, so that the process's umask decides as it does for any new file.
func openTemporary(target string) (*os.File, error) {
	dir, base := filepath.Split(target)
	if len(base) > 100 {
		base = base[:100] // names are limited to 255 bytes
	}
	for try := 0; ; try++ {
		name := filepath.Join(dir, "."+base+"."+strconv.FormatUint(rand.Uint64(), 36)+".tmp")
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) && try < 100 {
			continue
		}
		return f, err
	}
}

// bare takes the temporary file's name out of an error; no reader of the message asked for it.
func bare(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// Write appends to the file.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.f.Write(p)
	return n, f.explain(err)
}

// WriteAt overwrites from the offset: for headers that are known at the end only.
func (f *File) WriteAt(p []byte, offset int64) (int, error) {
	n, err := f.f.WriteAt(p, offset)
	return n, f.explain(err)
}

func (f *File) explain(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("writing %s: %w", f.name, bare(err))
}

// Commit makes the file the target. On an error nothing of it stays and an old file survives.
func (f *File) Commit() error {
	if f.done {
		return fmt.Errorf("writing %s: the file was already finished or given up", f.name)
	}
	if err := f.f.Sync(); err != nil {
		f.Abort()
		return f.explain(err)
	}
	f.done = true
	if err := f.f.Close(); err != nil {
		os.Remove(f.f.Name())
		return f.explain(err)
	}
	if err := os.Rename(f.f.Name(), f.path); err != nil {
		os.Remove(f.f.Name())
		return f.explain(err)
	}
	return syncFolder(filepath.Dir(f.path))
}

// Abort removes what was written. After Commit or another Abort it does nothing.
func (f *File) Abort() {
	if f.done {
		return
	}
	f.done = true
	f.f.Close()
	os.Remove(f.f.Name())
}

// syncFolder makes the rename survive a power failure. Windows and some network file systems cannot do it.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil // a folder that may be written but not listed: the file is in place
	}
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

// Write creates path with what the function writes. Where the function fails or panics, nothing of it stays, a file
// that was there before survives, and the error or panic passes on.
func Write(path string, write func(w io.Writer) error) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	if err := write(f); err != nil {
		return err
	}
	return f.Commit()
}

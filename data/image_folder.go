package data

import (
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// imageFolder is files of one picture each.
type imageFolder struct {
	root    string
	paths   []string // relative to the root, with slashes; sorted
	classes []int    // of each; nil: none
	names   []string
	format  ImageFormat
	first   string // the file that the format was taken from
	resized bool
	row     int
}

// openFolder lists a folder and finds the format of its pictures.
func openFolder(root string, o ImageOptions) (pictures, error) {
	if o.Format != "" {
		return nil, problemf(root, "this is a folder, not a file of %s", o.Format)
	}
	f := &imageFolder{root: root}
	if err := filepath.WalkDir(root, f.visit); err != nil {
		if p, ok := err.(*problem); ok {
			return nil, p
		}
		return nil, readProblem(root, err)
	}
	if len(f.paths) == 0 {
		return nil, problemf(root, "there is no file here, or in the folders below, whose name ends in .png, .jpg or .jpeg")
	}
	slices.Sort(f.paths)
	if err := f.classify(o.Labels); err != nil {
		return nil, err
	}
	return f, f.open(o)
}

// openFile opens a set of one picture.
func openFile(path string, o ImageOptions) (pictures, error) {
	f := &imageFolder{root: filepath.Dir(path), paths: []string{filepath.Base(path)}}
	if o.Labels != "" {
		return nil, problemf(path, "a single picture has no file of labels")
	}
	return f, f.open(o)
}

// unread are pictures in formats that are not decoded: leaving them out would make a set smaller in silence.
var unread = []string{".gif", ".bmp", ".webp", ".tif", ".tiff", ".avif", ".heic", ".jp2", ".ppm", ".pgm"}

func (f *imageFolder) visit(path string, entry fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	if strings.HasPrefix(entry.Name(), ".") && path != f.root {
		if entry.IsDir() {
			return filepath.SkipDir
		}
		return nil
	}
	if entry.IsDir() {
		return nil
	}
	extension := strings.ToLower(filepath.Ext(path))
	if slices.Contains(unread, extension) {
		return problemf(path, "pictures of the format %s are not read; convert them to PNG", extension[1:]).(*problem)
	}
	if extension == ".png" || extension == ".jpg" || extension == ".jpeg" {
		rel, err := filepath.Rel(f.root, path)
		if err != nil {
			return err
		}
		f.paths = append(f.paths, filepath.ToSlash(rel))
	}
	return nil
}

// classify finds the class of each picture.
func (f *imageFolder) classify(file string) error {
	labels := make([]string, len(f.paths))
	if file != "" {
		known, err := readFileLabels(file)
		if err != nil {
			return err
		}
		for i, p := range f.paths {
			l, ok := known[p]
			if !ok {
				return problemf(file, "the picture %s of %s has no label; add a line for it", p, f.root)
			}
			labels[i] = l.name
			delete(known, p)
		}
		if len(known) > 0 {
			return problemf(file, "%s", strangers(known, f.root))
		}
		f.classes, f.names = numberClasses(labels)
		return nil
	}
	inside := 0
	for i, p := range f.paths {
		if class, _, ok := strings.Cut(p, "/"); ok {
			labels[i] = class
			inside++
		}
	}
	if inside == 0 {
		return nil
	}
	if i := slices.Index(labels, ""); i >= 0 {
		return problemf(f.file(i), "it lies beside folders, which are the classes; put it into one, or give a file of labels")
	}
	f.classes, f.names = numberClasses(labels)
	return nil
}

// strangers reports labels of pictures that are not there, the first by its line.
func strangers(known map[string]fileLabel, root string) string {
	first, name := 0, ""
	for n, l := range known {
		if first == 0 || l.line < first {
			first, name = l.line, n
		}
	}
	return fmt.Sprintf("line %d: there is no picture %s in %s (and %d more such lines)", first, name, root, len(known)-1)
}

// open takes the format from the first picture whose header can be read.
func (f *imageFolder) open(o ImageOptions) error {
	if f.resized = o.Height > 0; f.resized {
		f.format.Height, f.format.Width = o.Height, o.Width
	}
	for i := range f.paths {
		is, err := pictureFormat(f.file(i))
		if _, corrupt := err.(*corruptFile); corrupt && o.SkipCorrupt {
			continue
		} else if err != nil {
			return err
		}
		f.first = f.file(i)
		if f.format.Channels = is.Channels; !f.resized {
			f.format = is
		}
		return nil
	}
	return problemf(f.root, "none of its %d pictures can be decoded", len(f.paths))
}

func (f *imageFolder) file(i int) string {
	return filepath.Join(f.root, filepath.FromSlash(f.paths[i]))
}

func (f *imageFolder) about() (ImageFormat, []string) { return f.format, f.names }

func (f *imageFolder) count() int { return len(f.paths) }

func (f *imageFolder) rewind() error {
	f.row = 0
	return nil
}

func (f *imageFolder) close() error { return nil }

func (f *imageFolder) next(dst []uint8) (class int, path string, err error) {
	if f.row == len(f.paths) {
		return -1, "", io.EOF
	}
	i := f.row
	f.row++
	class = -1
	if f.classes != nil {
		class = f.classes[i]
	}
	path = f.file(i)
	if dst == nil {
		return class, path, nil
	}
	return class, path, decodePicture(dst, path, f.format, f.resized, f.first)
}

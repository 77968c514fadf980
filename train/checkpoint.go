package train

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"diffeo/fault"
	"diffeo/internal/atomicfile"
	"diffeo/internal/safetensors"
	"diffeo/matrix"
	"diffeo/param"
)

// Checkpoint says where and when the whole state of a training is written down. A training that is resumed from it goes on bit for bit as if it
// had never stopped (on one instruction set; elsewhere it goes on, with other rounding).
//
// The file is replaced in one step, so that a process may be killed at any moment: the steps since the last checkpoint are lost,
// and nothing else. It is written every Every steps, when training ends, and when it is interrupted, holds a checksum, and
// is tied to data, flow, first weights and settings, all but Threads and TimeLimit.
type Checkpoint struct {
	File  string // "": none is written
	Every int    // steps; 0: 500
	// Resume goes on from File where it is there, and begins a training that writes it where it is not. Without Resume a file that is
	// there is an error: it may be hours of work.
	Resume bool
}

// ErrCheckpoint says that a checkpoint is damaged, or belongs to another training.
var ErrCheckpoint = errors.New("checkpoint cannot be used")

const (
	checkpointFormat  = "diffeo checkpoint"
	checkpointVersion = "1"
)

// saved is what a checkpoint holds beside weights and moments. Floats in JSON keep every bit; those that may be NaN are pointers.
type saved struct {
	Fingerprint fingerprint `json:"fingerprint"`
	Steps       int         `json:"steps"`
	Applied     int         `json:"applied"`
	Bad         int         `json:"bad"`
	Early       bool        `json:"early"`
	BestStep    int         `json:"best_step"`
	Validation  *float64    `json:"validation"`
	Floored     int         `json:"floored"`
	Skipped     int         `json:"skipped"`
	Skips       []Skip      `json:"skips"`
	Dropped     int         `json:"dropped"`
	DroppedAt   string      `json:"dropped_at"`
	Curve       recorder    `json:"curve"`
}

// lists are the arrays of a checkpoint by name, in the order of the declarations.
func (w *weights[T]) lists() map[string][][]T {
	l := map[string][][]T{"parameters": w.p, "first moments": w.m, "second moments": w.v, "best": w.best}
	if w.average != nil {
		l["averages"] = w.average
	}
	return l
}

// save writes the checkpoint.
func (t *trainer[T]) save() error {
	r := t.result
	s := saved{
		Fingerprint: t.prints, Steps: r.Steps, Applied: t.applied, Bad: t.bad, Early: r.Early, BestStep: r.BestStep, Floored: r.Floored,
		Skipped: r.Skipped, Skips: r.Skips, Dropped: r.Dropped, DroppedAt: r.DroppedAt, Curve: t.curve,
	}
	if !t.unvalidated() {
		s.Validation = &r.Validation
	}
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	file := safetensors.File{Tensors: map[string]safetensors.Tensor{}, Metadata: map[string]string{
		"format": checkpointFormat, "version": checkpointVersion, "state": string(text),
	}}
	for name, list := range t.weights.lists() {
		if file.Tensors[name], err = flat(list); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
	}
	file.Metadata["checksum"] = checksum(file)
	var b bytes.Buffer
	if err := safetensors.Encode(&b, file); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	err = atomicfile.Write(t.config.Checkpoint.File, func(w io.Writer) error {
		_, err := w.Write(b.Bytes())
		return err
	})
	if err != nil {
		return fmt.Errorf("the checkpoint after step %d could not be written, the one before it is still there: %w", r.Steps, err)
	}
	return nil
}

// resume prepares for checkpoints, and goes back to the one that is there. It returns false where training has to begin.
func (t *trainer[T]) resume(first *param.Set, validation Data[T]) (bool, error) {
	c := t.config.Checkpoint
	if c.File == "" {
		return false, nil
	}
	f, err := atomicfile.Create(c.File) // better to find out now than after hours
	if err != nil {
		return false, err
	}
	f.Abort()
	if t.prints, err = fingerprintOf(t, first, validation); err != nil {
		return false, err
	}
	b, err := os.ReadFile(c.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	case !c.Resume:
		return false, fmt.Errorf("%w: the checkpoint %s is there already: resume from it, or remove it to begin again", fault.ErrConfig, c.File)
	}
	if err := t.restore(b); err != nil {
		return false, fmt.Errorf("%w: %s: %w", ErrCheckpoint, c.File, err)
	}
	return true, nil
}

// restore takes the state out of a checkpoint. On an error the state is no longer good for anything.
func (t *trainer[T]) restore(b []byte) error {
	file, err := safetensors.Decode(b)
	if err != nil {
		return fmt.Errorf("it is damaged, or no checkpoint: %w", err)
	}
	m := file.Metadata
	switch {
	case m["format"] != checkpointFormat:
		return errors.New("it is a safetensors file, but not a checkpoint")
	case m["version"] != checkpointVersion:
		return fmt.Errorf("it has format version %.20q, this program reads version %s", m["version"], checkpointVersion)
	case m["checksum"] != checksum(file):
		return errors.New("the checksum does not match: the file was damaged or changed after it was written; remove it and begin again")
	}
	var s saved
	if err := json.Unmarshal([]byte(m["state"]), &s); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if text := t.prints.differs(s.Fingerprint); text != "" {
		return errors.New(text)
	}
	for name, list := range t.weights.lists() {
		if err := fill(list, file.Tensors[name]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	t.applied, t.bad, t.curve = s.Applied, s.Bad, s.Curve
	r := &t.result
	r.Steps, r.Resumed, r.Early, r.BestStep, r.Floored = s.Steps, s.Steps, s.Early, s.BestStep, s.Floored
	r.Skipped, r.Skips, r.Dropped, r.DroppedAt = s.Skipped, s.Skips, s.Dropped, s.DroppedAt
	if s.Validation != nil {
		r.Validation = *s.Validation
	}
	return nil
}

// checksum covers the names, kinds and bytes of all that a checkpoint holds, but itself.
func checksum(f safetensors.File) string {
	h := sha256.New()
	h.Write(fmt.Appendf(nil, "%q %q\n", f.Metadata["version"], f.Metadata["state"]))
	for _, name := range f.Names() {
		t := f.Tensors[name]
		h.Write(fmt.Appendf(nil, "%q %s %v %d\n", name, t.DType, t.Shape, len(t.Data)))
		h.Write(t.Data)
	}
	return digest(h)
}

// flat puts arrays behind one another.
func flat[T matrix.Float](list [][]T) (safetensors.Tensor, error) {
	var all []T
	for _, l := range list {
		all = append(all, l...)
	}
	if all, ok := any(all).([]float32); ok {
		return safetensors.FromFloat32(all, len(all))
	}
	wide := make([]float64, len(all))
	for i, x := range all {
		wide[i] = float64(x)
	}
	return safetensors.FromFloat64(wide, len(wide))
}

// fill is the inverse of flat.
func fill[T matrix.Float](list [][]T, from safetensors.Tensor) error {
	values, err := from.Float64s()
	if err != nil {
		return err
	}
	need := 0
	for _, l := range list {
		need += len(l)
	}
	if len(values) != need {
		return fmt.Errorf("it holds %d numbers, the flow has %d", len(values), need)
	}
	for _, l := range list {
		for i := range l {
			l[i] = T(values[i])
		}
		values = values[len(l):]
	}
	return nil
}

package torchfile

import (
	"archive/zip"
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"diffeo/fault"
)

// archiveOf is a zip archive of the given files in the folder x, uncompressed.
func archiveOf(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: "x/" + name, Method: zip.Store})
		if err == nil {
			_, err = f.Write([]byte(files[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Parts of pickles, in the order in which they are written.
const (
	head    = "\x80\x02"
	a       = "X\x01\x00\x00\x00a"
	rebuild = "ctorch._utils\n_rebuild_tensor_v2\n"
	// storage0 is a persistent id: 4 float32 in data/0.
	storage0 = "(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQ"
)

// tensor is the pickle of {"a": a tensor of that offset, size and stride in storage0}.
func tensor(offset, size, stride string) string {
	return head + "}" + a + rebuild + "(" + storage0 + offset + size + stride + "\x89" + "ccollections\nOrderedDict\n)R" + "tRs."
}

func of(pickle string) map[string]string {
	return map[string]string{"data.pkl": pickle, "data/0": "\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x40\x40\x00\x00\x80\x40"} // 1, 2, 3, 4
}

func TestHandmade(t *testing.T) {
	tensors, _, err := StateDict(archiveOf(t, of(tensor("K\x01", "K\x03\x85", "K\x01\x85"))), "")
	if err != nil {
		t.Fatal(err)
	}
	if got := tensors["a"].Float64s(); !slices.Equal(got, []float64{2, 3, 4}) {
		t.Errorf("read %v", got)
	}
	big := of(tensor("K\x00", ")", ")"))
	big["byteorder"], big["data/0"] = "big", "\x3f\x80\x00\x00"+strings.Repeat("\x00", 12)
	if tensors, _, err = StateDict(archiveOf(t, big), ""); err != nil || tensors["a"].Float64s()[0] != 1 {
		t.Errorf("a big-endian number is %v (%v)", tensors, err)
	}
}

// Pickles that are programs for other things, or wrong, are errors that say what was refused. None of them may panic.
func TestRefusesPickles(t *testing.T) {
	for _, c := range []struct{ name, pickle, want string }{
		{"a call of the system", head + "cposix\nsystem\nX\x02\x00\x00\x00id\x85R.", `it names "posix.system"`},
		{"eval", head + "c__builtin__\neval\n(tR.", `it names "__builtin__.eval"`},
		{"a name behind a known module", head + "ctorch._utils\n_rebuild_wrapper_subclass\n.", `"torch._utils._rebuild_wrapper_subclass"`},
		{"a name with a dot", head + "ccollections\nOrderedDict.fromkeys\n.", "OrderedDict.fromkeys"},
		{"a call of a type", head + "ctorch\nFloatStorage\n)R.", "it calls torch.FloatStorage; nothing was run"},
		{"a call of a dict", head + "})R.", "it calls a dict"},
		{"a call with a list", head + "ccollections\nOrderedDict\n]R.", "it calls collections.OrderedDict with a list"},
		{"an object", head + "ccollections\nOrderedDict\n)\x81.", "the opcode 0x81"},
		{"an instance", head + "(icollections\nOrderedDict\n.", "the opcode 0x69"},
		{"a name from the stack", head + "X\x05\x00\x00\x00posixX\x06\x00\x00\x00system\x93.", "the opcode 0x93"},
		{"an extension", head + "\x82\x01.", "the opcode 0x82"},
		{"attributes of a tensor", head + "}" + a + rebuild + "(" + storage0 + "K\x00))\x89NtR}bs.", "it sets attributes of a tensor"},
		{"attributes of nothing", head + "}b.", "more values than there are"},
		{"items of a tuple", head + ")" + a + "K\x01s.", "it puts items into a tuple"},
		{"a key without a value", head + "}(" + a + "u.", "a key without a value"},
		{"a list as key", head + "}]K\x01s.", "a key that is a list"},
		{"a tuple as key", head + "})K\x01s.", "a key that is a tuple"},
		{"an empty stack", head + ".", "ends at byte 2"},
		{"two values", head + "NN.", "1 values too many"},
		{"a mark", head + "(.", "ends at byte 3"},
		{"no end", head + "N", "cut short"},
		{"a long string", head + "X\xff\xff\xff\xffa.", "cut short"},
		{"not UTF-8", head + "X\x01\x00\x00\x00\xff.", "not UTF-8"},
		{"unknown memo", head + "h\x07.", "value 7 is used and was not stored"},
		{"no newline", head + "ccollections", "cut short"},
		{"a number", head + "K\x01.", "it holds an int, not a state dict"},
		{"no storage", head + "NQ.", "no storage: None"},
		{"a storage of another kind", head + "(X\x06\x00\x00\x00moduleNNNNtQ.", "no storage"},
		{"a storage without a type", head + "(X\x07\x00\x00\x00storageNX\x01\x00\x00\x000NK\x04tQ.", "a storage of None"},
		{"a storage that is not there", strings.Replace(tensor("K\x00", ")", ")"), "\x000X", "\x007X", 1), `no "data/7"`},
		{"a storage of another length", strings.Replace(tensor("K\x00", ")", ")"), "cpuK\x04", "cpuK\x05", 1), "5 float32 has 16 bytes, not 20"},
		{"a storage of negative length", strings.Replace(tensor("K\x00", ")", ")"), "cpuK\x04", "cpuJ\xff\xff\xff\xff", 1), "-1 elements"},
		{"a tensor beyond its storage", tensor("K\x02", "K\x03\x85", "K\x01\x85"), "leaves its storage of 4"},
		{"an offset beyond", tensor("K\x04", ")", ")"), "leaves its storage"},
		{"a negative offset", tensor("J\xff\xff\xff\xff", ")", ")"), "leaves its storage"},
		{"a negative stride", tensor("K\x03", "K\x02\x85", "J\xff\xff\xff\xff\x85"), "leaves its storage"},
		{"a size without a stride", tensor("K\x00", "K\x03\x85", ")"), "size 1 and stride 0"},
		{"a size that overflows", tensor("K\x00", "J\xff\xff\xff\x7fJ\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x87", "K\x00K\x00K\x00\x87"), "leaves its storage"},
		{"a stride that overflows", tensor("K\x00", "K\x03\x85", "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85"), "leaves its storage"},
		{"one number spread far", tensor("K\x00", "J\xff\xff\xff\x7f\x85", "K\x00\x85"), "spreads a storage of 4"},
		{"a tensor of a string", strings.Replace(tensor("K\x00", ")", ")"), storage0, a, 1), "a tensor of a string"},
		{"a tensor of too little", head + "}" + a + rebuild + ")Rs.", "a tensor of 0 arguments"},
		{"a parameter of a number", head + "}" + a + "ctorch._utils\n_rebuild_parameter\nK\x01\x85Rs.", "no tensor"},
		{"pairs that are none", head + "ccollections\nOrderedDict\n]K\x01a\x85R.", "no pairs"},
	} {
		_, _, err := StateDict(archiveOf(t, of(c.pickle)), "")
		if !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// An archive is read as it lies there: nothing in it is unpacked.
func TestRefusesArchives(t *testing.T) {
	good := of(tensor("K\x00", ")", ")"))
	packed := func(method uint16) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		f, err := w.CreateHeader(&zip.FileHeader{Name: "x/data.pkl", Method: method})
		if err == nil {
			_, err = f.Write([]byte(good["data.pkl"]))
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	order := maps.Clone(good)
	order["byteorder"] = "middle"
	large := maps.Clone(good)
	large["data.pkl"] = head + strings.Repeat("N", maxPickle)
	var twice bytes.Buffer
	w := zip.NewWriter(&twice)
	for range 2 {
		if _, err := w.CreateHeader(&zip.FileHeader{Name: "x/data.pkl", Method: zip.Store}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"compressed", packed(zip.Deflate), "is compressed or encrypted"},
		{"no storages", packed(zip.Store), `no "data/0"`},
		{"byte order", archiveOf(t, order), `the byte order "middle"`},
		{"a long pickle", archiveOf(t, large), "more than the"},
		{"twice", twice.Bytes(), "occurs twice"},
	} {
		if _, _, err := StateDict(c.file, ""); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// used reads all that a file holds. Every number of it comes from its bytes, or from one of them shown again within bounds.
func used(t *testing.T, b []byte) {
	tensors, _, err := StateDict(b, "")
	if err != nil {
		if !errors.Is(err, fault.ErrModel) {
			t.Fatalf("error %v does not wrap ErrModel", err)
		}
		return
	}
	for name, x := range tensors {
		if n := x.Len(); n > max(len(b), maxSpread) || len(x.Float64s()) != n {
			t.Fatalf("%q has %d elements in a file of %d bytes", name, n, len(b))
		}
	}
}

// Any bytes give an error or numbers.
func FuzzStateDict(f *testing.F) {
	for _, name := range []string{"kinds.pt", "kinds_legacy.pt", "trainer.pt", "module.pt"} {
		f.Add(read(f, name))
	}
	f.Fuzz(used)
}

// Any pickle, in an archive with a storage and at the place of the object in the legacy format.
func FuzzPickle(f *testing.F) {
	f.Add([]byte(tensor("K\x01", "K\x03\x85", "K\x01\x85")))
	f.Add([]byte(head + "ccollections\nOrderedDict\n]" + a + "K\x01\x86a\x85R."))
	f.Add([]byte(head + "}q\x00(" + a + "h\x00X\x01\x00\x00\x00bG?\xf0\x00\x00\x00\x00\x00\x00u}X\x02\x00\x00\x00vvK\x02sb."))
	for _, name := range []string{"kinds.pt", "trainer.pt"} {
		b := read(f, name)
		r, err := openArchive(b)
		if err != nil {
			f.Fatal(err)
		}
		pickle, err := r.member("data.pkl")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(pickle)
	}
	f.Fuzz(func(t *testing.T, pickle []byte) {
		used(t, archiveOf(t, of(string(pickle))))
		used(t, slices.Concat([]byte(head+"\x8a\x0a"+string(legacyMagic)+"."+head+"M\xe9\x03."+head+"}."), pickle))
	})
}

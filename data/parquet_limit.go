package data

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/klauspost/compress/zstd"
)

// checkParquetFooter walks through the metadata at the end of a file (Thrift's compact protocol) before the library does. That
// makes room for lists on the word of their heads, so a few bytes could ask for gigabytes: here, a list must not
// promise more elements than bytes are left.
func checkParquetFooter(r io.ReaderAt, size int64) error {
	tail := make([]byte, 8)
	if size < 12 {
		return errParquetShort
	}
	if _, err := r.ReadAt(tail, size-8); err != nil {
		return err
	}
	switch string(tail[4:]) {
	case parquetMagic:
	case "PARE":
		return errors.New("this Parquet file is encrypted; write it again without encryption")
	default:
		return errParquetShort
	}
	n := int64(binary.LittleEndian.Uint32(tail))
	if n > size-12 {
		return errParquetShort
	}
	if n > maxParquetFooter {
		return fmt.Errorf("the metadata of this Parquet file is %d MiB long, at most %d are read; write fewer, longer row groups", n>>20, maxParquetFooter>>20)
	}
	footer := make([]byte, n)
	if _, err := r.ReadAt(footer, size-8-n); err != nil {
		return err
	}
	w := thriftWalk{rest: footer}
	w.structure(0)
	if w.bad {
		return errors.New("the metadata of this Parquet file is damaged; write or copy it again")
	}
	return nil
}

var errParquetShort = errors.New("this Parquet file does not end as one must: it was cut short, or is still being written; write or copy it again")

// thriftWalk steps over values of Thrift's compact protocol. Once bad it stays so, with nothing left.
type thriftWalk struct {
	rest []byte
	bad  bool
}

func (w *thriftWalk) fail() {
	w.bad, w.rest = true, nil
}

func (w *thriftWalk) byte() byte {
	if len(w.rest) == 0 {
		w.fail()
		return 0
	}
	b := w.rest[0]
	w.rest = w.rest[1:]
	return b
}

func (w *thriftWalk) varint() uint64 {
	v, n := binary.Uvarint(w.rest)
	if n <= 0 {
		w.fail()
		return 0
	}
	w.rest = w.rest[n:]
	return v
}

func (w *thriftWalk) skip(n uint64) {
	if n > uint64(len(w.rest)) {
		w.fail()
		return
	}
	w.rest = w.rest[n:]
}

func (w *thriftWalk) structure(depth int) {
	for !w.bad {
		head := w.byte()
		if head == 0 {
			return
		}
		if head>>4 == 0 {
			w.varint() // the field's number, where it is not the distance to the one before
		}
		if t := head & 15; t > 2 { // 1 and 2 are true and false themselves
			w.value(t, depth)
		}
	}
}

func (w *thriftWalk) value(t byte, depth int) {
	const deepest = 32
	if depth > deepest {
		w.fail()
		return
	}
	switch t {
	case 1, 2, 3: // in a list: a byte each
		w.byte()
	case 4, 5, 6:
		w.varint()
	case 7:
		w.skip(8)
	case 8:
		w.skip(w.varint())
	case 9, 10:
		head := w.byte()
		n := uint64(head >> 4)
		if n == 15 {
			n = w.varint()
		}
		if n > uint64(len(w.rest)) {
			w.fail()
		}
		for ; n > 0 && !w.bad; n-- {
			w.value(head&15, depth+1)
		}
	case 11:
		n := w.varint()
		if n == 0 {
			return
		}
		types := w.byte()
		if n > uint64(len(w.rest)) {
			w.fail()
		}
		for ; n > 0 && !w.bad; n-- {
			w.value(types>>4, depth+1)
			w.value(types&15, depth+1)
		}
	case 12:
		w.structure(depth + 1)
	case 13:
		w.skip(16)
	default:
		w.fail()
	}
}

// limitCodecs has the library unpack pages by decoders that give no more than a page's header promises, which the
// library bounds by maxParquetPage. Snappy would make room for what the packed bytes say, and zstd for all that they unpack to.
var limitCodecs = sync.OnceFunc(func() {
	for which, decode := range map[compress.Compression]func(dst, src []byte) ([]byte, error){
		compress.Codecs.Snappy: nil,
		compress.Codecs.Zstd:   unpackZstd,
	} {
		if c, err := compress.GetCodec(which); err == nil {
			if c, ok := c.(compress.ErrorCodec); ok {
				if decode == nil {
					decode = unpackSnappy(c.DecodeWithError)
				}
				compress.RegisterCodec(which, limitedCodec{c, decode})
			}
		}
	}
})

// limitedCodec is a codec with another way to unpack.
type limitedCodec struct {
	compress.ErrorCodec
	decode func(dst, src []byte) ([]byte, error)
}

// DecodeWithError unpacks a page into dst, which has the length that the page's header promises.
func (c limitedCodec) DecodeWithError(dst, src []byte) ([]byte, error) { return c.decode(dst, src) }

func unpackSnappy(decode func(dst, src []byte) ([]byte, error)) func(dst, src []byte) ([]byte, error) {
	return func(dst, src []byte) ([]byte, error) {
		if n, k := binary.Uvarint(src); k <= 0 || n > uint64(len(dst)) {
			return nil, errPageLength
		}
		return decode(dst, src)
	}
}

var errPageLength = errors.New("a page is longer than its header says")

// zstdDecoders are reused: one holds tables and a window.
var zstdDecoders = sync.Pool{New: func() any {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxParquetPage), zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		return err
	}
	return d
}}

func unpackZstd(dst, src []byte) ([]byte, error) {
	d, ok := zstdDecoders.Get().(*zstd.Decoder)
	if !ok {
		return nil, errors.New("no zstd decoder can be made")
	}
	defer zstdDecoders.Put(d)
	return d.DecodeAll(src, dst[:0:len(dst)])
}

package torchfile

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"
)

// maxPickle is the length of a pickle beyond which it is refused: every byte may cost some tens of bytes of memory. A state dict takes
// some hundred bytes a tensor.
const maxPickle = 16 << 20

// The opcodes, by their names in Python's pickletools.
const (
	opMark            = '('
	opStop            = '.'
	opNone            = 'N'
	opBinInt          = 'J'
	opBinInt1         = 'K'
	opBinInt2         = 'M'
	opBinFloat        = 'G'
	opBinUnicode      = 'X'
	opBinPersID       = 'Q'
	opGlobal          = 'c'
	opReduce          = 'R'
	opBuild           = 'b'
	opEmptyTuple      = ')'
	opTuple           = 't'
	opEmptyList       = ']'
	opAppend          = 'a'
	opAppends         = 'e'
	opEmptyDict       = '}'
	opSetItem         = 's'
	opSetItems        = 'u'
	opBinGet          = 'h'
	opLongBinGet      = 'j'
	opBinPut          = 'q'
	opLongBinPut      = 'r'
	opProto      byte = 0x80
	opTuple1     byte = 0x85
	opTuple2     byte = 0x86
	opTuple3     byte = 0x87
	opNewTrue    byte = 0x88
	opNewFalse   byte = 0x89
	opLong1      byte = 0x8a
)

// mark is what opMark puts on the stack.
type mark struct{}

// machine runs pickles. There is no recursion: values are built on the stack.
type machine struct {
	in    []byte // what is left to read
	read  int    // bytes read, for messages
	stack []any
	memo  map[uint32]any

	// persistent makes a storage of what a pickle says about one.
	persistent func(id any) (*storage, error)
}

// run runs one pickle, to its opStop, and returns its value.
func (m *machine) run() (any, error) {
	m.stack, m.memo = nil, map[uint32]any{}
	for {
		at := m.read
		op, err := m.byte()
		if err != nil {
			return nil, err
		}
		if op == opStop {
			v, err := m.pop()
			if err != nil || len(m.stack) > 0 {
				return nil, fmt.Errorf("the pickle ends at byte %d with %d values too many", at, len(m.stack))
			}
			return v, nil
		}
		if err := m.step(op); err != nil {
			return nil, fmt.Errorf("pickle, byte %d: %w", at, err)
		}
	}
}

func (m *machine) step(op byte) error {
	switch op {
	case opProto:
		v, err := m.byte()
		if err == nil && v != 2 {
			err = fmt.Errorf("pickle protocol %d; torch.save writes protocol 2 unless it is told otherwise", v)
		}
		return err
	case opMark:
		return m.push(mark{}, nil)
	case opNone:
		return m.push(nil, nil)
	case opNewTrue, opNewFalse:
		return m.push(op == opNewTrue, nil)
	case opBinInt, opBinInt1, opBinInt2, opLong1:
		return m.push(m.integer(op))
	case opBinFloat:
		b, err := m.bytes(8)
		if err != nil {
			return err
		}
		return m.push(math.Float64frombits(binary.BigEndian.Uint64(b)), nil)
	case opBinUnicode:
		return m.push(m.text())
	case opGlobal:
		return m.push(m.global())
	case opEmptyTuple:
		return m.push(tuple{}, nil)
	case opEmptyList:
		return m.push(&list{}, nil)
	case opEmptyDict:
		return m.push(&dict{}, nil)
	case opTuple:
		items, err := m.sinceMark()
		return m.push(tuple(items), err)
	case opTuple1, opTuple2, opTuple3:
		return m.push(m.tuple(int(op - opTuple1 + 1)))
	case opBinGet, opLongBinGet, opBinPut, opLongBinPut:
		return m.remember(op)
	case opBinPersID:
		id, err := m.pop()
		if err != nil {
			return err
		}
		return m.push(m.persistent(id))
	}
	return m.fill(op)
}

// fill does the opcodes that change a value on the stack.
func (m *machine) fill(op byte) error {
	switch op {
	case opAppend, opSetItem:
		n := map[byte]int{opAppend: 1, opSetItem: 2}[op]
		items, err := m.tuple(n)
		if err != nil {
			return err
		}
		return m.into(items)
	case opAppends, opSetItems:
		items, err := m.sinceMark()
		if err != nil {
			return err
		}
		return m.into(items)
	case opReduce:
		args, err := m.pop()
		if err != nil {
			return err
		}
		f, err := m.pop()
		if err != nil {
			return err
		}
		return m.push(call(f, args))
	case opBuild: // the attributes of an OrderedDict: a module's _metadata, the versions of its layers
		if _, err := m.pop(); err != nil {
			return err
		}
		if len(m.stack) == 0 {
			return errUnderflow
		}
		of := m.stack[len(m.stack)-1]
		if _, ok := of.(*dict); !ok {
			return fmt.Errorf("it sets attributes of %s", kindOf(of))
		}
		return nil
	}
	return fmt.Errorf("the opcode %#02x, which a state dict has no use for", op)
}

// into puts items into the list or dict under them.
func (m *machine) into(items []any) error {
	if len(m.stack) == 0 {
		return errUnderflow
	}
	switch to := m.stack[len(m.stack)-1].(type) {
	case *list:
		to.items = append(to.items, items...)
		return nil
	case *dict:
		if len(items)%2 != 0 {
			return fmt.Errorf("a key without a value")
		}
		for i := 0; i < len(items); i += 2 {
			if err := to.set(items[i], items[i+1]); err != nil {
				return err
			}
		}
		return nil
	default:
		return fmt.Errorf("it puts items into %s", kindOf(to))
	}
}

// call does what the table says of a name. It calls nothing.
func call(f, args any) (any, error) {
	name, ok := f.(global)
	do := calls[name]
	if !ok || do == nil {
		return nil, fmt.Errorf("it calls %s; nothing was run", kindOf(f))
	}
	a, ok := args.(tuple)
	if !ok {
		return nil, fmt.Errorf("it calls %s with %s", name, kindOf(args))
	}
	return do(a)
}

func (m *machine) integer(op byte) (any, error) {
	n := map[byte]int{opBinInt: 4, opBinInt1: 1, opBinInt2: 2}[op]
	if op == opLong1 {
		b, err := m.byte()
		if err != nil {
			return nil, err
		}
		n = int(b)
	}
	b, err := m.bytes(n)
	if err != nil {
		return nil, err
	}
	if n > 8 {
		return long(b), nil
	}
	var full [8]byte
	if n > 0 && b[n-1] >= 0x80 && (op == opBinInt || op == opLong1) { // two's complement
		full = [8]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	}
	copy(full[:], b)
	return int64(binary.LittleEndian.Uint64(full[:])), nil
}

func (m *machine) text() (any, error) {
	b, err := m.bytes(4)
	if err != nil {
		return nil, err
	}
	b, err = m.bytes(int(binary.LittleEndian.Uint32(b)))
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(b) {
		return nil, fmt.Errorf("a string that is not UTF-8")
	}
	return string(b), nil
}

func (m *machine) global() (any, error) {
	module, err := m.line()
	if err != nil {
		return nil, err
	}
	name, err := m.line()
	if err != nil {
		return nil, err
	}
	g := global(module + "." + name)
	return g, known(g)
}

// remember does the opcodes of the memo, the pickle's table of values that occur again.
func (m *machine) remember(op byte) error {
	n := 1
	if op == opLongBinGet || op == opLongBinPut {
		n = 4
	}
	b, err := m.bytes(n)
	if err != nil {
		return err
	}
	var full [4]byte
	copy(full[:], b)
	key := binary.LittleEndian.Uint32(full[:])
	if op == opBinGet || op == opLongBinGet {
		v, ok := m.memo[key]
		if !ok {
			return fmt.Errorf("value %d is used and was not stored", key)
		}
		return m.push(v, nil)
	}
	if len(m.stack) == 0 {
		return errUnderflow
	}
	m.memo[key] = m.stack[len(m.stack)-1]
	return nil
}

package torchfile

import (
	"bytes"
	"errors"
	"slices"
)

var (
	errUnderflow = errors.New("it needs more values than there are")
	errShort     = errors.New("the pickle is cut short")
)

// push puts a value on the stack, unless making it failed.
func (m *machine) push(v any, err error) error {
	if err == nil {
		m.stack = append(m.stack, v)
	}
	return err
}

// pop takes a value from the stack; a mark is none.
func (m *machine) pop() (any, error) {
	n := len(m.stack)
	if n == 0 || m.stack[n-1] == (mark{}) {
		return nil, errUnderflow
	}
	v := m.stack[n-1]
	m.stack = m.stack[:n-1]
	return v, nil
}

// tuple takes n values.
func (m *machine) tuple(n int) (tuple, error) {
	out := make(tuple, n)
	for i := n - 1; i >= 0; i-- {
		v, err := m.pop()
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// sinceMark takes the values above the last mark, and the mark.
func (m *machine) sinceMark() ([]any, error) {
	for i := len(m.stack) - 1; i >= 0; i-- {
		if m.stack[i] == (mark{}) {
			items := slices.Clone(m.stack[i+1:])
			m.stack = m.stack[:i]
			return items, nil
		}
	}
	return nil, errUnderflow
}

func (m *machine) byte() (byte, error) {
	b, err := m.bytes(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

func (m *machine) bytes(n int) ([]byte, error) {
	if n < 0 || n > len(m.in) {
		return nil, errShort
	}
	b := m.in[:n]
	m.in, m.read = m.in[n:], m.read+n
	return b, nil
}

// line is the text up to the next newline, which is taken and left out.
func (m *machine) line() (string, error) {
	n := bytes.IndexByte(m.in[:min(len(m.in), 1024)], '\n')
	if n < 0 {
		return "", errShort
	}
	b, err := m.bytes(n + 1)
	if err != nil {
		return "", err
	}
	return string(b[:n]), nil
}

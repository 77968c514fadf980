package diffeo

import "diffeo/matrix"

// buffer is memory for repeated conditions, kept between calls.
type buffer[T Float] struct{ m Matrix[T] }

// scratch returns a buffer for so many rows of conditions.
func (c *Compiled[T]) scratch(rows int) *buffer[T] {
	c.mu.Lock()
	defer c.mu.Unlock()
	for n := len(c.buffers); n > 0; n = len(c.buffers) {
		b := c.buffers[n-1]
		c.buffers = c.buffers[:n-1]
		if b.m.Rows >= rows {
			return b
		} // a larger one takes the place of one that is too small
	}
	return &buffer[T]{matrix.New[T](rows, c.context)}
}

func (c *Compiled[T]) keep(b *buffer[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buffers = append(c.buffers, b)
}

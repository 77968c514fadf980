package data

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"

	"github.com/apache/arrow-go/v18/parquet"
	pqfile "github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// parquetColumn is a column at the top of a file's schema.
type parquetColumn struct {
	name    string
	leaf    int    // its number among those that hold values
	refusal string // why it holds no numbers, and what to do; "": it does
	scale   int    // of a decimal: the digits after the point
	decimal bool
	signed  bool // of integers
	half    bool // float16
}

// parquetColumns lists the columns of a schema.
func parquetColumns(s *schema.Schema) []parquetColumn {
	var columns []parquetColumn
	var last schema.Node
	for leaf := range s.NumColumns() {
		root := s.ColumnRoot(leaf)
		if root == last {
			continue // another part of a nested column
		}
		last = root
		column := s.Column(leaf)
		c := parquetColumn{name: root.Name(), leaf: leaf, signed: true}
		if _, flat := root.(*schema.PrimitiveNode); !flat || column.MaxRepetitionLevel() > 0 || column.MaxDefinitionLevel() > 1 {
			c.refusal = "is nested (a struct, list or map), which is no column of numbers; write its parts as columns of their own"
		} else {
			c.classify(column)
		}
		columns = append(columns, c)
	}
	return columns
}

// classify decides how the values of a flat column become numbers.
func (c *parquetColumn) classify(column *schema.Column) {
	refuse := func(what, remedy string) { c.refusal = "holds " + what + ", not numbers; " + remedy }
	switch logical := column.LogicalType().(type) {
	case schema.DecimalLogicalType:
		c.decimal, c.scale = true, int(logical.Scale())
		if c.scale < 0 || c.scale > 100 {
			refuse(fmt.Sprintf("decimals of scale %d", c.scale), "write it as float64")
		}
		return
	case schema.IntLogicalType:
		c.signed = logical.IsSigned()
	case schema.Float16LogicalType:
		c.half = true
		return
	case schema.StringLogicalType, *schema.StringLogicalType:
		refuse("text", "write categories as numbers (one column of 0 and 1 for each)")
		return
	case schema.TimestampLogicalType, *schema.TimestampLogicalType, schema.DateLogicalType, schema.TimeLogicalType, *schema.TimeLogicalType:
		refuse("dates or times", "write them as numbers, such as seconds since a day that you choose")
		return
	case schema.NoLogicalType, nil:
	default:
		if logical.IsValid() && !logical.IsNone() {
			refuse(fmt.Sprintf("values of type %.40v", logical), "write it as float64")
			return
		}
	}
	switch column.PhysicalType() {
	case parquet.Types.ByteArray, parquet.Types.FixedLenByteArray:
		refuse("text or bytes", "write categories as numbers (one column of 0 and 1 for each)")
	case parquet.Types.Int96:
		refuse("dates or times", "write them as numbers, such as seconds since a day that you choose")
	}
}

// parquetChunk is a column of one row group while it is read.
type parquetChunk struct {
	values []float64 // of the latest read; NaN where it is null
	read   func(rows int) (int, error)
}

// chunkReader is what the library's readers have in common, apart from the type of values.
type chunkReader[T any] interface {
	ReadBatch(batchSize int64, values []T, defLvls, repLvls []int16) (total int64, valuesRead int, err error)
	Err() error
	Descriptor() *schema.Column
}

// chunk prepares to read a column of a row group.
func (c parquetColumn) chunk(r pqfile.ColumnChunkReader) *parquetChunk {
	switch r := r.(type) {
	case *pqfile.Float64ColumnChunkReader:
		return numbers(r, func(v float64) float64 { return v })
	case *pqfile.Float32ColumnChunkReader:
		return numbers(r, func(v float32) float64 { return float64(v) })
	case *pqfile.BooleanColumnChunkReader:
		return numbers(r, func(v bool) float64 {
			if v {
				return 1
			}
			return 0
		})
	case *pqfile.Int32ColumnChunkReader:
		switch {
		case c.decimal:
			return numbers(r, func(v int32) float64 { return shifted(int64(v), c.scale) })
		case !c.signed:
			return numbers(r, func(v int32) float64 { return float64(uint32(v)) })
		}
		return numbers(r, func(v int32) float64 { return float64(v) })
	case *pqfile.Int64ColumnChunkReader:
		switch {
		case c.decimal:
			return numbers(r, func(v int64) float64 { return shifted(v, c.scale) })
		case !c.signed:
			return numbers(r, func(v int64) float64 { return float64(uint64(v)) })
		}
		return numbers(r, func(v int64) float64 { return float64(v) })
	case *pqfile.FixedLenByteArrayColumnChunkReader:
		return numbers(r, func(v parquet.FixedLenByteArray) float64 { return c.bytes(v) })
	case *pqfile.ByteArrayColumnChunkReader:
		return numbers(r, func(v parquet.ByteArray) float64 { return c.bytes(v) })
	}
	return &parquetChunk{read: func(int) (int, error) { return 0, fmt.Errorf("values of type %v", r.Type()) }}
}

// numbers reads values and converts them.
func numbers[T any](r chunkReader[T], convert func(T) float64) *parquetChunk {
	c := &parquetChunk{}
	nullable := r.Descriptor().MaxDefinitionLevel() > 0
	var raw []T
	var levels []int16 // 1 where a value is there, 0 where it is null
	c.read = func(rows int) (int, error) {
		if len(raw) < rows {
			raw, c.values = make([]T, rows), make([]float64, rows)
			if nullable {
				levels = make([]int16, rows)
			}
		}
		n, present, err := r.ReadBatch(int64(rows), raw[:rows], levels, nil)
		switch {
		case err != nil:
			return 0, err
		case r.Err() != nil:
			return 0, r.Err()
		case n < 0 || n > int64(rows) || present < 0 || int64(present) > n:
			return 0, fmt.Errorf("a page holds %d values in %d rows", present, n)
		}
		next := 0
		for i := range int(n) {
			if nullable && levels[i] == 0 {
				c.values[i] = math.NaN()
				continue
			}
			if next == present {
				return 0, fmt.Errorf("a page holds only %d values", present)
			}
			c.values[i] = convert(raw[next])
			next++
		}
		return int(n), nil
	}
	return c
}

// bytes reads a decimal, big-endian in two's complement, or a half.
func (c parquetColumn) bytes(b []byte) float64 {
	if c.half {
		if len(b) != 2 {
			return math.NaN()
		}
		return halfFloat(binary.LittleEndian.Uint16(b))
	}
	v := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	if v.IsInt64() {
		return shifted(v.Int64(), c.scale)
	}
	return ratio(v, c.scale)
}

// shifted is v/10^scale, correctly rounded: both are float64s where v is below 2^53 and scale at most 22.
func shifted(v int64, scale int) float64 {
	if -1<<53 <= v && v <= 1<<53 && scale < len(powersOfTen) {
		return float64(v) / powersOfTen[scale]
	}
	return ratio(big.NewInt(v), scale)
}

func ratio(v *big.Int, scale int) float64 {
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	x, _ := new(big.Rat).SetFrac(v, ten).Float64()
	return x
}

// halfFloat reads IEEE 754 binary16: sign, 5 bits of exponent with bias 15, 10 bits of fraction.
func halfFloat(h uint16) float64 {
	sign, e, f := 1.0, int(h>>10&31), float64(h&1023)
	if h>>15 == 1 {
		sign = -1
	}
	switch e {
	case 0:
		return sign * math.Ldexp(f, -24)
	case 31:
		if f != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	}
	return sign * math.Ldexp(1024+f, e-25)
}

package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"unicode/utf16"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
	"github.com/rogpeppe/go-internal/testscript"
)

// recode writes a file of UTF-8 in another encoding.
func recode(ts *testscript.TestScript, _ bool, args []string) {
	var b bytes.Buffer
	runes := []rune(ts.ReadFile(args[0]))
	switch args[2] {
	case "latin1":
		for _, r := range runes {
			b.WriteByte(byte(r))
		}
	case "utf16":
		ts.Check(binary.Write(&b, binary.LittleEndian, append([]uint16{0xfeff}, utf16.Encode(runes)...)))
	default:
		ts.Fatalf("recode: no encoding %s", args[2])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b.Bytes(), 0o600))
}

// mixedParquet writes a Parquet file with numbers and other things.
func mixedParquet(ts *testscript.TestScript, _ bool, args []string) {
	required := parquet.Repetitions.Required
	node := func(name string, l schema.LogicalType, p parquet.Type) schema.Node {
		return schema.MustPrimitive(schema.NewPrimitiveNodeLogical(name, required, l, p, -1, -1))
	}
	fields := schema.FieldList{
		schema.NewFloat64Node("x", required, -1),
		node("price", schema.NewDecimalLogicalType(9, 2), parquet.Types.Int32),
		schema.MustGroup(schema.NewGroupNode("pos", required, schema.FieldList{schema.NewFloat64Node("lat", required, -1)}, -1)),
		node("kind", schema.StringLogicalType{}, parquet.Types.ByteArray),
	}
	var b bytes.Buffer
	w := file.NewParquetWriter(&b, schema.MustGroup(schema.NewGroupNode("schema", required, fields, -1)))
	group, err := w.AppendRowGroupChecked()
	ts.Check(err)
	const rows = 60
	for range group.NumColumns() {
		column, err := group.NextColumn()
		ts.Check(err)
		for r := range rows {
			switch c := column.(type) {
			case *file.Float64ColumnChunkWriter:
				_, err = c.WriteBatch([]float64{float64(r)}, nil, nil)
			case *file.Int32ColumnChunkWriter:
				_, err = c.WriteBatch([]int32{int32(25*(r*r%17) - 125)}, nil, nil)
			case *file.ByteArrayColumnChunkWriter:
				_, err = c.WriteBatch([]parquet.ByteArray{parquet.ByteArray("spiral")}, nil, nil)
			}
			ts.Check(err)
		}
		ts.Check(column.Close())
	}
	ts.Check(group.Close())
	ts.Check(w.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o600))
}

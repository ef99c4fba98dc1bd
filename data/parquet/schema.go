package parquet

import (
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// leaf is a column at the top of the schema.
type leaf struct {
	name     string
	slot     int // in a group of rows, which counts the columns inside nested ones
	kind     format.Type
	optional bool // cells can be null
	unsigned bool
	other    string // what it holds when that is neither numbers nor text
}

// topLevel lists the columns at the top of the schema and counts all that hold values.
func topLevel(schema []format.SchemaElement) (leaves []leaf, slots int, err error) {
	if len(schema) == 0 {
		return nil, 0, errors.New("no schema")
	}
	// The schema is a tree in depth-first order; open counts the children still to come.
	for i, open := 1, int64(0); i < len(schema); i++ {
		e := &schema[i]
		children := int64(e.NumChildren.V)
		if children < 0 {
			return nil, 0, fmt.Errorf("schema: %q has %d children", e.Name, children)
		}
		if open == 0 {
			l := leafOf(e)
			l.slot = slots
			leaves = append(leaves, l)
		} else {
			open--
		}
		if open += children; children == 0 {
			slots++
		}
	}
	if int64(len(leaves)) != int64(schema[0].NumChildren.V) {
		return nil, 0, fmt.Errorf("schema: %d columns, it says %d", len(leaves), schema[0].NumChildren.V)
	}
	return leaves, slots, nil
}

func leafOf(e *format.SchemaElement) leaf {
	l := leaf{name: e.Name, kind: e.Type.V, optional: e.RepetitionType.V == format.Optional}
	switch t := e.LogicalType.Value.(type) {
	case nil:
		// What writers said before there were logical types.
		switch c := e.ConvertedType; {
		case !c.Valid || c.V == deprecated.UTF8 || c.V == deprecated.Enum || c.V == deprecated.Json ||
			c.V >= deprecated.Int8 && c.V <= deprecated.Int64:
		case c.V >= deprecated.Uint8 && c.V <= deprecated.Uint64:
			l.unsigned = true
		default:
			l.other = "dates, times, decimals or other annotated values"
		}
	case *format.IntType:
		l.unsigned = !t.IsSigned
	case *format.StringType, *format.EnumType, *format.JsonType, *format.NullType:
	default:
		l.other = t.String() + " values"
	}
	switch {
	case e.NumChildren.V > 0:
		l.other = "nested columns"
	case e.RepetitionType.V == format.Repeated:
		l.other = "lists"
	case l.other != "":
	case l.kind != format.Int32 && l.kind != format.Int64 && l.kind != format.Float && l.kind != format.Double &&
		l.kind != format.ByteArray:
		l.other = l.kind.String() + " values"
	}
	return l
}

package nats

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/dsnet/compress/bzip2"
)

// What the tests write: dict and list as pointers, so that a test can change a part.
type (
	dict  struct{ items []any } // key, value, key, value, …
	odict struct{ dict }        // written as collections.OrderedDict
	list  struct{ items []any }
	tuple []any
	npf8  float64 // written as numpy's scalar
)

func newDict(items ...any) *dict { return &dict{items} }

func newList[T any](items ...T) *list {
	l := &list{}
	for _, x := range items {
		l.items = append(l.items, x)
	}
	return l
}

// at returns the value of a key.
func (d *dict) at(key any) any {
	for i := 0; i < len(d.items); i += 2 {
		if d.items[i] == key {
			return d.items[i+1]
		}
	}
	panic(fmt.Sprint("no key ", key))
}

// set replaces or adds a key.
func (d *dict) set(key, value any) {
	for i := 0; i < len(d.items); i += 2 {
		if d.items[i] == key {
			d.items[i+1] = value
			return
		}
	}
	d.items = append(d.items, key, value)
}

// drop takes a key away.
func (d *dict) drop(key any) {
	for i := 0; i < len(d.items); i += 2 {
		if d.items[i] == key {
			d.items = append(d.items[:i:i], d.items[i+2:]...)
			return
		}
	}
	panic(fmt.Sprint("no key ", key))
}

// pickled writes a value as a pickle of protocol 4.
func pickled(v any) []byte { return append(appendPickle([]byte("\x80\x04"), v), '.') }

func appendPickle(b []byte, v any) []byte {
	global := func(module, name string) {
		b = append(appendPickle(appendPickle(b, module), name), 0x93)
	}
	all := func(open, shut string, items []any) {
		b = append(b, open...)
		for _, x := range items {
			b = appendPickle(b, x)
		}
		b = append(b, shut...)
	}
	switch v := v.(type) {
	case nil:
		return append(b, 'N')
	case bool:
		if v {
			return append(b, 0x88)
		}
		return append(b, 0x89)
	case int:
		return binary.LittleEndian.AppendUint32(append(b, 'J'), uint32(int32(v)))
	case float64:
		return binary.BigEndian.AppendUint64(append(b, 'G'), math.Float64bits(v))
	case string:
		return append(binary.LittleEndian.AppendUint32(append(b, 'X'), uint32(len(v))), v...)
	case tuple:
		all("(", "t", v)
	case *list:
		all("](", "e", v.items)
	case *dict:
		all("}(", "u", v.items)
	case *odict:
		global("collections", "OrderedDict")
		all(")R(", "u", v.items)
	case npf8:
		global("numpy.core.multiarray", "scalar")
		global("numpy", "dtype")
		b = append(appendPickle(b, tuple{"f8", false, true}), 'R')
		b = append(appendPickle(b, tuple{3, "<", nil, nil, nil, -1, -1, 0}), 'b')
		b = append(binary.LittleEndian.AppendUint64(append(b, 'C', 8), math.Float64bits(float64(v))), 0x86, 'R')
	default:
		panic(fmt.Sprintf("cannot write a %T", v))
	}
	return b
}

// squeezed compresses with bzip2.
func squeezed(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := bzip2.NewWriter(&b, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

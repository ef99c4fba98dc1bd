package pickle

import (
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var orderedDict = Global{"collections", "OrderedDict"}

// p joins a protocol 4 header and the parts.
func p(parts ...string) []byte { return []byte("\x80\x04" + strings.Join(parts, "")) }

// le is a little-endian number of n bytes.
func le(x uint64, n int) string {
	return string(binary.LittleEndian.AppendUint64(nil, x)[:n])
}

func TestLoad(t *testing.T) {
	shared := &List{Items: []any{int64(7)}}
	for _, c := range []struct {
		name string
		in   []byte
		want any
	}{
		{"none", p("N."), nil},
		{"true", p("\x88."), true},
		{"false", p("\x89."), false},
		{"byte", p("K\xff."), int64(255)},
		{"two bytes", p("M\x01\x02."), int64(513)},
		{"four bytes, signed", p("J\xfe\xff\xff\xff."), int64(-2)},
		{"long of no bytes", p("\x8a\x00."), int64(0)},
		{"long", p("\x8a\x06\x00\x00\x00\x00\x00\xff."), int64(-1 << 40)},
		{"long4 of 8 bytes", p("\x8b", le(8, 4), le(1<<63-1, 8), "."), int64(1<<63 - 1)},
		{"float is big-endian", p("G\x3f\xe0\x00\x00\x00\x00\x00\x00."), 0.5},
		{"text", p("\x8c\x03\xc3\xa9x."), "éx"},
		{"text, 4-byte length", p("X", le(1, 4), "a."), "a"},
		{"text, 8-byte length", p("\x8d", le(1, 8), "a."), "a"},
		{"bytes", p("C\x02\x00\xff."), []byte{0, 255}},
		{"bytearray", p("\x96", le(2, 8), "xy."), []byte("xy")},
		{"tuples", p(")\x85NN\x86(NNNNt\x87."), &Tuple{[]any{
			&Tuple{[]any{&Tuple{}}}, &Tuple{[]any{nil, nil}}, &Tuple{[]any{nil, nil, nil, nil}},
		}}},
		{"list", p("]K\x01a(K\x02K\x03e."), &List{[]any{int64(1), int64(2), int64(3)}}},
		{"dict", p("}\x8c\x01aK\x01s(\x8c\x01bK\x02\x8c\x01cNu."), &Dict{[]any{"a", int64(1), "b", int64(2), "c", nil}}},
		{"sets", p("\x8f(K\x01\x90(K\x02\x91\x86."), &Tuple{[]any{&Set{[]any{int64(1)}}, &Set{[]any{int64(2)}}}}},
		{"pop, dup, memo", p("NN00K\x01\x94(N1h\x002\x87."), &Tuple{[]any{int64(1), int64(1), int64(1)}}},
		{"shared", p("]K\x07aq\x09h\x09j", le(9, 4), "\x87."), &Tuple{[]any{shared, shared, shared}}},
		{"frame", p("\x95", le(2, 8), "N."), nil},
		{"protocol 2 global", []byte("\x80\x02ccollections\nOrderedDict\nq\x00)R(X\x01\x00\x00\x00kK\x01u."),
			&Object{Global: orderedDict, Args: nil, Dict: Dict{[]any{"k", int64(1)}}}},
		{"object", p("\x8c\x0bcollections\x8c\x0bOrderedDict\x93K\x01\x85\x81Nb(K\x05K\x06eNa}b."),
			&Object{Global: orderedDict, Args: []any{int64(1)}, State: &Dict{}, List: []any{int64(5), int64(6), nil}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Load(c.in, Limits{Allow: []Global{orderedDict}})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestSharedIsNotCopied(t *testing.T) {
	v, err := Load(p("]\x94h\x00\x86."), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if pair := v.(*Tuple).Items; pair[0] != pair[1] {
		t.Error("the memo copied a list")
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		in     []byte
		offset int
		msg    string
	}{
		{"empty", nil, 0, "PROTO: wants 2 bytes, 0 are left"},
		{"protocol 1", []byte("K\x01."), 0, "want 0x80 and a protocol 2..5"},
		{"protocol 6", []byte("\x80\x06N."), 0, "protocol 2..5"},
		{"no STOP", p("N"), 3, "opcode: wants 1 bytes, 0 are left"},
		{"unknown opcode", p("N\xff"), 3, "0xff is not a known opcode"},
		{"persistent id", p("NQ."), 3, "0x51 is not a known opcode"},
		{"BINUNICODE8 of 1 TiB", p("\x8d", le(1<<40, 8)), 2, "BINUNICODE8: wants 1099511627776 bytes, 0 are left"},
		{"BINUNICODE8 of 2^64-1", p("\x8d", le(1<<64-1, 8), "abc"), 2, "BINUNICODE8: wants 18446744073709551615 bytes, 3 are left"},
		{"BYTEARRAY8 of 1 TiB", p("\x96", le(1<<40, 8)), 2, "BYTEARRAY8: wants 1099511627776 bytes"},
		{"BINBYTES8 of 2^63", p("\x8e", le(1<<63, 8)), 2, "BINBYTES8: wants 9223372036854775808 bytes"},
		{"FRAME of 1 TiB", p("\x95", le(1<<40, 8), "N."), 2, "FRAME: a frame of 1099511627776 bytes, 2 are left"},
		{"LONG4 of 2 GiB", p("\x8b", le(1<<31, 4)), 2, "LONG4: a whole number of 2147483648 bytes, at most 8"},
		{"LONG1 of 9", p("\x8a\x09123456789."), 2, "LONG1: a whole number of 9 bytes"},
		{"truncated float", p("G123"), 2, "BINFLOAT: wants 8 bytes, 3 are left"},
		{"not UTF-8", p("\x8c\x01\xff."), 2, "not UTF-8"},
		{"os.system", p("cos\nsystem\n\x8c\x02ls\x85R."), 2, `the name "os.system" is not allowed`},
		{"os.system from the stack", p("\x8c\x02os\x8c\x06system\x93."), 14, `the name "os.system" is not allowed`},
		{"name of numbers", p("K\x01K\x02\x93."), 6, "a name made of int64 and int64, want two strings"},
		{"name without end", p("cos"), 2, "GLOBAL: a newline is missing"},
		{"call of a number", p("K\x01)R."), 5, "calls int64 with tuple of 0, want a name and a tuple"},
		{"empty stack", p("0."), 2, "POP: the stack is empty"},
		{"pop below a mark", p("N(0."), 4, "POP: the stack is empty"},
		{"no mark", p("Nt."), 3, "TUPLE: there is no MARK"},
		{"odd pairs", p("}(Nu."), 5, "1 keys and values, want pairs"},
		{"append to a number", p("K\x01Na."), 5, "appends to int64, want a list"},
		{"key of a list", p("]NNs."), 5, "sets a key of list of 0"},
		{"add to a list", p("](N\x90."), 5, "adds to list of 0, want a set"},
		{"state of a list", p("]Nb."), 4, "gives a state to list of 0"},
		{"two states", p("ccollections\nOrderedDict\n)R}b}b."), 32, "a second state"},
		{"memo hole", p("h\x05."), 2, "nothing was stored as 5"},
		{"two values left", p("NN."), 4, "2 values and 0 marks are left, want one value"},
		{"mark left", p("(N."), 4, "1 values and 1 marks are left"},
		{"bytes after STOP", p("N.junk"), 3, "4 bytes follow, want none"},
		{"list in itself", p("]\x94h\x00a."), 7, "list of 1 holds itself"},
		{"deep", p(")", strings.Repeat("\x85", 100_000), "."), 100_003, "containers nest deeper than 256"},
		{"deep through a shared part", p(")", strings.Repeat("\x85", 200), "\x94", strings.Repeat("\x85", 100), "h\x00\x86."), 307, "nest deeper than 256"},
		{"many on the stack", p(strings.Repeat("N", 1<<16+1)), 2 + 1<<16, "more than 65536 values on the stack"},
		{"many marks", p(strings.Repeat("(", 1<<16+1)), 2 + 1<<16, "more than 65536 marks"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := Load(c.in, Limits{Allow: []Global{orderedDict}})
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v and error %v, want an *Error", v, err)
			}
			if e.Offset != c.offset || !strings.Contains(e.Msg, c.msg) {
				t.Errorf("got %q at %d, want %q at %d", e.Msg, e.Offset, c.msg, c.offset)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Error("the message has more than one line")
			}
		})
	}
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		name   string
		in     []byte
		limits Limits
		msg    string
	}{
		{"values", p("N0N0N0N."), Limits{Values: 3}, "more than 3 values"},
		{"memo", p("Nq\x00q\x01q\x02."), Limits{Values: 2}, "more than 2 values in the memo"},
		{"depth", p(")\x85\x85."), Limits{Depth: 2}, "deeper than 2"},
	} {
		if _, err := Load(c.in, c.limits); err == nil || !strings.Contains(err.Error(), c.msg) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.msg)
		}
	}
	if _, err := Load(p(")\x85\x85."), Limits{Depth: 3}); err != nil {
		t.Errorf("three levels within a depth of 3: %v", err)
	}
}

// A tower of pairs that share both halves stands for 2^200 values; loading it visits 200.
func TestSharedTower(t *testing.T) {
	if _, err := Load(p(")", strings.Repeat("2\x86", 200), "."), Limits{}); err != nil {
		t.Fatal(err)
	}
}

// A declared length takes no memory.
func TestHugeLengthTakesNoMemory(t *testing.T) {
	in := p("\x8d", le(1<<40, 8), "ab")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Load(in, Limits{}); err == nil {
		t.Fatal("accepted")
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<16 {
		t.Errorf("refusing %d bytes allocated %d", len(in), got)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(p("]K\x07aq\x09h\x09j", le(9, 4), "\x87."))
	f.Add(p("}\x8c\x01aK\x01s(\x8c\x01bK\x02\x8c\x01cNu."))
	f.Add(p("\x8d", le(1<<40, 8)))
	f.Add(p("\x8f(K\x01\x90(K\x02\x91\x86."))
	f.Add([]byte("\x80\x02ccollections\nOrderedDict\nq\x00)R(X\x01\x00\x00\x00kK\x01u."))
	f.Add(smallFrame())
	limits := Limits{Allow: append([]Global{orderedDict}, PandasGlobals...)}
	f.Fuzz(func(t *testing.T, in []byte) {
		v, err := Load(in, limits)
		if err != nil {
			if e := new(Error); !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(in) {
				t.Errorf("error %v", err)
			}
			return
		}
		frame, err := DecodeFrame(v)
		if err != nil {
			return
		}
		for name, c := range frame.Floats {
			if len(c) != frame.Rows {
				t.Errorf("column %s has %d rows of %d", name, len(c), frame.Rows)
			}
		}
	})
}

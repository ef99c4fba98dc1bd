package checked

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/amoeba-nas/amoeba/evolve"
)

type row struct {
	ID   int       `json:"id"`
	Text string    `json:"text,omitempty"`
	List []float64 `json:"list,omitempty"`
	In   *row      `json:"in,omitempty"`
}

// The format is read by others: the checksums are of a program that computes a CRC bit by bit and
// gives the known check value of CRC-32C, e3069283 for "123456789".
func TestFormat(t *testing.T) {
	line, err := Line(row{ID: 7, Text: "a"})
	if want := `{"id":7,"text":"a","crc":"21d6bb3f"}` + "\n"; err != nil || string(line) != want {
		t.Errorf("%v, line\n%s want\n%s", err, line, want)
	}
	file, err := File(row{ID: 7, In: &row{ID: 8}})
	if want := "{\n  \"id\": 7,\n  \"in\": {\n    \"id\": 8\n  },\n  \"crc\": \"9716ba58\"\n}\n"; err != nil || string(file) != want {
		t.Errorf("%v, file\n%s want\n%s", err, file, want)
	}
	for _, text := range [][]byte{line, file} { // any other reader's view
		var m map[string]any
		if err := json.Unmarshal(text, &m); err != nil || m["id"] != 7.0 || len(m["crc"].(string)) != 8 {
			t.Errorf("%s: %v, %v", text, err, m)
		}
	}
}

func rows() *rapid.Generator[row] {
	return rapid.Custom(func(t *rapid.T) row {
		r := row{ID: rapid.Int().Draw(t, "id"), Text: rapid.String().Draw(t, "text")}
		if n := rapid.IntRange(0, 3).Draw(t, "n"); n > 0 {
			r.List = rapid.SliceOfN(rapid.Float64Range(-1e300, 1e300), n, n).Draw(t, "list")
			r.In = &row{ID: n, Text: "12345678"}
		}
		return r
	})
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rows(), 0, 6).Draw(t, "rows")
		var all bytes.Buffer
		for _, w := range want {
			line, err := Line(w)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(line)
			file, err := File(w)
			if err != nil {
				t.Fatal(err)
			}
			var got row
			if err := ParseFile(file, &got); err != nil || cmp.Diff(w, got) != "" {
				t.Fatalf("%v: %s", err, cmp.Diff(w, got))
			}
		}
		torn := rapid.SampledFrom([]string{"", "{", `{"id":1`, "\x00\x00"}).Draw(t, "torn")
		r := NewReader(strings.NewReader(all.String() + torn))
		for _, w := range want {
			var got row
			if err := r.Next(&got); err != nil || cmp.Diff(w, got) != "" {
				t.Fatalf("%v: %s", err, cmp.Diff(w, got))
			}
		}
		if err := r.Next(&row{}); err != io.EOF || r.Torn() != len(torn) || r.Whole() != int64(all.Len()) {
			t.Fatalf("at the end %v, %d torn bytes of %d, %d whole of %d", err, r.Torn(), len(torn), r.Whole(), all.Len())
		}
	})
}

// Every other value of every byte is told from what was written, and none is taken for the work
// of an earlier build.
func TestEveryByteCounts(t *testing.T) {
	v := row{ID: 12, Text: "ab\"é", List: []float64{.25, 1e-9}, In: &row{ID: 3, Text: "12345678"}}
	line, err := Line(v)
	if err != nil {
		t.Fatal(err)
	}
	file, err := File(v)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text  []byte
		parse func([]byte, any) error
	}{"line": {line, ParseLine}, "file": {file, ParseFile}} {
		for i := range c.text {
			for b := range 256 {
				bad := bytes.Clone(c.text)
				if bad[i] = byte(b); bad[i] == c.text[i] {
					continue
				}
				if err := c.parse(bad, &row{}); !errors.Is(err, ErrAltered) {
					t.Fatalf("%s: byte %d as %q: %v", name, i, byte(b), err)
				}
			}
		}
		for _, bad := range [][]byte{nil, c.text[:len(c.text)-1], append(bytes.Clone(c.text), '\n'), append([]byte(" "), c.text...)} {
			if err := c.parse(bad, &row{}); !errors.Is(err, ErrAltered) {
				t.Errorf("%s: %q: %v", name, bad, err)
			}
		}
	}
}

// What never had a checksum is another build's, not damaged.
func TestOlder(t *testing.T) {
	for _, text := range []string{
		`{"id":1,"text":"a"}` + "\n", `{"id":1,"in":{"id":2}}` + "\n", "{\n  \"id\": 1,\n  \"in\": {\n    \"id\": 2\n  }\n}\n", "{}",
	} {
		if err := ParseLine([]byte(text), &row{}); !errors.Is(err, ErrNone) || !errors.Is(err, evolve.ErrInvalid) || errors.Is(err, ErrAltered) {
			t.Errorf("%q: %v", text, err)
		}
		if err := ParseFile([]byte(text), &row{}); !errors.Is(err, ErrNone) {
			t.Errorf("%q as a file: %v", text, err)
		}
	}
	for _, text := range []string{"[1]", "null", "7", `{"id":`, "\x00\x00"} {
		if err := ParseLine([]byte(text+"\n"), &row{}); !errors.Is(err, ErrAltered) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A right checksum vouches for the bytes and not for the keys.
func TestOtherKeys(t *testing.T) {
	line, err := Line(map[string]int{"id": 1, "other": 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := ParseLine(line, &row{}); !errors.Is(err, evolve.ErrInvalid) || errors.Is(err, ErrAltered) || !strings.Contains(err.Error(), "other") {
		t.Errorf("an unknown key: %v", err)
	}
	for _, v := range []any{1, []int{1}, nil, map[string]int{}, row{Text: strings.Repeat("x", MaxLine)}} {
		if _, err := Line(v); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("%T: %v", v, err)
		}
	}
}

func TestPlaces(t *testing.T) {
	a, _ := Line(row{ID: 1})
	b, _ := Line(row{ID: 2})
	bad := bytes.Replace(b, []byte("2"), []byte("3"), 1)
	r := NewReader(bytes.NewReader(bytes.Join([][]byte{a, bad, b}, nil)))
	if err := r.Next(&row{}); err != nil || string(r.Text()) != string(a) {
		t.Fatal(err)
	}
	if err := r.Next(&row{}); err == nil || err.Error() != "line 2 (byte 26): "+ErrAltered.Error() {
		t.Errorf("got %v", err)
	}
}

// A last line whose end is another byte is altered; one without an end is torn, however much of it
// there is.
func TestLastEnd(t *testing.T) {
	a, _ := Line(row{ID: 1})
	b, _ := Line(row{ID: 2})
	for cut := range b {
		r := NewReader(bytes.NewReader(append(bytes.Clone(a), b[:cut]...)))
		if err := r.Next(&row{}); err != nil {
			t.Fatal(err)
		}
		if err := r.Next(&row{}); err != io.EOF || r.Torn() != cut || r.Whole() != int64(len(a)) {
			t.Errorf("cut at %d: %v, %d torn", cut, err, r.Torn())
		}
	}
	for c := range 256 {
		r := NewReader(bytes.NewReader(append(b[:len(b)-1:len(b)-1], byte(c))))
		if err := r.Next(&row{}); (err == nil) != (c == '\n') || err != nil && !errors.Is(err, ErrAltered) {
			t.Errorf("an end of %q: %v", byte(c), err)
		}
	}
}

// endless is a line that never ends.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.read += int64(len(p))
	return len(p), nil
}

// A line without an end takes memory for the longest line and no more.
func TestBoundedMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var e endless
	err := NewReader(&e).Next(&row{})
	runtime.ReadMemStats(&after)
	if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "line 1 (byte 0): longer than 16777216 bytes") {
		t.Errorf("got %v", err)
	}
	// A slice that doubles takes some five times its end in all.
	if most := uint64(6 * MaxLine); e.read > MaxLine+1<<17 || after.TotalAlloc-before.TotalAlloc > most {
		t.Errorf("%d bytes were read, %d allocated", e.read, after.TotalAlloc-before.TotalAlloc)
	}
}

// Whatever is read as lines is written back as the same bytes, in another order of keys perhaps.
func FuzzLines(f *testing.F) {
	a, _ := Line(row{ID: 1, Text: "é"})
	b, _ := Line(row{ID: 2, List: []float64{1, 2}})
	f.Add(a)
	f.Add(append(a, b...))
	f.Add(append(a, b[:9]...))
	f.Add([]byte(`{"id":1}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r := NewReader(bytes.NewReader(text))
		for {
			var v, again row
			err := r.Next(&v)
			if err == io.EOF {
				if r.Whole()+int64(r.Torn()) != int64(len(text)) {
					t.Fatalf("%d whole and %d torn bytes of %d", r.Whole(), r.Torn(), len(text))
				}
				return
			}
			if err != nil {
				if !errors.Is(err, evolve.ErrInvalid) {
					t.Fatal(err)
				}
				return
			}
			line, err := Line(v)
			if err != nil {
				t.Fatal(err)
			}
			if err := ParseLine(line, &again); err != nil || cmp.Diff(v, again) != "" {
				t.Fatalf("%v: %s", err, cmp.Diff(v, again))
			}
		}
	})
}

// A file that is read is of an object, and its checksum is right.
func FuzzFile(f *testing.F) {
	a, _ := File(row{ID: 1, Text: "é", In: &row{List: []float64{1}}})
	f.Add(a)
	f.Add(a[:len(a)-1])
	f.Add([]byte("{\n  \"id\": 1\n}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var v, again row
		if err := ParseFile(text, &v); err != nil {
			if !errors.Is(err, evolve.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		file, err := File(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := ParseFile(file, &again); err != nil || cmp.Diff(v, again) != "" {
			t.Fatalf("%v: %s", err, cmp.Diff(v, again))
		}
	})
}

package jsonline

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
)

// A scanner reads a number where it is one of JSON that the type holds, and nothing of its end is left.
func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		text   string
		int    bool
		whole  bool
		number bool
		value  float64
	}{
		{"0", true, true, true, 0},
		{" \t\r7", true, true, true, 7},
		{"2147483647", true, true, true, math.MaxInt32},
		{"2147483648", false, true, true, 1 << 31},
		{"18446744073709551615", false, true, true, 1 << 64},
		{"18446744073709551616", false, false, true, 1 << 64},
		{"1.5", false, false, true, 1.5},
		{"-1e-3", false, false, true, -1e-3},
		{"1E+5", false, false, true, 1e5},
		{"1e999", false, false, false, 0},
		{"01", false, false, false, 0},
		{".5", false, false, false, 0},
		{"+1", false, false, false, 0},
		{"1-", false, false, false, 0},
		{"", false, false, false, 0},
		{"x", false, false, false, 0},
	} {
		s := NewScanner(c.text)
		if n, ok := s.Int(); ok != c.int || ok && (float64(n) != c.value || !s.End()) {
			t.Errorf("%q: %d, %t", c.text, n, ok)
		}
		s = NewScanner(c.text)
		if n, ok := s.Whole(); ok != c.whole || ok && (float64(n) != c.value || !s.End()) {
			t.Errorf("%q: %d, %t", c.text, n, ok)
		}
		s = NewScanner(c.text)
		if x, ok := s.Number(); ok != c.number || ok && (x != c.value || !s.End()) {
			t.Errorf("%q: %g, %t", c.text, x, ok)
		}
	}
}

// any reads a value of any kind that the scanner knows.
func (s *Scanner) any() (v any, ok bool) {
	switch {
	case s.Word("null"):
		return nil, true
	case s.Word("true"):
		return true, true
	case s.End():
		return nil, false
	case s.line[s.at] == '"':
		return s.Text()
	case s.line[s.at] == '[':
		all := []any{}
		ok = s.List(func() bool {
			v, ok := s.any()
			all = append(all, v)
			return ok
		})
		return all, ok
	case s.line[s.at] == '{':
		all := map[string]any{}
		ok = s.Object(func(key string) bool {
			v, ok := s.any()
			all[key] = v
			return ok
		})
		return all, ok
	}
	return s.Number()
}

// FuzzScanner holds that what the scanner reads is what encoding/json reads, and that no line makes it panic.
func FuzzScanner(f *testing.F) {
	for _, line := range []string{`{"choose": [0.5, -1e-3, null], "epochs": 12}`, ` { "a" : { "b" : [ [ ] , { } ] } } ` + "\r",
		`{"wait":true}`, `{"a":1,}`, `{,"a":1}`, `[1 2]`, `"a\"b"`, `"é"`, `[1E+5,-0,0.0,01]`, "\"a\tb\"", "\"a\t\"", `{"a":1,"a":2}`, `{"a" 1}`, `nullx`, `[`, `"`} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		s := NewScanner(line)
		got, ok := s.any()
		if !ok || !s.End() {
			return
		}
		var want any
		if err := json.Unmarshal([]byte(line), &want); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %v; encoding/json: %v, %v", line, got, want, err)
		}
	})
}

// The usual shapes are read, and not left to Decode.
func TestScanner(t *testing.T) {
	s := NewScanner(` { "a" : [ 1 , 2 ] , "b" : { } , "c" : "x y" } `)
	got, ok := s.any()
	want := map[string]any{"a": []any{1., 2.}, "b": map[string]any{}, "c": "x y"}
	if !ok || !s.End() || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %t", got, ok)
	}
}

func TestAppend(t *testing.T) {
	var line []byte
	for i, x := range []float64{.5, math.NaN(), math.Inf(-1), 1e300} {
		line = AppendNumber(AppendComma(line, i), x)
	}
	for _, text := range []string{"plain <&>", "a\"\\\n", "é\xff"} {
		line = AppendText(AppendComma(line, 1), text)
	}
	if got, want := string(line), `0.5,null,null,1e+300,"plain <&>","a\"\\\n","é\ufffd"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestDecode(t *testing.T) {
	var v struct{ A int }
	for line, ok := range map[string]bool{`{"A":1}`: true, ` {"a":1} `: true, `{"b":1}`: false, `{"a":1}}`: false, `{"a":1} 2`: false, "": false} {
		if err := Decode([]byte(line), &v); (err == nil) != ok {
			t.Errorf("%q: %v", line, err)
		}
	}
}

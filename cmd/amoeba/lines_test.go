package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
)

// readLines is what lines makes of a text: long lines as "long".
func readLines(t *testing.T, r io.Reader) (all []string) {
	t.Helper()
	for l := newLines(r); ; {
		text, err := l.next()
		if err == io.EOF {
			return all
		}
		if errors.Is(err, errLong) {
			text, err = "long", nil
		}
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, text); l.n != len(all) {
			t.Fatalf("line %d counts as %d", len(all), l.n)
		}
	}
}

// wantLines is what it must be, by splitting.
func wantLines(text string) (all []string) {
	for line := range strings.Lines(text) {
		if whole, ended := strings.CutSuffix(line, "\n"); ended {
			line = strings.TrimSuffix(whole, "\r")
		}
		if len(line) > maxLine {
			line = "long"
		}
		all = append(all, line)
	}
	return all
}

// A line is read whatever its length is to the buffer's, with and without an end, and so is the next.
func TestLinesOfEveryLength(t *testing.T) {
	for k := range 4 {
		for d := -3; d <= 3; d++ {
			n := k*maxLine + d
			if n < 0 {
				continue
			}
			line := strings.Repeat("x", n)
			for _, text := range []string{line, line + "\n", line + "\r\n", line + "\r", line + "\nlast", "first\n" + line, line + "\n" + line, line + "\n\n", "\n" + line + "\n"} {
				want := wantLines(text)
				for name, r := range map[string]io.Reader{"whole": strings.NewReader(text), "halves": iotest.HalfReader(strings.NewReader(text)), "end with data": iotest.DataErrReader(strings.NewReader(text))} {
					if got := readLines(t, r); fmt.Sprint(got) != fmt.Sprint(want) || len(got) != len(want) {
						t.Errorf("%s: %d bytes of which a line has %d: %d lines, want %d", name, len(text), n, len(got), len(want))
					}
				}
			}
		}
	}
}

func TestLinesTellWhatFails(t *testing.T) {
	broken := errors.New("broken pipe")
	l := newLines(io.MultiReader(strings.NewReader("one\ntw"), iotest.ErrReader(broken)))
	if text, err := l.next(); text != "one" || err != nil {
		t.Fatalf("%q, %v", text, err)
	}
	if text, err := l.next(); text != "" || !errors.Is(err, broken) || !strings.Contains(err.Error(), "line 2: ") {
		t.Errorf("%q, %v", text, err)
	}
}

func FuzzLines(f *testing.F) {
	f.Add("a\nb", 3)
	f.Add("\r\n\n\r", maxLine)
	f.Add("x\n", 2*maxLine-1)
	f.Fuzz(func(t *testing.T, text string, fill int) {
		text += strings.Repeat("y", max(0, min(fill, 3*maxLine)))
		if got, want := readLines(t, strings.NewReader(text)), wantLines(text); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Errorf("%d lines, want %d", len(got), len(want))
		}
	})
}

// bufio.Reader.ReadLine says of a last part that fills its buffer that more follows and then that
// there is no more: nobody can tell that line from none.
func TestNobodyReadsLinesInParts(t *testing.T) {
	call := regexp.MustCompile(`\.ReadLine\(\)`)
	err := filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil && call.Match(text) {
			t.Errorf("%s, line %d: calls ReadLine, which loses a last line that fills the buffer", path, 1+bytes.Count(text[:call.FindIndex(text)[0]], []byte("\n")))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

package lines

import (
	"bytes"
	"context"
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
	"time"
)

// readLines is what lines makes of a text: long lines as "long".
func readLines(t *testing.T, r io.Reader) (all []string) {
	t.Helper()
	for l := newLines(r); ; {
		text, err := l.next()
		if err == io.EOF {
			return all
		}
		if errors.Is(err, ErrLong) {
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
		if len(line) > Max {
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
			n := k*Max + d
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

// Whoever writes a line gets the answer before the next line is asked for, and a context that has ended stops the loop.
func TestEachAnswersAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var out bytes.Buffer
	asked := 0
	in := reader(func(p []byte) (int, error) {
		if want := strings.Repeat("a\n", asked); out.String() != want {
			t.Errorf("line %d is asked for when %q is answered", asked+1, out.String())
		}
		asked++
		return copy(p, "a\n"), nil
	})
	err := Each(ctx, in, &out, func(w io.Writer, n int, line string, err error) error {
		if n != asked || line != "a" || err != nil {
			t.Errorf("line %d, %q, %v", n, line, err)
		}
		if n == 4 {
			cancel()
		}
		_, err = fmt.Fprintln(w, line)
		return err
	})
	if !errors.Is(err, context.Canceled) || asked != 4 || out.String() != "a\na\na\na\n" {
		t.Errorf("%v after %d lines, %q", err, asked, out.String())
	}
	stop := errors.New("stop")
	if err := Each(context.Background(), strings.NewReader("a\nb\n"), &out, func(io.Writer, int, string, error) error { return stop }); err != stop {
		t.Errorf("%v, want the error of the answer", err)
	}
	long := 0
	err = Each(context.Background(), strings.NewReader(strings.Repeat("x", 2*Max)+"\ny"), &out, func(_ io.Writer, n int, line string, err error) error {
		if errors.Is(err, ErrLong) && n == 1 && len(line) == Max {
			long++
		}
		return nil
	})
	if err != nil || long != 1 {
		t.Errorf("%v, %d long lines", err, long)
	}
}

type reader func([]byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }

func TestClean(t *testing.T) {
	if got := Clean("\ufeff a b\t"); got != "a b" {
		t.Errorf("%q", got)
	}
}

func FuzzLines(f *testing.F) {
	f.Add("a\nb", 3)
	f.Add("\r\n\n\r", Max)
	f.Add("x\n", 2*Max-1)
	f.Fuzz(func(t *testing.T, text string, fill int) {
		text += strings.Repeat("y", max(0, min(fill, 3*Max)))
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

// A stop does not wait for a line that nobody writes.
func TestEachStops(t *testing.T) {
	in, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		fmt.Fprintln(w, "a")
		time.AfterFunc(10*time.Millisecond, cancel)
	}()
	var out bytes.Buffer
	err := Each(ctx, in, &out, func(w io.Writer, _ int, line string, _ error) error {
		_, err := fmt.Fprintln(w, line)
		return err
	})
	if !errors.Is(err, context.Canceled) || out.String() != "a\n" {
		t.Errorf("%v, %q", err, out.String())
	}
}

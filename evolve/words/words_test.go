package words

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestLine(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("x: %w", evolve.ErrInvalid), "x"},
		{fmt.Errorf("x: %w", fs.ErrNotExist), "x"},
		{fmt.Errorf("x: %w: %w", evolve.ErrUnknown, evolve.ErrInvalid), "x"},
		{errors.New("of two\n\tlines  and blanks "), "of two lines and blanks"},
		{errors.New("x\x1b[31m\u202ey\x9b é\u00a0ü"), `x\x1b[31m\u202ey� é ü`},
		{fmt.Errorf("%w: y", evolve.ErrInvalid), "invalid: y"},
	} {
		if got := Line(c.err); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestAdvise(t *testing.T) {
	err := Advise(fmt.Errorf("x: %w", evolve.ErrInvalid), "try y")
	if err.Error() != "x; try y" || !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("%v", err)
	}
}

// A shell reads what Quote gives as the one word that it was given.
func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"amoeba-compare-1a2b": "amoeba-compare-1a2b", "/a/b_c.d": "/a/b_c.d", "a b": "'a b'", "it's": `'it'\''s'`,
		"a;rm": "'a;rm'", "a|b": "'a|b'", "`x`": "'`x`'", "$x": "'$x'", "a*": "'a*'", "~": "'~'", "a\\b": `'a\b'`,
		"-x": "./-x", "-a b": "'./-a b'", "é": "'é'", "#": "'#'",
	} {
		if got := Quote(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell")
	}
	for _, word := range []string{"a b", "it's", "$HOME", "`x`", `"\n"`, "*", "é|&;", "#", "~"} {
		out, err := exec.Command("sh", "-c", "printf %s "+Quote(word)).Output()
		if err != nil || strings.TrimPrefix(string(out), "./") != word {
			t.Errorf("%q: %q, %v", word, out, err)
		}
	}
}

func TestGenome(t *testing.T) {
	for in, want := range map[evolve.Arch]string{
		"301003": "301003", "123456789012345678901234": "123456789012345678901234",
		"1234567890123456789012345": "12345678901234567890123…", "äöüäöüäöüäöüäöüäöüäöüäöüx": "äöüäöüäöüäöüäöüäöüäöüäö…",
	} {
		if got := Genome(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

// Short counts characters, and its sign is one of them.
func TestShort(t *testing.T) {
	for text, want := range map[string]string{"": "", "äöü": "äöü", "äöüx": "äö…", "abcdefgh": "ab…"} {
		if got := Short(text, 3); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

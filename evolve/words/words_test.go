package words

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/amoeba-nas/amoeba/evolve"
)

var nan, inf = math.NaN(), math.Inf(1)

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Count(0, "run"), "0 runs"}, {Count(1, "run"), "1 run"}, {Count(12, "run"), "12 runs"},
		{Grouped(0), "0"}, {Grouped(999), "999"}, {Grouped(15625), "15,625"}, {Grouped(1234567), "1,234,567"},
		{Grouped(-999), "-999"}, {Grouped(-100000), "-100,000"},
		{Fixed(1.23456, 3), "1.235"}, {Fixed(-inf, 1), "–"}, {Fixed(nan, 1), "–"}, {Fixed(Number(2), 0), "2"},
		{Signed(0.0, 3), "+0.000"}, {Signed(-1.5, 3), "-1.500"}, {Signed(nan, 3), "–"}, {Signed(inf, 3), "–"},
		{PlusMinus(1, nan), "1.000"}, {PlusMinus(1.0, 2), "1.000 ± 2.000"}, {PlusMinus(nan, nan), "–"},
		{P(0.0), "<1e-300"}, {P(3.2e-12), "3e-12"}, {P(.04567), "0.0457"}, {P(1.0), "1.0000"}, {P(nan), "–"},
		{Rate(12.0), "12"}, {Rate(1234.0), "1 k"}, {Rate(4567890.0), "4.57 M"}, {Rate(inf), "–"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestNumberJSON(t *testing.T) {
	for x, want := range map[float64]string{1.5: "1.5", 0: "0", inf: "null", -inf: "null", 1e300: "1e+300"} {
		text, err := json.Marshal(Number(x))
		if err != nil || string(text) != want {
			t.Errorf("%v: %s, %v; want %s", x, text, err, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		x := Number(rapid.OneOf(rapid.Float64(), rapid.Just(nan)).Draw(t, "x"))
		text, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		back := Number(1)
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if back != x && !(unknown(x) && math.IsNaN(float64(back))) {
			t.Fatalf("%v became %s and then %v", x, text, back)
		}
	})
	if err := json.Unmarshal([]byte(`"3"`), new(Number)); err == nil {
		t.Error("a text was read as a number")
	}
}

func TestLine(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("x: %w", evolve.ErrInvalid), "x"},
		{fmt.Errorf("x: %w", fs.ErrNotExist), "x"},
		{fmt.Errorf("x: %w: %w", evolve.ErrUnknown, evolve.ErrInvalid), "x"},
		{errors.New("of two\n\tlines  and blanks "), "of two lines and blanks"},
		{fmt.Errorf("%w: y", evolve.ErrInvalid), "invalid: y"},
	} {
		if got := Line(c.err); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
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

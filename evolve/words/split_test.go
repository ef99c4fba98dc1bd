package words

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestSplit(t *testing.T) {
	for in, want := range map[string][]string{
		"": nil, " \t\n": nil, "a": {"a"}, " a  b ": {"a", "b"},
		"python3 s.py --layers 1,2": {"python3", "s.py", "--layers", "1,2"},
		`a 'b c' "d e"`:             {"a", "b c", "d e"}, `a\ b`: {"a b"}, `''`: {""}, `a "" b`: {"a", "", "b"},
		`a'b'"c"\d`: {"abcd"}, `'a\b"'`: {`a\b"`}, `"a\b\"\\\$\` + "`" + `'"`: {`a\b"\$` + "`'"},
		"a\\\nb": {"ab"}, "\"a\\\nb\"": {"ab"}, "'a\\\nb'": {"a\\\nb"}, "a\nb": {"a", "b"}, "a \\\n b": {"a", "b"},
		`$HOME #x|y`: {"$HOME", "#x|y"}, `é 'ü ö'`: {"é", "ü ö"}, `sh -c 'echo "$1" | cat'`: {"sh", "-c", `echo "$1" | cat`},
	} {
		if got, err := Split(in); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, %v, want %q", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		`a 'b`: "single quote at byte 2", `a "b\"`: "double quote at byte 2", `ab\`: "backslash at byte 2",
		`'a' "b`: "double quote at byte 4", "a\x00b": "zero at byte 1",
	} {
		if got, err := Split(in); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %q, %v, want an error of the %s", in, got, err, want)
		}
	}
}

// A shell that expands nothing takes a line apart as Split does.
func TestSplitAsShell(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell")
	}
	for _, line := range []string{
		`a b`, `a\ b 'c d' "e f"`, `"a\"b" 'a"b' a\"b`, `'' "" x`, `"a\b\\c" a\bc`, "a\\\nb", "\"a\\\nb\"", `a'b'"c"`, `"'" '"'`,
		`\\ \' \"`, "'a\nb'", `"\$x" \$x '$x'`, `é\é`,
	} {
		out, err := exec.Command("sh", "-c", `printf '%s\0' `+line).Output()
		want, _ := strings.CutSuffix(string(out), "\x00")
		if got, split := Split(line); err != nil || split != nil || strings.Join(got, "\x00") != want {
			t.Errorf("%s: got %q, %v; the shell has %q, %v", line, got, split, want, err)
		}
	}
}

// FuzzSplit holds that words in quotes of either kind, or behind backslashes, are read back, and that a line has words
// or an error.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", "a b", `a'b`, `"`, `\`, "a\nb", "\\\n", "é ü", "$x`y`", `"\`, "\x00", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := Split(text); err != nil && !errors.Is(err, evolve.ErrInvalid) {
			t.Fatalf("%q: %v", text, err)
		}
		if strings.Contains(text, "\x00") {
			return
		}
		single := "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
		double := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", "$", `\$`).Replace(text) + `"`
		got, err := Split(single + " " + double)
		if err != nil || !slices.Equal(got, []string{text, text}) {
			t.Fatalf("%s %s is read as %q, %v", single, double, got, err)
		}
	})
}

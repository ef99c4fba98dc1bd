package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Every number that a flag of any command takes has a range: --help prints it, and a value that is
// outside, or no number, is refused before the command does anything, in a line that names all three.
func TestRanges(t *testing.T) {
	walked := 0
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			walk(sub)
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			r, is := f.Value.(interface{ bounds() string })
			switch f.Value.Type() {
			case "bool", "string", "stringArray":
				if is {
					t.Errorf("%s --%s: %s with a range", c.CommandPath(), f.Name, f.Value.Type())
				}
				return
			}
			if !is {
				t.Errorf("%s --%s: %s without a range", c.CommandPath(), f.Name, f.Value.Type())
				return
			}
			walked++
			if !strings.Contains(f.Usage, "("+r.bounds()+")") {
				t.Errorf("%s --%s: its help %q does not say %q", c.CommandPath(), f.Name, f.Usage, r.bounds())
			}
			words := strings.Fields(c.CommandPath())[1:]
			for _, bad := range []string{"1e300", "Inf", "-Inf", "NaN", "-1", "99999999999999999999", "x", "", "1 2"} {
				var out, errw bytes.Buffer
				code := run(append(words, "--"+f.Name+"="+bad), nil, &out, &errw)
				want := "amoeba: --" + f.Name + " " + bad + ": want a"
				if text := errw.String(); code != exitError || out.Len() > 0 || !strings.HasPrefix(text, want) ||
					!strings.HasSuffix(text, ", "+r.bounds()+"\n") || strings.Count(text, "\n") != 1 {
					t.Errorf("%s --%s=%s: status %d, %q", c.CommandPath(), f.Name, bad, code, text)
				}
			}
		})
	}
	walk(root())
	if walked < 40 {
		t.Errorf("%d flags of numbers, want those of training and experiments at least", walked)
	}
}

// The ends of a range are in it, or not where it says so, and what is refused changes nothing.
func TestRangeEnds(t *testing.T) {
	var n int
	var seed uint64
	var share, rate float64
	fl := pflag.NewFlagSet("t", pflag.ContinueOnError)
	intVar(fl, &n, "n", "", 2, 1, 10, "things")
	seedVar(fl, &seed, "seed", 1, 1<<64-1, "of all")
	floatVar(fl, &share, "share", 0, 0, 0.5, "of it")
	aboveVar(fl, &rate, "rate", 0.1, 0, 100, "of change")
	for _, c := range []struct{ flag, ok, bad string }{
		{"n", "1", "0"}, {"n", "10", "11"}, {"n", "3", "3.0"}, {"n", "4", "1e1"},
		{"seed", "0", "-1"}, {"seed", "18446744073709551615", "18446744073709551616"},
		{"share", "0", "-1e-300"}, {"share", "0.5", "0.5000000001"}, {"share", "1e-3", "NaN"},
		{"rate", "1e-300", "0"}, {"rate", "100", "100.1"}, {"rate", "1", "Inf"},
	} {
		if err := fl.Set(c.flag, c.ok); err != nil {
			t.Error(err)
		}
		was := fl.Lookup(c.flag).Value.String()
		if err := fl.Set(c.flag, c.bad); err == nil {
			t.Errorf("%s takes %s", c.flag, c.bad)
		}
		if now := fl.Lookup(c.flag).Value.String(); now != was {
			t.Errorf("%s: %s was refused and %s became %s", c.flag, c.bad, was, now)
		}
	}
	want := "      --n int          things (1 to 10) (default 2)\n      --rate number    of change (above 0, at most 100) (default 0.1)\n" +
		"      --seed int       of all (0 to 2⁶⁴-1) (default 1)\n      --share number   of it (0 to 0.5)\n"
	if got := fl.FlagUsages(); got != want {
		t.Errorf("usage\n%s\nwant\n%s", got, want)
	}
}

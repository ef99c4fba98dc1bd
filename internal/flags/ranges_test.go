package flags

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The ends of a range are in it, or not where it says so, and what is refused changes nothing.
func TestRangeEnds(t *testing.T) {
	var n int
	var seed uint64
	var share, rate float64
	fl := pflag.NewFlagSet("t", pflag.ContinueOnError)
	Int(fl, &n, "n", "", 2, 1, 10, "things")
	Seed(fl, &seed, "seed", 1, 1<<64-1, "of all")
	Float(fl, &share, "share", 0, 0, 0.5, "of it")
	Above(fl, &rate, "rate", 0.1, 0, 100, "of change")
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

// A flag that means nothing beside the others is refused when it was given, and only then.
func TestUseless(t *testing.T) {
	c := &cobra.Command{}
	c.Flags().Int("n", 1, "")
	c.Flags().Int("m", 1, "")
	if err := Useless(c, "it is of m", "n"); err != nil {
		t.Errorf("not given: %v", err)
	}
	if err := c.Flags().Set("n", "2"); err != nil {
		t.Fatal(err)
	}
	if err := Useless(c, "it is of m", "m", "n"); err == nil || !strings.Contains(err.Error(), "--n has no effect here, it is of m") {
		t.Errorf("%v", err)
	}
}

package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// rangeText is how a flag's help ends that takes a number.
var rangeText = regexp.MustCompile(`\((?:(above|at least) )?(-?[0-9.]+)(?: to |, (at most|below) )([0-9.]+)\)$`)

// everyFlag visits the flags of all commands.
func everyFlag(visit func(c *cobra.Command, f *pflag.Flag)) {
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) { visit(c, f) })
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root())
}

// Every flag that takes a number says in its help which, and refuses any other at once with one line that says so too.
func TestNumbersSayTheirRange(t *testing.T) {
	t.Chdir(t.TempDir())
	flags := 0
	everyFlag(func(c *cobra.Command, f *pflag.Flag) {
		if kind := f.Value.Type(); kind == "bool" || strings.HasPrefix(kind, "string") {
			return // all other kinds that pflag has are numbers
		}
		flags++
		name := c.CommandPath() + " --" + f.Name
		said := rangeText.FindStringSubmatch(f.Usage)
		if said == nil {
			t.Errorf("%s: %q ends in no range: define it with addNumber", name, f.Usage)
			return
		}
		low, high := new(big.Float), new(big.Float)
		fmt.Sscan(said[2], low)
		fmt.Sscan(said[4], high)
		values := []string{"x", "", "NaN", "Inf", "-Inf", "1e300", "-1", "99999999999", "1e99999"}
		if whole := strings.Contains(f.Value.Type(), "int"); whole {
			values = append(values, "1.5", plus(said[2], -1), plus(said[4], 1))
		} else {
			values = append(values, fmt.Sprint(beyond(low, -1)), fmt.Sprint(beyond(high, 1)))
		}
		if said[1] == "above" {
			values = append(values, said[2])
		}
		if said[3] == "below" {
			values = append(values, said[4])
		}
		for _, v := range values {
			if x, _, err := big.ParseFloat(v, 10, 80, big.ToNearestEven); err == nil && !x.IsInf() && x.IsInt() &&
				(x.Cmp(low) > 0 || x.Cmp(low) == 0 && said[1] != "above") && (x.Cmp(high) < 0 || x.Cmp(high) == 0 && said[3] != "below") {
				continue // such as 99999999999 for a seed
			}
			var errw bytes.Buffer
			begin := time.Now()
			code := run(append(strings.Fields(c.CommandPath())[1:], "x", "--"+f.Name+"="+v), strings.NewReader(""), io.Discard, &errw)
			want := fmt.Sprintf("amoeba: --%s %s: want a ", f.Name, v)
			if text := errw.String(); code != exitError || !strings.HasPrefix(text, want) || strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, strings.Trim(said[0], "()")+"\n") {
				t.Errorf("%s=%s: exit %d, %q, want one line %q…%s", name, v, code, text, want, said[0])
			}
			if took := time.Since(begin); took > time.Second {
				t.Errorf("%s=%s: refused after %v", name, v, took)
			}
		}
	})
	if flags < 40 {
		t.Errorf("%d flags of numbers were found, there are more", flags)
	}
}

// plus adds to a whole number of any size.
func plus(digits string, by int64) string {
	n, _ := new(big.Int).SetString(digits, 10)
	return n.Add(n, big.NewInt(by)).String()
}

// beyond is the float next to a limit.
func beyond(limit *big.Float, sign int) float64 {
	x, _ := limit.Float64()
	return math.Nextafter(x, math.Inf(sign))
}

// What is read lies within the limits, and what is refused changes nothing.
func FuzzNumberFlag(f *testing.F) {
	for _, text := range []string{"1", "0", "0x10", "1_0", "-0", "NaN", "1e-400", "99999999999999999999", "0.5"} {
		f.Add(text, 0.0, 1.0)
	}
	f.Fuzz(func(t *testing.T, text string, least, most float64) {
		x := math.Inf(-1)
		v := numberFlag[float64]{&x, limits[float64]{least: least, most: most, above: true}}
		if err := v.Set(text); err != nil && !math.IsInf(x, -1) || err == nil && !(x > least && x <= most) {
			t.Errorf("%q in (%g, %g]: %g, %v", text, least, most, x, err)
		}
		n := math.MinInt
		w := numberFlag[int]{&n, within(-3, 1000)}
		if err := w.Set(text); err != nil && n != math.MinInt || err == nil && (n < -3 || n > 1000) {
			t.Errorf("%q in -3 to 1000: %d, %v", text, n, err)
		}
	})
}

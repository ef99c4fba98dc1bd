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
			r, is := f.Value.(interface{ Bounds() string })
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
			if !strings.Contains(f.Usage, "("+r.Bounds()+")") {
				t.Errorf("%s --%s: its help %q does not say %q", c.CommandPath(), f.Name, f.Usage, r.Bounds())
			}
			words := strings.Fields(c.CommandPath())[1:]
			bads := []string{"Inf", "-Inf", "NaN", "x", "", "1 2"}
			switch c.Name() + " " + f.Name {
			case "tell loss": // which is any number
			case "stats reach": // which is below 0 of some metrics
				bads = append(bads, "1e300", "99999999999999999999")
			default:
				bads = append(bads, "1e300", "-1", "99999999999999999999")
			}
			for _, bad := range bads {
				var out, errw bytes.Buffer
				code := run(append(words, "--"+f.Name+"="+bad), nil, &out, &errw)
				want := "amoeba: --" + f.Name + " " + bad + ": want a"
				if text := errw.String(); code != exitError || out.Len() > 0 || !strings.HasPrefix(text, want) ||
					!strings.HasSuffix(text, ", "+r.Bounds()+"\n") || strings.Count(text, "\n") != 1 {
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

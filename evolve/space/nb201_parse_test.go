package space

import (
	"errors"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestNB201Parse(t *testing.T) {
	for _, c := range []struct {
		text string
		want evolve.Arch
		bad  string // what the error says
	}{
		{"|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|", "334131", ""},
		{"|none~0|+|none~0|none~1|+|none~0|none~1|none~2|", "000000", ""},
		{"334131", "334131", ""},
		// Edges that are left out are none, whole nodes as well, and their order is free.
		{"|nor_conv_3x3~0|+|avg_pool_3x3~1|+|skip_connect~2|", "304001", ""},
		{"||+||+|skip_connect~0|", "000100", ""},
		{"||+||+||", "000000", ""},
		{"|none~0|+|nor_conv_1x1~1|skip_connect~0|+|avg_pool_3x3~2|none~1|nor_conv_3x3~0|", "012304", ""},

		{"", "", "node 1 of 3 must read"},
		{"33413", "", "a genome has 6 digits"},
		{"3341312", "", "a genome has 6 digits"},
		{"334135", "", `character 6 is '5', not an operation 0..4`},
		{"33a131", "", `character 3 is 'a'`},
		{"|none~0|", "", `node 2 of 3 must read |op~source|…|, found ""`},
		{"|none~0|+|none~0|none~1|", "", "node 3 of 3 must read"},
		{"|none~0|+|none~0|none~1|+", "", "ends in +"},
		{"||+||+||+||", "", "more than three nodes"},
		{"||+||+||+", "", "ends in +"},
		{"||+|+||", "", `node 2 of 3 must read |op~source|…|, found "|"`},
		{"|none~0+||+||", "", "node 1 of 3 must read"},
		{"none~0|+||+||", "", "node 1 of 3 must read"},
		{"|none|+||+||", "", `edge "none" of node 1 must read op~source`},
		{"|none~|+||+||", "", `edge "none~" of node 1 must read op~source`},
		{"|none~00|+||+||", "", `edge "none~00" of node 1 must read op~source`},
		{"||+|none~0||+||", "", `edge "" of node 2 must read op~source`},
		{"|conv~0|+||+||", "", `unknown operation "conv" (known: none, skip_connect, nor_conv_1x1, nor_conv_3x3, avg_pool_3x3)`},
		{"|~0|+||+||", "", `unknown operation ""`},
		{"|none~1|+||+||", "", `edge "none~1" of node 1: the source must be 0..0`},
		{"||+||+|none~3|", "", `edge "none~3" of node 3: the source must be 0..2`},
		{"||+||+|none~/|", "", `the source must be 0..2`},
		{"||+|none~0|skip_connect~0|+||", "", "node 2 has two edges from 0"},
		{" |none~0|+||+||", "", "node 1 of 3 must read"},
	} {
		got, err := NB201{}.Parse(c.text)
		if c.bad == "" {
			if err != nil || got != c.want {
				t.Errorf("%q: %s, %v; want %s", c.text, got, err, c.want)
			}
		} else if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), c.bad) || got != "" {
			t.Errorf("%q: %q, %v; want ErrInvalid that says %s", c.text, got, err, c.bad)
		}
	}
}

func TestNB201CanonRefuses(t *testing.T) {
	for text, want := range map[evolve.Arch]string{
		"":        "this has 0 characters",
		"33413":   "this has 5 characters",
		"3341311": "this has 7 characters",
		"33413x":  `character 6 is 'x'`,
		"-34131":  `character 1 is '-'`,
	} {
		if _, err := (NB201{}).Canon(text); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want ErrInvalid that says %s", text, err, want)
		}
	}
}

func FuzzNB201Parse(f *testing.F) {
	for _, text := range []string{
		"", "334131", "33413", "334135", "||+||+||", "||+||+||+",
		"|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|",
		"|nor_conv_3x3~0|+|avg_pool_3x3~1|+|skip_connect~2|", "||+|none~0|none~0|+||", "|none~\x80|+||+||",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := NB201{}.Parse(text)
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) || a != "" {
				t.Fatalf("%q: %q, %v; want ErrInvalid", text, a, err)
			}
			return
		}
		again, err := NB201{}.Parse(NB201{}.Format(a))
		if err != nil || again != a {
			t.Fatalf("%q is %s, which prints and reads as %s, %v", text, a, again, err)
		}
		idempotent(t, NB201{}, a)
	})
}

// idempotent asserts that the representative represents itself.
func idempotent(t *testing.T, s evolve.Space, a evolve.Arch) {
	t.Helper()
	c, err := s.Canon(a)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.Canon(c); err != nil || again != c {
		t.Fatalf("Canon(%q) = %q, whose Canon is %q, %v", a, c, again, err)
	}
}

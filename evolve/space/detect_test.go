package space

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/long"
)

// What export prints of an architecture, train reads without being told the space.
func TestSpaceOfFormat(t *testing.T) {
	long.Test(t)
	for _, name := range told {
		space, notation, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(3, 4))
		for range 50 {
			a := space.Sample(r)
			for _, text := range []string{notation.Format(a), string(a)} {
				got, _, b, err := OpenArch("nb201", false, text)
				if err != nil {
					t.Fatalf("%s %s: %v", name, text, err)
				}
				if want, _ := notation.Parse(text); got.Name() != name || b != want {
					t.Fatalf("%s %s: read as %s %s", name, text, got.Name(), b)
				}
			}
		}
	}
}

// Of which space a text is, said by a name, by a notation or by nothing.
func TestOpenArch(t *testing.T) {
	for _, c := range []struct {
		space string
		given bool
		text  string
		want  string // space and genome, or the error
	}{
		{"nb201", false, " 301003 ", "nb201 301003"},
		{"bits,length=3", true, "101", "bits 101"},
		{"nb201", false, "", "ARCH is empty"},
		{"nb201", false, "nosuch", `published cell "nosuch"`},
		{"nb201", true, "amoebanet-a", "nb201"},
		{"darts", true, "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|", "this is an architecture of the space nb201, not of darts"},
		{"nb201", false, `{"matrix":[[0,1],[0]],"ops":["input","output"]}`, "if it is of another space, give --space"},
		{"nosuch", true, "1", `space "nosuch"`},
		{"nb201,x=1", true, "1", "x"},
	} {
		sp, n, a, err := OpenArch(c.space, c.given, c.text)
		if err != nil {
			if !strings.Contains(err.Error(), c.want) || sp != nil || !errors.Is(err, evolve.ErrInvalid) && !errors.Is(err, evolve.ErrUnknown) {
				t.Errorf("%q: %v, want %q", c.text, err, c.want)
			}
			continue
		}
		if got := sp.Name() + " " + string(a); got != c.want || n == nil {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
}

package space

import (
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestNATSSizeParse(t *testing.T) {
	parses(t, NATSSize{}, []struct{ text, want, bad string }{
		{"8:8:8:16:40", "00014", ""},
		{"64:64:64:64:64", "77777", ""},
		{"24:32:48:56:8", "23560", ""},
		{"00014", "00014", ""},
		{"", "", "a genome has 5 characters, this has 0"},
		{"00018", "", "character 5 is '8', want one of 01234567"},
		{"8:8:8:16", "", "want five numbers"},
		{"8:8:8:16:40:8", "", "want five numbers"},
		{"8:8:8:16:", "", `number 5 is "", want one of 8, 16, 24, 32, 40, 48, 56, 64`},
		{"8:8:08:16:40", "", `number 3 is "08"`},
		{"0:8:8:16:40", "", `number 1 is "0"`},
		{"72:8:8:16:40", "", `number 1 is "72"`},
		{"8 :8:8:16:40", "", `number 1 is "8 "`},
	})
}

// The index is the base-8 number of the places (AutoDL-Projects, main-sss.py).
func TestNATSSizeIndex(t *testing.T) {
	s := NATSSize{}
	for i, text := range map[int]string{0: "8:8:8:8:8", 1: "8:8:8:8:16", 12: "8:8:8:16:40", 32767: "64:64:64:64:64"} {
		if a := s.At(i); s.Format(a) != text || s.Index(a) != i {
			t.Errorf("index %d is %s (%d), want %s", i, s.Format(a), s.Index(a), text)
		}
	}
	if got := s.Hash("00014"); got != "12" {
		t.Errorf("hash %s, want 12", got)
	}
}

// nats redraws one place over all eight values: the parent one time in eight.
func TestNATSSizeMutation(t *testing.T) {
	nats, err := NATSSize{}.Mutation("nats")
	if err != nil {
		t.Fatal(err)
	}
	const parent = evolve.Arch("01437")
	r := evolve.Stream(1, "nats")
	all := append(NATSSize{}.Neighbors(nil, parent), parent)
	seen := make([]int, len(all))
	for range 40_000 {
		seen[slices.Index(all, nats(parent, r))]++
	}
	chiSquare(t, "children", seen, append(slices.Repeat([]float64{1. / 40}, 35), 1./8))
}

func FuzzNATSSizeParse(f *testing.F) {
	fuzzParse(f, []evolve.Space{NATSSize{}}, "", "8:8:8:16:40", "00014", "8:8:8:16:40:", "::::", "64:64:64:64:72")
}

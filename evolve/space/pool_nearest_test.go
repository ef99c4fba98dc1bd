package space

import (
	"errors"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// In every space and with and without moves: a valid architecture that is not recorded is told so in one
// line that names the nearest, as text that is read; what is no architecture is told that.
func TestPoolNamesTheNearest(t *testing.T) {
	for _, e := range evolve.Spaces.Entries() {
		s, _, err := evolve.Spaces.Open(evolve.Spec{Name: e.Name})
		if err != nil {
			t.Fatal(err)
		}
		r := evolve.Stream(1, "nearest")
		encoder, encodes := s.(evolve.Encoder)
		encoding := ""
		if encodes {
			encoding = encoder.Encodings()[len(encoder.Encodings())-1]
		}
		var archs []evolve.Arch
		seen := map[evolve.Arch]bool{}
		for len(archs) < 20 {
			a := s.Sample(r)
			if c, _ := s.Canon(a); !seen[c] {
				seen[c] = true
				archs = append(archs, a)
			}
		}
		other := archs[19]
		for _, moves := range []string{PoolNearest, PoolRefuse} {
			p, err := NewPool(s, archs[:19], moves, encoding)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{string(other), s.(evolve.Notation).Format(other)} {
				_, err := Read(p, text)
				var missing *NotRecorded
				if !errors.As(err, &missing) || !errors.Is(err, evolve.ErrInvalid) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "is none of the 19 recorded architectures") {
					t.Fatalf("%s, %s: %v", e.Name, moves, err)
				}
				if !encodes {
					continue
				}
				_, nearest, _ := strings.Cut(err.Error(), ", the nearest is ")
				a, err := Read(p, nearest)
				if err != nil || a != missing.Nearest {
					t.Fatalf("%s: the nearest, %q, is %q, %v", e.Name, nearest, a, err)
				}
				least := l1(t, encoder, encoding, a, other)
				for _, b := range archs[:19] {
					if d := l1(t, encoder, encoding, b, other); d < least {
						t.Fatalf("%s: %s is named, at %g, and %s is nearer, at %g", e.Name, a, least, b, d)
					}
				}
			}
			var missing *NotRecorded
			if _, err := Read(p, "|no~architecture|"); !errors.Is(err, evolve.ErrInvalid) || errors.As(err, &missing) {
				t.Errorf("%s: %v", e.Name, err)
			}
		}
	}
}

func l1(t *testing.T, e evolve.Encoder, encoding string, a, b evolve.Arch) (d float64) {
	t.Helper()
	x, err := e.Encode(nil, encoding, a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := e.Encode(nil, encoding, b)
	if err != nil {
		t.Fatal(err)
	}
	for i := range x {
		d += max(x[i]-y[i], y[i]-x[i])
	}
	return d
}

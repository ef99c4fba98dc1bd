package space

import (
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Vertex by vertex all cells of the next size come of the cells of a size, each once as its representative: 6, 84,
// 2,441, 62,010 and 359,082, which are all but input to output.
func TestNB101GrowReachesEverything(t *testing.T) {
	if n := len((NB101{}).Grow(nil, "000000-00")); n != 0 {
		t.Errorf("what is no genome grows to %d cells", n)
	}
	sizes := []int{6, 84, 2441, 62010, 359082}
	if testing.Short() {
		sizes = sizes[:4]
	}
	level := []evolve.Arch{""}
	for step, want := range sizes {
		grown := map[evolve.Arch]bool{}
		for _, a := range level {
			once := map[evolve.Arch]bool{}
			for _, b := range (NB101{}).Grow(nil, a) {
				if once[b] {
					t.Fatalf("%s grows to %s twice", a, b)
				}
				once[b], grown[b] = true, true
			}
		}
		if len(grown) != want {
			t.Fatalf("%d cells after step %d, want %d", len(grown), step+1, want)
		}
		level = level[:0]
		for b := range grown {
			level = append(level, b)
			if c, err := (NB101{}).Canon(b); c != b || err != nil {
				t.Fatalf("%s is no representative: %s, %v", b, c, err)
			}
			if g, _ := (NB101{}).Graph(b); g.Len() != step+3 {
				t.Fatalf("%s has %d vertices after step %d", b, g.Len(), step+1)
			}
		}
	}
	if !testing.Short() {
		for _, a := range level[:100] {
			if n := len((NB101{}).Grow(nil, a)); n != 0 {
				t.Errorf("%s, of seven vertices, grows to %d cells", a, n)
			}
		}
	}
}

package usertable

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/amoeba-nas/amoeba/evolve"
)

// variants are pairs of different genomes of one network, found among samples and what is near.
func variants(t *testing.T, s evolve.Space) (pairs [][2]evolve.Arch) {
	r := evolve.Stream(1, "variants")
	byCanon := map[evolve.Arch]evolve.Arch{}
	try := func(a evolve.Arch) {
		canon, err := s.Canon(a)
		if err != nil {
			t.Fatal(err)
		}
		if b, ok := byCanon[canon]; ok && a != b {
			pairs = append(pairs, [2]evolve.Arch{b, a})
		} else if !ok {
			if byCanon[canon] = a; a != canon {
				pairs = append(pairs, [2]evolve.Arch{a, canon})
			}
		}
	}
	var mutate evolve.Mutation
	if m, ok := s.(evolve.Mutator); ok {
		mutate, _ = m.Mutation(m.Mutations()[0])
	}
	for range 300 {
		a := s.Sample(r)
		for range 3 {
			try(a)
			if mutate != nil {
				a = mutate(a, r)
			}
		}
	}
	return pairs
}

// In every space the genomes of one network are one architecture: equal numbers are kept once,
// others need seeds. Of nb201 every genome is its own.
func TestOneArchitectureTwice(t *testing.T) {
	var several []string // spaces in which a network has several genomes
	for _, e := range evolve.Spaces.Entries() {
		s, _, err := evolve.Spaces.Open(evolve.Spec{Name: e.Name})
		if err != nil {
			t.Fatal(err)
		}
		pairs := variants(t, s)
		if len(pairs) == 0 {
			continue
		}
		several = append(several, e.Name)
		for _, p := range pairs[:min(len(pairs), 25)] {
			written := [2]any{string(p[0]), string(p[1])}
			if n, ok := s.(evolve.Notation); ok {
				written[1] = n.Format(p[1])
			}
			for name, c := range map[string]struct {
				b     float64
				seeds []any
			}{"equal": {b: .5}, "other": {b: .25}, "seeds": {.25, []any{int64(1), int64(2)}}, "one seed": {.25, []any{int64(7), int64(7)}}} {
				fields := []field{archs(written[:]...), doubles("val", .5, c.b)}
				if c.seeds != nil {
					fields = append(fields, field{"seed", parquet.Int(64), c.seeds})
				}
				// Quotes of CSV are not those of the helper.
				got, err := read("t.parquet", parquetOf(t, packing{}, fields...), Options{Space: s})
				same := e.Name != "nb201"
				if same && (name == "other" || name == "one seed") {
					canon, _ := s.Canon(p[0])
					if err == nil || !errors.Is(err, evolve.ErrInvalid) || !strings.HasPrefix(err.Error(), "t.parquet: row 2: the same architecture as in row 1, "+shown(canon)+" in canonical form, with other numbers") {
						t.Fatalf("%s, %s: %s and %s: %v", e.Name, name, p[0], p[1], err)
					}
					continue
				}
				if err != nil {
					t.Fatalf("%s, %s: %v", e.Name, name, err)
				}
				rows, repeats := 2, 1
				if same && name == "equal" {
					rows = 1
				}
				if same && name == "seeds" {
					repeats = 2
				}
				archs := []evolve.Arch{p[0], p[1]}
				if same {
					archs = archs[:1]
				}
				if !slices.Equal(got.Archs, archs) || got.Rows != rows || got.Repeats != repeats {
					t.Fatalf("%s, %s: %q are %q, %d rows, %d repeats", e.Name, name, written, got.Archs, got.Rows, got.Repeats)
				}
			}
		}
	}
	if want := []string{"darts", "graph", "macro", "nasnet", "nb101", "nb201", "nlp"}; !slices.Equal(several, want) {
		t.Errorf("several genomes mean one network in %v, want %v", several, want)
	}
}

// The advice of the errors is followed, and the tables open.
func TestRepeatsAdvice(t *testing.T) {
	_, err := read("t.csv", "arch,val\n0000,1\n0000,.5\n", bits4)
	wantError(t, err, evolve.ErrInvalid, `t.csv:3: the same architecture as in line 2, "0000" in canonical form, with other numbers; repeats need a column "seed"`)
	_, err = read("t.csv", "arch,val,seed\n0000,1,3\n0000,.5,3\n", bits4)
	wantError(t, err, evolve.ErrInvalid, `t.csv:3: the same architecture as in line 2, "0000" in canonical form, with other numbers for the same seed 3; repeats need seeds of their own`)
	if got := mustRead(t, "t.csv", "arch,val,seed\n0000,1,3\n0000,.5,4\n", bits4); got.Repeats != 2 || !slices.Equal(got.Val(0, 0), []float64{0, .5}) {
		t.Errorf("%+v", got)
	}
}

// Rows are the same when all their numbers are; what is left out is counted.
func TestRowsLeftOut(t *testing.T) {
	for n, text := range []string{
		"0000,.5,,7,x\n0001,.5,,7,x\n",
		"0000,.5,,7,x\n0001,.5,,7,x\n0000,.5,,7,other text\n",
		"0000,.5,,7,x\n0001,.5,,7,x\n0001,.50,,7,x\n0000,.5,,7.0,x\n",
	} {
		got := mustRead(t, "t.csv", "arch,val,cost,size,note\n0000,.5,,7,x\n"+text[len("0000,.5,,7,x\n"):], bits4)
		note := []string{"", "1 row says what another says and is left out", "2 rows say what others say and are left out"}[n]
		if said := slices.Contains(got.Notes, note); got.Rows != 2 || got.Repeats != 1 || said != (n > 0) {
			t.Errorf("%d rows, %d repeats, %q, want %q", got.Rows, got.Repeats, got.Notes, note)
		}
	}
	for i, other := range []string{".25,1,.5,7", ".5,2,.5,7", ".5,1,.25,7", ".5,1,.5,8", ".5,1,,7", ".5,1,.5,"} {
		text := fmt.Sprintf("arch,val,cost,test,size\n0000,.5,1,.5,7\n0000,%s\n", other)
		if _, err := read("t.csv", text, bits4); err == nil || !strings.HasPrefix(err.Error(), "t.csv:3: the same architecture as in line 2") {
			t.Errorf("%d: %s: %v", i, other, err)
		}
	}
}

// A test of a failed run is in no pair with a val. It is left out, and that is said.
func TestTestOfFailedRuns(t *testing.T) {
	for text, note := range map[string]string{
		"0000,,.5\n0001,.5,.5\n":            `column "test": left out where a run failed: 1 number`,
		"0000,nan,.5\n0001,,inf\n1,.5,.5\n": `column "test": left out where a run failed: 2 numbers`,
		"0000,,\n0001,.5,.5\n":              "",
	} {
		got := mustRead(t, "t.csv", "arch,val,test\n"+strings.Replace(text, "\n1,", "\n1111,", 1), bits4)
		said := slices.IndexFunc(got.Notes, func(n string) bool { return strings.Contains(n, "where a run failed") })
		if note == "" && said >= 0 || note != "" && (said < 0 || got.Notes[said] != note) {
			t.Errorf("%q: %q, want %q", text, got.Notes, note)
		}
	}
}

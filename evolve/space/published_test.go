package space

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/shared"
	"github.com/google/go-cmp/cmp"
)

type referenceCell struct {
	Name, Space, Notation string

	Genotype struct {
		Normal, Reduce             [][2]any
		NormalConcat, ReduceConcat []int
	}
	Original json.RawMessage
	Source   struct{ Repo, Path string }
}

// referenceCells are the convolutional cells of the reference under the names of this package.
func referenceCells(t *testing.T) (all []referenceCell) {
	t.Helper()
	text, err := os.ReadFile(shared.Path(t, "reference", "genotypes.json"))
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.NewReplacer("normal_concat", "NormalConcat", "reduce_concat", "ReduceConcat").Replace(string(text)))
	var file struct{ Entries []json.RawMessage }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	ours := map[string]string{
		"AmoebaNet-A (DARTS repository transcription)": "AmoebaNet-A-DARTS", "NASNet-A (DARTS repository transcription)": "NASNet-A-DARTS",
		"MdeNAS (FairDARTS transcription)": "MdeNAS", "ENASNet (FairDARTS transcription)": "ENASNet-FairDARTS", "ENAS micro": "ENAS",
	}
	for _, raw := range file.Entries {
		var e referenceCell
		if !strings.Contains(string(raw), `"darts-cnn"`) {
			continue
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		if name, ok := ours[e.Name]; ok {
			e.Name = name
		}
		all = append(all, e)
	}
	return all
}

// Every convolutional cell of the reference but SETN, which has an operation that is in
// neither space, is here with the same edges and output.
func TestPublishedCells(t *testing.T) {
	cells, seen := PublishedCells(), map[string]bool{}
	for _, e := range referenceCells(t) {
		i := slices.IndexFunc(cells, func(c PublishedCell) bool { return c.Name == e.Name })
		if i < 0 {
			if e.Name != "SETN" {
				t.Errorf("%s is not here", e.Name)
			}
			continue
		}
		c := cells[i]
		seen[c.Name] = true
		cell := func(pairs [][2]any, concat []int) (c Cell) {
			for k := 0; k < len(pairs); k += 2 {
				var b [2]Edge
				for side := range b {
					b[side] = Edge{pairs[k+side][0].(string), int(pairs[k+side][1].(float64))}
					if name, ok := nasnetAliases[b[side].Op]; ok {
						b[side].Op = name
					}
				}
				c.Blocks = append(c.Blocks, b)
			}
			c.Concat = concat
			return c
		}
		want := Genotype{cell(e.Genotype.Normal, e.Genotype.NormalConcat), cell(e.Genotype.Reduce, e.Genotype.ReduceConcat)}
		got, err := map[string]interface {
			Genotype(evolve.Arch) (Genotype, error)
		}{"darts": DARTS{}, "nasnet": NASNet{}}[c.Space].Genotype(c.Arch)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", e.Name, err, diff)
		}
		if want := e.Source.Repo + " " + e.Source.Path; c.Source != want {
			t.Errorf("%s is from %q, want %q", e.Name, c.Source, want)
		}
	}
	if len(seen) != len(cells) {
		t.Errorf("%d of %d cells are of the reference", len(seen), len(cells))
	}
}

func TestPublished(t *testing.T) {
	names := map[string]string{}
	for _, c := range PublishedCells() {
		if names[foldName(c.Name)] != "" {
			t.Errorf("%s is also %s", c.Name, names[foldName(c.Name)])
		}
		names[foldName(c.Name)] = c.Name
		s, _, err := evolve.Spaces.Open(evolve.Spec{Name: c.Space})
		if err != nil {
			t.Fatal(err)
		}
		n := s.(evolve.Notation)
		if a, err := n.Parse(n.Format(c.Arch)); err != nil || a != c.Arch {
			t.Errorf("%s reads back as %s, %v; want %s", c.Name, a, err, c.Arch)
		}
		idempotent(t, s, c.Arch)
		for _, name := range []string{c.Name, strings.ToLower(c.Name), strings.ReplaceAll(c.Name, "-", "_"), strings.ReplaceAll(c.Name, "_", " ")} {
			if of, a, ok := Published(name); !ok || of != c.Space || a != c.Arch {
				t.Errorf("%s: %s, %s, %v", name, of, a, ok)
			}
		}
	}
	if len(names) != 24 {
		t.Errorf("%d cells, want 24", len(names))
	}
	if of, a, ok := Published("amoebanet-a"); !ok || of != "nasnet" || a != amoebaNetA {
		t.Errorf("amoebanet-a: %s, %s, %v", of, a, ok)
	}
	for _, name := range []string{"", "amoebanet", "SETN", string(amoebaNetA)} {
		if _, a, ok := Published(name); ok || a != "" {
			t.Errorf("%q is %s", name, a)
		}
	}
	// The DARTS repository's NASNet-A has the same edges and the output by rule.
	_, x, _ := Published("NASNet-A")
	_, y, _ := Published("NASNet-A-DARTS")
	if p, q := nasnetRead(x), nasnetRead(y); p[0].pairs != q[0].pairs || p[1].pairs != q[1].pairs || len(y) != 41 || x == y {
		t.Errorf("%s and %s", x, y)
	}
}

func TestGenotypeRefuses(t *testing.T) {
	for _, err := range []error{
		func() error { _, err := DARTS{}.Genotype(amoebaNetA); return err }(),
		func() error { _, err := NASNet{}.Genotype(dartsV2Digits); return err }(),
	} {
		if err == nil || !strings.Contains(err.Error(), "a genome") {
			t.Errorf("%v, want an error of the genome", err)
		}
	}
}

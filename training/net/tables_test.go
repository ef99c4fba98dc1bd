package net

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

// sharedTable reads a gzipped table of the folder of published data, or skips. Each row is
// a function from a column's name to its text.
func sharedTable(t *testing.T, path ...string) (rows []func(string) string) {
	t.Helper()
	f, err := os.Open(shared.Path(t, append([]string{"data"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range all[0] {
		at[name] = i
	}
	for _, row := range all[1:] {
		rows = append(rows, func(name string) string {
			i, ok := at[name]
			if !ok {
				t.Fatal("no column", name)
			}
			return row[i]
		})
	}
	return rows
}

func build(t *testing.T, name string, a evolve.Arch, c Config) *Net {
	t.Helper()
	n, err := Build(name, a, c)
	if err != nil {
		t.Fatal(name, a, err)
	}
	return n
}

// nb101Genome embeds a graph of the table: its output moves to vertex 6.
func nb101Genome(vertices int, bits uint32, ops string) evolve.Arch {
	last := vertices - 1
	inner := bits & (1<<(last*(last-1)/2) - 1)
	edges := inner | bits>>(last*(last-1)/2)<<15
	return evolve.Arch(fmt.Sprintf("%06x-%s%s", edges, ops, strings.Repeat("0", 5-len(ops))))
}

// TestNB101Table compares parameters and multiply-adds with all 423,624 cells, or with 20,000
// of them in short mode.
func TestNB101Table(t *testing.T) {
	rows := sharedTable(t, "nasbench101", "nb101.csv.gz")
	derived := sharedTable(t, "nasbench101", "nb101_derived.csv.gz")
	if len(rows) != space.NB101Size || len(derived) != len(rows) {
		t.Fatal(len(rows), "rows and", len(derived))
	}
	order := rand.New(rand.NewPCG(1, 2)).Perm(len(rows))
	if testing.Short() {
		order = order[:20000]
	}
	var workers sync.WaitGroup
	const parts = 2
	for p := range parts {
		workers.Go(func() {
			for k := p; k < len(order); k += parts {
				row := rows[order[k]]
				vertices, _ := strconv.Atoi(row("vertices"))
				edges, _ := strconv.ParseUint(row("edge_bits"), 10, 32)
				a := nb101Genome(vertices, uint32(edges), row("ops"))
				n, err := Build("nb101", a, Default("nb101"))
				if err != nil {
					t.Error(a, err)
					return
				}
				params, macs := strconv.Itoa(n.Params()), strconv.Itoa(n.MACs())
				if want := derived[order[k]]("macs"); params != row("params") || macs != want {
					t.Errorf("%s: %s parameters, %s multiply-adds, want %s, %s", a, params, macs, row("params"), want)
					return
				}
			}
		})
	}
	workers.Wait()
}

// TestNB201Table compares parameters and FLOPs with all cells on the three data sets.
func TestNB201Table(t *testing.T) {
	rows := sharedTable(t, "nasbench201", "nb201.csv.gz")
	if len(rows) != space.NB201Size {
		t.Fatal(len(rows), "rows")
	}
	for _, d := range []struct {
		name                  string
		side, classes, scaled int
	}{{"cifar10", 32, 10, 1}, {"cifar100", 32, 100, 1}, {"imagenet16", 16, 120, 4}} {
		c := Default("nb201")
		c.Input, c.Classes = Shape{3, d.side, d.side}, d.classes
		for _, row := range rows {
			a := evolve.Arch(row("ops"))
			n := build(t, "nb201", a, c)
			n1, n3 := strings.Count(string(a), "2"), strings.Count(string(a), "3")
			flops := (7782400+3932160*n1+35389440*n3)/d.scaled + 64*d.classes + d.classes
			if n.FLOPs() != flops {
				t.Fatalf("%s %s: %d FLOPs, want %d", d.name, a, n.FLOPs(), flops)
			}
			for _, got := range []struct {
				column string
				value  int
			}{{d.name + "_params_m", n.Params()}, {d.name + "_flops_m", n.FLOPs()}} {
				text := row(got.column)
				want, err := strconv.ParseFloat(text, 64)
				if err != nil {
					t.Fatal(err)
				}
				_, digits, _ := strings.Cut(text, ".")
				unit := math.Pow10(-len(digits))
				if math.Abs(float64(got.value)/1e6-want) > unit/2*(1+1e-6) {
					t.Fatalf("%s %s: %s %d, want %s", d.name, a, got.column, got.value, text)
				}
			}
		}
	}
}

// TestNB301Subset compares with NASLib's parameter counts of 725 DARTS cells, 8 cells of 32
// channels. Its batch norms within a cell's edges have neither scale nor shift: ours without
// them are the same to the last parameter.
func TestNB301Subset(t *testing.T) {
	c := Default("darts")
	c.Layers, c.F = 8, 32
	for _, row := range sharedTable(t, "nasbench301-subset", "nb301_725.csv.gz") {
		a, err := space.DARTSFromNASLib(row("arch"))
		if err != nil {
			t.Fatal(err)
		}
		n := build(t, "darts", a, c)
		params := n.Params()
		for i, l := range n.Layers {
			if _, ok := l.Op.(BatchNorm); ok && strings.Contains(l.Name, "/block") {
				params -= 2 * n.Weights(i)[0][0]
			}
		}
		want, err := strconv.ParseFloat(row("params_m"), 64)
		if err != nil {
			t.Fatal(err)
		}
		if params != int(math.Round(want*1e6)) {
			t.Fatalf("%s: %d parameters, want %s million", a, params, row("params_m"))
		}
	}
}

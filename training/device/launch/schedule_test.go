package launch

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func meet(a, b []Span) bool {
	for _, x := range a {
		for _, y := range b {
			if max(x.From, y.From) < min(x.To, y.To) {
				return true
			}
		}
	}
	return false
}

// needs is the relation by definition: b, the later one, needs a.
func needs(a, b *Launch) bool {
	return meet(a.Writes, b.Reads) || meet(a.Writes, b.Writes) || meet(a.Reads, b.Writes)
}

// check fails unless batches hold every launch once, in an order that respects needs.
func check(t interface{ Fatalf(string, ...any) }, lists [][]Launch, batches []Batch) {
	at := make([][]int, len(lists))
	left := 0
	for n, l := range lists {
		at[n] = make([]int, len(l))
		left += len(l)
	}
	for k, b := range batches {
		for _, p := range b.Parts {
			if l := lists[p.Graph][p.Launch]; l.Kernel != b.Kernel || at[p.Graph][p.Launch] != 0 {
				t.Fatalf("batch %d of kernel %s holds %v of kernel %s, which is in batch %d", k, b.Kernel, p, l.Kernel, at[p.Graph][p.Launch])
			}
			at[p.Graph][p.Launch] = k + 1
			left--
		}
	}
	if left != 0 {
		t.Fatalf("%d launches are in no batch", left)
	}
	for n, l := range lists {
		for i := range l {
			for k := range i {
				if needs(&l[k], &l[i]) && at[n][k] >= at[n][i] {
					t.Fatalf("list %d: launch %d needs %d, which runs in batch %d, itself in %d", n, i, k, at[n][k], at[n][i])
				}
			}
		}
	}
}

func TestScheduleRespectsNeeds(t *testing.T) {
	span := rapid.Custom(func(t *rapid.T) Span {
		from := rapid.Int32Range(0, 30).Draw(t, "from")
		return Span{from, from + rapid.Int32Range(-1, 9).Draw(t, "units")} // empty ones too
	})
	one := rapid.Custom(func(t *rapid.T) Launch {
		return Launch{
			Kernel: rapid.SampledFrom([]string{"conv", "ew", "blocks", "bnpart"}).Draw(t, "kernel"),
			Reads:  rapid.SliceOfN(span, 0, 3).Draw(t, "reads"),
			Writes: rapid.SliceOfN(span, 0, 2).Draw(t, "writes"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		lists := rapid.SliceOfN(rapid.SliceOfN(one, 0, 25), 0, 4).Draw(t, "lists")
		var graphs []*Graph
		for _, l := range lists {
			g := NewGraph(l)
			for k, later := range g.feeds {
				for _, i := range later {
					if !needs(&l[k], &l[i]) {
						t.Fatalf("launch %d does not need %d", i, k)
					}
				}
			}
			graphs = append(graphs, g)
		}
		batches := Schedule(graphs...)
		check(t, lists, batches)
		if again := Schedule(graphs...); !reflect.DeepEqual(again, batches) {
			t.Fatalf("scheduled again: %v, then %v", batches, again)
		}
	})
}

// A diamond: two convolutions read what the first left, the sum waits for both, and its twin's launches join.
func TestScheduleJoins(t *testing.T) {
	l := []Launch{
		{Kernel: "conv", Reads: []Span{{0, 4}}, Writes: []Span{{4, 8}}},
		{Kernel: "conv", Reads: []Span{{4, 8}}, Writes: []Span{{8, 12}}},
		{Kernel: "conv", Reads: []Span{{4, 8}}, Writes: []Span{{12, 16}}},
		{Kernel: "ew", Reads: []Span{{8, 12}, {12, 16}}, Writes: []Span{{0, 2}}},
	}
	g := NewGraph(l)
	got := Schedule(g, g)
	want := []Batch{
		{"conv", []Part{{0, 0}, {1, 0}}},
		{"conv", []Part{{0, 1}, {0, 2}, {1, 1}, {1, 2}}},
		{"ew", []Part{{0, 3}, {1, 3}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("batches %v, want %v", got, want)
	}
}

// The kernel with the longest way to the end goes first, even where another one has more launches ready.
func TestScheduleLongestWayFirst(t *testing.T) {
	l := []Launch{
		{Kernel: "ew", Writes: []Span{{20, 21}}},
		{Kernel: "ew", Writes: []Span{{21, 22}}},
		{Kernel: "conv", Writes: []Span{{0, 1}}},
		{Kernel: "ew", Reads: []Span{{0, 1}}, Writes: []Span{{1, 2}}},
		{Kernel: "conv", Reads: []Span{{1, 2}, {20, 22}}, Writes: []Span{{2, 3}}},
	}
	want := []Batch{
		{"conv", []Part{{0, 2}}},
		{"ew", []Part{{0, 0}, {0, 1}, {0, 3}}},
		{"conv", []Part{{0, 4}}},
	}
	if got := Schedule(NewGraph(l)); !reflect.DeepEqual(got, want) {
		t.Errorf("batches %v, want %v", got, want)
	}
}

// Lists whose weights no int holds end, in as many batches as a chain has launches.
func TestScheduleLong(t *testing.T) {
	const n = 60_000
	all, kernels := []Span{{0, 1}}, []string{"conv", "ew"}
	l := make([]Launch, n)
	for i := range l {
		l[i] = Launch{Kernel: kernels[i%2], Reads: all, Writes: all}
	}
	g := NewGraph(l)
	if got := len(Schedule(g, g)); got != n {
		t.Errorf("%d batches of a chain of %d", got, n)
	}
}

// layers is a list like a network's: each launch reads up to three of the last twenty outputs and has weights of its
// own; one at the end reads and writes them all, as the solver does.
func layers(rng *rand.Rand, n int) (l []Launch) {
	kernels := []string{"conv", "bnpart", "bnapply", "depth", "ew", "blocks"}
	out := []Span{{0, 64}}
	end, weights := int32(64), int32(1<<20)
	for range n - 1 {
		next := Span{end, end + 16 + rng.Int32N(100)}
		end = next.To
		w := Span{weights, weights + 1 + rng.Int32N(30)}
		weights = w.To
		x := Launch{Kernel: kernels[rng.IntN(len(kernels))], Reads: []Span{w}, Writes: []Span{next}}
		for range 1 + rng.IntN(3) {
			x.Reads = append(x.Reads, out[max(0, len(out)-1-rng.IntN(20))])
		}
		l, out = append(l, x), append(out, next)
	}
	all := Span{1 << 20, weights}
	return append(l, Launch{Kernel: "update", Reads: []Span{all}, Writes: []Span{all}})
}

func TestScheduleLayers(t *testing.T) {
	var lists [][]Launch
	var graphs []*Graph
	for seed := range uint64(4) {
		l := layers(rand.New(rand.NewPCG(seed, 0)), 300)
		lists, graphs = append(lists, l), append(graphs, NewGraph(l))
	}
	batches := Schedule(graphs...)
	check(t, lists, batches)
	if got, most := len(batches), 200; got > most {
		t.Errorf("%d batches for 4 lists of 300, at most %d expected", got, most)
	}
}

func BenchmarkNewGraph(b *testing.B) {
	l := layers(rand.New(rand.NewPCG(1, 0)), 1100)
	for b.Loop() {
		NewGraph(l)
	}
}

func BenchmarkSchedule(b *testing.B) {
	for _, n := range []int{1, 32} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var graphs []*Graph
			for seed := range uint64(n) {
				graphs = append(graphs, NewGraph(layers(rand.New(rand.NewPCG(seed, 0)), 1100)))
			}
			for b.Loop() {
				Schedule(graphs...)
			}
		})
	}
}

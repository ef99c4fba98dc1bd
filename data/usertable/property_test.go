package usertable

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Any table that is written, as CSV or Parquet, with its rows in any order, is read as it was.
func TestRandomTables(t *testing.T) {
	type run struct {
		arch             evolve.Arch
		epochs           int32
		seed             int64
		val, cost, extra any // nil val: it failed
	}
	rapid.Check(t, func(rt *rapid.T) {
		b := space.Bits{Length: rapid.IntRange(1, 12).Draw(rt, "length")}
		genome := rapid.Custom(func(t *rapid.T) evolve.Arch {
			return evolve.Arch(rapid.StringOfN(rapid.RuneFrom([]rune("01")), b.Length, b.Length, -1).Draw(t, "arch"))
		})
		archs := rapid.SliceOfNDistinct(genome, 1, min(6, 1<<b.Length), rapid.ID[evolve.Arch]).Draw(rt, "archs")
		epochs := rapid.SliceOfNDistinct(rapid.Int32Range(1, math.MaxInt32), 1, 3, rapid.ID[int32]).Draw(rt, "epochs")
		maybe := rapid.OneOf(rapid.Just[any](nil), rapid.Map(rapid.Float64Range(1e-300, 1e300), func(x float64) any { return x }))
		one := rapid.Map(rapid.Float64Range(-1e300, 1e300), func(x float64) any { return x })
		val := rapid.OneOf(rapid.Map(rapid.Float64Range(0, 100), func(x float64) any { return x }), rapid.Just[any](nil))
		var runs []run
		for _, a := range archs {
			for _, e := range epochs {
				if len(runs) > 0 && rapid.Bool().Draw(rt, "lacks") {
					continue
				}
				for _, s := range rapid.SliceOfNDistinct(rapid.Int64Range(0, math.MaxInt64), 1, 3, rapid.ID[int64]).Draw(rt, "seeds") {
					runs = append(runs, run{a, e, s, val.Draw(rt, "val"), maybe.Draw(rt, "cost"), one.Draw(rt, "extra")})
				}
			}
		}
		runs = rapid.Permutation(runs).Draw(rt, "order")
		double := parquet.Leaf(parquet.DoubleType)
		fields := []field{{"arch", parquet.String(), nil}, {"cost", double, nil}, {"fidelity", parquet.Int(32), nil}, {"more", double, nil}, {"seed", parquet.Int(64), nil}, {"val", double, nil}}
		for _, r := range runs {
			for i, x := range []any{string(r.arch), r.cost, r.epochs, r.extra, r.seed, r.val} {
				fields[i].cells = append(fields[i].cells, x)
			}
		}
		o := Options{Space: b, Percent: "yes"}
		table := mustRead(t, "t.csv", csvOf(fields...), o)
		same(t, table, mustRead(t, "t.parquet", parquetOf(t, packing{options: []parquet.WriterOption{parquet.PageBufferSize(64), parquet.MaxRowsPerRowGroup(7)}}, fields...), o))

		byEpochs := func(e int32) []run {
			return slices.DeleteFunc(slices.Clone(runs), func(r run) bool { return r.epochs != e })
		}
		epochs = slices.DeleteFunc(epochs, func(e int32) bool { return len(byEpochs(e)) == 0 })
		archs = slices.DeleteFunc(archs, func(a evolve.Arch) bool {
			return !slices.ContainsFunc(runs, func(r run) bool { return r.arch == a })
		})
		slices.Sort(epochs)
		if got := fmt.Sprint(table.Epochs); got != fmt.Sprint(epochs) || len(table.Archs) != len(archs) || table.Rows != len(runs) {
			rt.Fatalf("epochs %v of %v, %d of %d architectures, %d of %d rows", got, epochs, len(table.Archs), len(archs), table.Rows, len(runs))
		}
		seen, most := 0, 0
		for f, e := range epochs {
			for a, arch := range table.Archs {
				want := slices.DeleteFunc(slices.Clone(runs), func(r run) bool { return r.arch != arch || r.epochs != e })
				slices.SortFunc(want, func(a, b run) int { return cmp.Compare(a.seed, b.seed) })
				for i, r := range want {
					if got := table.Val(f, a)[i]; r.val == nil != math.IsNaN(got) || r.val != nil && got != 1-r.val.(float64)/100 {
						rt.Fatalf("%s, %d epochs: loss %v of %v %%", arch, e, got, r.val)
					}
					got := table.Cost(f, a)
					if r.cost == nil && got != nil && !math.IsNaN(got[i]) || r.cost != nil && got[i] != r.cost {
						rt.Fatalf("%s, %d epochs: cost %v of %v", arch, e, got, r.cost)
					}
					if got := table.Further("more")(f, a)[i]; got != r.extra {
						rt.Fatalf("%s, %d epochs: %v of %v", arch, e, got, r.extra)
					}
				}
				if got := len(table.Val(f, a)); got != len(want) {
					rt.Fatalf("%s, %d epochs: %d rows of %d", arch, e, got, len(want))
				}
				seen, most = seen+len(want), max(most, len(want))
			}
		}
		if seen != len(runs) || most != table.Repeats {
			rt.Fatalf("%d rows of %d, %d repeats, want %d", seen, len(runs), table.Repeats, most)
		}
	})
}

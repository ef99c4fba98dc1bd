package surrogate

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/cluster"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

func benchSource(b *testing.B, source string) *NB201 {
	b.Helper()
	if source == "table" {
		needTable(b)
	}
	return open(b, "nb201:cifar10,source="+source)
}

func runStudy(b *testing.B, bench evolve.Benchmark, algo string, rec evolve.Recorder) {
	b.Helper()
	b.ReportAllocs()
	s := evolve.Study{Problem: bench.Problem(), Searcher: newSearcher(b, algo), Pool: evolve.Simulate(bench, 1), Recorder: rec, Trials: b.N, Seed: 7}
	if _, err := s.Run(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mtrials/s")
}

// One study on one core with its incumbent kept, trial after trial.
func BenchmarkStudy(b *testing.B) {
	for _, source := range []string{"table", "surrogate"} {
		for _, c := range []struct{ name, algo string }{
			{"algo=random", "random"},
			{"algo=regevo/P=100/S=25", "regevo,population=100,sample=25"},
			{"algo=regevo/P=50/S=10", "regevo,population=50,sample=10"},
			{"algo=regevo/P=10/S=3", "regevo,population=10,sample=3"},
			{"algo=eaopt/P=50/S=3", "eaopt"},
		} {
			b.Run(c.name+"/source="+source, func(b *testing.B) {
				runStudy(b, benchSource(b, source), c.algo, new(winner))
			})
		}
	}
}

// The same on the larger space.
func BenchmarkStudyNB101(b *testing.B) {
	needNB101(b)
	for _, c := range []struct{ source, name, algo string }{
		{"table", "algo=regevo/P=50/S=10", "regevo,population=50,sample=10"},
		{"table", "algo=random", "random"},
		{"surrogate", "algo=regevo/P=50/S=10", "regevo,population=50,sample=10"},
	} {
		b.Run("bench=nb101/source="+c.source+"/"+c.name, func(b *testing.B) {
			runStudy(b, openNB101Text(b, "nb101,source="+c.source), c.algo, new(winner))
		})
	}
}

// One study of 10,000 workers that are slow and on which trials fail: ten million trials are to take 12 s on nb201 and
// 20 s on nb101, of one core.
func BenchmarkCluster(b *testing.B) {
	faults := cluster.Faults{Sigma: .5, Fail: .01}
	for _, name := range []string{"nb201", "nb101"} {
		b.Run("algo=regevo/P=1000/workers=10000/bench="+name, func(b *testing.B) {
			var bench evolve.Benchmark
			if name == "nb201" {
				bench = benchSource(b, "table")
			} else {
				needNB101(b)
				bench = openNB101Text(b, "nb101,source=table")
			}
			b.ReportAllocs()
			b.ResetTimer()
			s := evolve.Study{Problem: bench.Problem(), Searcher: newSearcher(b, "regevo,population=1000"), Recorder: new(winner),
				Pool: cluster.Simulate(bench, 10_000, faults, 7), Trials: b.N, Seed: 7}
			if _, err := s.Run(context.Background()); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mtrials/s")
		})
	}
}

// The same with every trial written as Parquet.
func BenchmarkRecordAll(b *testing.B) {
	for _, source := range []string{"table", "surrogate"} {
		b.Run("algo=regevo/P=100/S=25/source="+source, func(b *testing.B) {
			w := journal.NewTrialWriter(io.Discard, "", "regevo", "regevo")
			runStudy(b, benchSource(b, source), "regevo,population=100,sample=25", w)
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// What a command waits for before its first trial.
func BenchmarkOpen(b *testing.B) {
	b.Run("source=table", func(b *testing.B) {
		benchSource(b, "table")
		for b.Loop() {
			open(b, "nb201:cifar10,source=table")
		}
	})
	b.Run("source=surrogate", func(b *testing.B) {
		// The surrogate is read once a process; this reads it anew and predicts what a search
		// needs, the encodings of the cells apart.
		benchSource(b, "surrogate")
		for b.Loop() {
			c, err := readFitted(nb201Model)
			if err != nil {
				b.Fatal(err)
			}
			if err := new(NB201).fill(c, 0, 200); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkOpenNB101(b *testing.B) {
	needNB101(b)
	for _, text := range []string{"source=table", "source=table,val=measured"} {
		b.Run("bench=nb101/"+strings.ReplaceAll(text, ",", "/"), func(b *testing.B) {
			for b.Loop() {
				if _, err := tryOpen("nb101," + text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("bench=nb101/source=surrogate", func(b *testing.B) {
		for b.Loop() {
			if _, err := readNB101Fitted(nb101Model); err != nil { // read once a process otherwise
				b.Fatal(err)
			}
		}
	})
}

// One accuracy of one cell from the trees alone, nothing remembered: alone, and all at once.
func BenchmarkPredict(b *testing.B) {
	m := embedded(b).file.Model("cifar10_val_200")
	in, err := model.Whole(space.NB201{}, m.Encoding)
	if err != nil {
		b.Fatal(err)
	}
	x := in.Columns(nil)
	trees, _ := m.Trees.Size()
	name := func(rows int) string { return fmt.Sprintf("rows=%d/trees=%d", rows, trees) }
	rate := func(b *testing.B, rows int) {
		b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpredictions/s")
	}
	b.Run(name(1), func(b *testing.B) {
		const n = 1024
		var byRow [n][]uint8
		for i := range byRow {
			for f := range x {
				byRow[i] = append(byRow[i], x[f][i])
			}
		}
		for i := 0; b.Loop(); i++ {
			m.Trees.Predict(byRow[i%n])
		}
		rate(b, 1)
	})
	b.Run(name(space.NB201Size), func(b *testing.B) {
		all := make([]float64, space.NB201Size)
		for b.Loop() {
			if err := m.Trees.PredictAll(all, x); err != nil {
				b.Fatal(err)
			}
		}
		rate(b, len(all))
	})
}

// One number of one network of the nasnet space from the trees alone: its features listed or whole, and many
// networks at once.
func BenchmarkPredictNASNet(b *testing.B) {
	r, err := readRungs(nasnetDigitsModel)
	if err != nil {
		b.Fatal(err)
	}
	const n = 4096
	archs, stream := make([]evolve.Arch, n), evolve.Stream(1, "bench")
	for i := range archs {
		archs[i] = r.space.Sample(stream)
	}
	in, err := model.Encode(r.space.(evolve.Encoder), NASNetEncoding, n, func(i int) evolve.Arch { return archs[i] })
	if err != nil {
		b.Fatal(err)
	}
	x, rows, trees := in.Columns(nil), make([][]uint8, n), r.val.Trees
	for i := range rows {
		for f := range x {
			rows[i] = append(rows[i], x[f][i])
		}
	}
	size, _ := trees.Size()
	rate := func(b *testing.B, rows int) {
		b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpredictions/s")
	}
	b.Run(fmt.Sprintf("bench=nasnet-digits/rows=1/features=whole/trees=%d", size), func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			trees.Predict(rows[i%n])
		}
		rate(b, 1)
	})
	ones := make([][]uint16, n)
	for i, row := range rows {
		for f, v := range row {
			if v == 1 {
				ones[i] = append(ones[i], uint16(f))
			}
		}
	}
	b.Run(fmt.Sprintf("bench=nasnet-digits/rows=1/features=listed/trees=%d", size), func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			trees.PredictOnes(ones[i%n])
		}
		rate(b, 1)
	})
	b.Run(fmt.Sprintf("bench=nasnet-digits/rows=%d/trees=%d", n, size), func(b *testing.B) {
		all := make([]float64, n)
		for b.Loop() {
			if err := trees.PredictAll(all, x); err != nil {
				b.Fatal(err)
			}
		}
		rate(b, n)
	})
}

// Studies of what is predicted trial by trial.
func BenchmarkStudyPredicted(b *testing.B) {
	for _, bench := range []string{"nasnet-digits", "nasnet-digits,objectives=error+params+flops",
		"accel,source=surrogate"} {
		b.Run("bench="+strings.ReplaceAll(bench, ",", "/")+"/algo=regevo/P=50/S=10", func(b *testing.B) {
			spec, err := evolve.ParseSpec(bench)
			if err != nil {
				b.Fatal(err)
			}
			e, _, err := evolve.Benchmarks.Open(spec)
			if err != nil {
				b.Fatal(err)
			}
			runStudy(b, e, "regevo,population=50,sample=10", new(winner))
		})
	}
}

package fit

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/benchtest"
	"github.com/amoeba-nas/amoeba/surrogate"
)

func TestMain(m *testing.M) { benchtest.Main(m) }

// Short names of what all tests of benchmarks share.
var (
	tryOpen  = benchtest.Open
	of       = benchtest.Of
	asks     = benchtest.Asks
	scored   = benchtest.Scored
	near     = benchtest.Near
	oneLine  = benchtest.OneLine
	userFile = benchtest.UserFile
)

// The embedded file is that of `amoeba surrogate fit nb201` with its defaults.
var embeddedFit = Options{Train: .8, Seed: 1, Procs: 2}

// A fit is the same bytes on any number of cores, and the embedded file is such a fit.
func TestFitIsDeterministic(t *testing.T) {
	if testing.Short() {
		t.Skip("fits 18 models three times")
	}
	table := benchtest.NB201(t)
	text, rep, err := NB201(context.Background(), table, embeddedFit)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, embeddedFile(t, "nb201.model")) {
		t.Error("another file than the embedded one: if the fit was changed on purpose, run amoeba surrogate fit nb201 --out surrogate/nb201.model")
	}
	if rep.Bytes != len(text) || rep.plan.table != table.Hash || len(rep.Targets) != 18 {
		t.Errorf("report %d bytes, %d targets, table %s", rep.Bytes, len(rep.Targets), rep.plan.table)
	}
	q := rep.Targets[2]
	if q.Name != "cifar10_val_200" || q.Above == nil || q.Above.R2 < .95 || q.Above.Tau < .88 {
		t.Errorf("%s: above 80 %% %+v, want R² 0.95 and tau 0.88", q.Name, q.Above)
	}
	if q.Unseen == nil || q.Unseen.N < 500 || q.Unseen.R2 < .95 || q.Unseen.Tau > q.Tau {
		t.Errorf("%s: cells without twin %+v, all %+v", q.Name, q.Unseen, q.Quality)
	}
	if q := rep.Targets[3]; q.OneSeed == nil || !(q.OneSeed.Tau > q.Tau) {
		t.Errorf("%s: %+v orders cells better than one training run does, %+v", q.Name, q.Quality, q.OneSeed)
	}
	var one, two []byte
	small := Options{Train: .05, Seed: 7, Procs: 1}
	if one, _, err = NB201(context.Background(), table, small); err != nil {
		t.Fatal(err)
	}
	small.Procs = 2
	if two, _, err = NB201(context.Background(), table, small); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one, two) {
		t.Error("one core and two fit different bytes")
	}
}

// From shuffled labels nothing can be learnt; if something is, the split leaks.
func TestFitPermutedLabels(t *testing.T) {
	if testing.Short() {
		t.Skip("fits 18 models")
	}
	text, rep, err := NB201(context.Background(), benchtest.NB201(t), Options{Train: .8, Seed: 1, Permute: true, Procs: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range rep.Targets {
		if !(q.R2 < .05) || !(math.Abs(q.Tau) < .1) {
			t.Errorf("%s: %+v, want R² below 0.05 and tau within 0.1 of 0", q.Name, q.Quality)
		}
	}
	var page strings.Builder
	if err := rep.WriteMarkdown(&page); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte("negative control")) || !strings.Contains(page.String(), "SHUFFLED") {
		t.Error("the control does not call itself one")
	}
}

func TestFitRefuses(t *testing.T) {
	table := benchtest.NB201(t)
	for _, train := range []float64{0, -1, 1.5, math.NaN(), 1e-9, .9999} {
		_, _, err := NB201(context.Background(), table, Options{Train: train, Procs: 2})
		oneLine(t, err, evolve.ErrInvalid, fmt.Sprintf("train %g", train))
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, _, err := NB201(ctx, table, embeddedFit)
	oneLine(t, err, context.Canceled)
}

// The fit gives the embedded bytes again.
func TestNASNetDigitsFitAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("fits all models")
	}
	text, _, err := nasnetDigits(context.Background(), Options{Train: .8, Seed: 1, Procs: 1})
	embedded := embeddedFile(t, "nasnetdigits.model")
	if err != nil || !bytes.Equal(text, embedded) {
		t.Errorf("%d bytes, %v: not the %d that are embedded", len(text), err, len(embedded))
	}
}

// Of shuffled labels nothing can be learnt.
func TestNASNetDigitsPermuted(t *testing.T) {
	if testing.Short() {
		t.Skip("fits all models")
	}
	_, rep, err := nasnetDigits(context.Background(), Options{Train: .8, Seed: 1, Permute: true, Procs: 2})
	if err != nil {
		t.Fatal(err)
	}
	runs, err := surrogate.NASNetDigitsRuns()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range rep.Targets {
		// Tau of two independent orders of n has a variance of 2(2n+5)/9n(n-1) (Kendall 1938).
		n := float64(len(runs.Cells)) / 5
		if sd := math.Sqrt(2 * (2*n + 5) / (9 * n * (n - 1))); math.Abs(q.Tau) > 4*sd {
			t.Errorf("%s: shuffled labels are foreseen with a tau of %.3f", q.Name, q.Tau)
		}
	}
}

func BenchmarkFit(b *testing.B) {
	table := benchtest.NB201(b)
	b.Run("models=18/procs=2", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := NB201(context.Background(), table, embeddedFit); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// embeddedFile is what package surrogate embeds.
func embeddedFile(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

package card

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/surrogate"
)

// ownRuns reads runs that package surrogate embeds.
func ownRuns(t *testing.T, name string) *ownruns.Table {
	t.Helper()
	r, err := surrogate.ReadRuns(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The card says of runs what is counted here in another way.
func TestRuns(t *testing.T) {
	r := ownRuns(t, "digits201.bin")
	var page bytes.Buffer
	if err := Runs(&page, r); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	column := func(counts []int, images, epoch int) []float64 {
		xs := make([]float64, len(r.Cells))
		for c := range xs {
			right := 0
			for k := range 3 {
				right += counts[r.At(c, k, epoch)]
			}
			xs[c] = 100 * float64(right) / float64(3*images)
		}
		return xs
	}
	val, test := column(r.Val, 359, 20), column(r.Test, 359, 20)
	var within float64
	for c := range r.Cells {
		for k := range 3 {
			d := 100*float64(r.Test[r.At(c, k, 20)])/359 - test[c]
			within += d * d / float64(2*len(r.Cells))
		}
	}
	mean, _ := stats.MeanSD(test)
	for _, want := range []string{
		"# Runs of nb201 on digits\n", "6,466 cells, each trained with 3 seeds, a run each of 20 epochs", r.Hash, `"kernels": "`,
		fmt.Sprintf(" | %.4g |\n| test %% | ", slices.Max(val)),
		fmt.Sprintf("| 20 | test %% | %.4g | ", mean), fmt.Sprintf(" | %.3g | ", math.Sqrt(within)),
		fmt.Sprintf("| val %% and test %% | %.3f | %.3f |\n", stats.KendallTauB(val, test), stats.Spearman(val, test)),
		fmt.Sprintf("| 10 | %.3f | ", stats.KendallTauB(column(r.Val, 359, 10), column(r.Val, 359, 1))),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the card lacks %q", want)
		}
	}
	if !strings.Contains(text, " hours of one core.\n") {
		t.Error("the card does not say that its hours are a core's")
	}
	// One run each: nothing is said of noise. A device is no core.
	page.Reset()
	once := *ownRuns(t, "nasnetdigits.bin")
	once.Clock = strings.ReplaceAll(once.Clock, "on one core", "on a card, driver 7")
	if err := Runs(&page, &once); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page.String(), " hours.\n") || strings.Contains(page.String(), "one core") {
		t.Error("a device's hours are told as a core's")
	}
	if !strings.Contains(page.String(), "Every cell was trained once") {
		t.Error("a card of single runs tells of noise")
	}
}

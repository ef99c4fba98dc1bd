package truth

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

func near(t *testing.T, what string, got, want, by float64) {
	t.Helper()
	if !(math.Abs(got-want) <= by) {
		t.Errorf("%s: %g, want %g ± %g", what, got, want, by)
	}
}

// digits201 is nearly flat, and what one run and a perfect prediction have on it is far from 1.
func TestDigits201(t *testing.T) {
	for _, want := range []struct {
		part                               string
		good                               int     // cells above 98 %
		sd, within, loss, accuracy, params float64 // of one run and of parameters tau-b; sds in points of accuracy
		limitLoss, limitAccuracy           float64
	}{{Test, 6159, .366, .448, .161, .161, .158, .45, .51}, {Validation, 6427, .300, .404, .186, .144, .167, .52, .44}} {
		tr, err := Open("digits201", want.part)
		if err != nil || len(tr.Views) != 4 {
			t.Fatal(len(tr.Views), err)
		}
		good := 0
		for _, m := range tr.Views[2].means {
			if m*tr.Views[2].scale > 98 {
				good++
			}
		}
		loss, accuracy := tr.Views[1], tr.Views[3]
		if good != want.good || !loss.Live || loss.By != ByLoss || !accuracy.Live || len(loss.Cells) != 6461 {
			t.Errorf("%s: %d good cells, %+v", want.part, good, loss.By)
		}
		s := accuracy.Spread()
		near(t, "sd of means", s.SDMeans, want.sd, .001)
		near(t, "sd within", s.Within, want.within, .001)
		near(t, "sd between", s.Between, math.Sqrt(s.SDMeans*s.SDMeans-s.Within*s.Within/3), 1e-9)
		none := loss.Stream(1, "none")
		near(t, "one run by loss", loss.OneRun(0, none).TauB, want.loss, .001)
		near(t, "one run by accuracy", accuracy.OneRun(0, none).TauB, want.accuracy, .001)
		near(t, "parameters by loss", loss.Params(0, none).TauB, want.params, .001)
		near(t, "limit by loss", loss.NormalLimit().TauB, want.limitLoss, .06)
		near(t, "limit by accuracy", accuracy.NormalLimit().TauB, want.limitAccuracy, .06)
		ranks := accuracy.RankLimit(accuracy.OneRun(20, none))
		near(t, "limit of accuracy by ranks", ranks.TauB, .435, .02)
		if !(ranks.Low.TauB < ranks.TauB && ranks.TauB < ranks.High.TauB) {
			t.Errorf("%+v", ranks)
		}
		simulated := loss.Simulate(5, none)
		near(t, "limit by loss, simulated", simulated.Limit.TauB, want.limitLoss, .06)
		near(t, "one run by loss, simulated", simulated.OneRun.TauB, want.loss, .02)
		if !math.IsNaN(tr.Views[0].NormalLimit().TauB) {
			t.Error("a normal limit with dead cells")
		}
	}
}

// fashion201 has cells far apart: one run orders them well, and there is room above it.
func TestFashion201(t *testing.T) {
	tr, err := Open("fashion201", Test)
	if err != nil || len(tr.Views) != 4 {
		t.Fatal(len(tr.Views), err)
	}
	loss, accuracy := tr.Views[1], tr.Views[3]
	if len(loss.Cells) != 299 || !loss.Live || !accuracy.Live {
		t.Errorf("%d live cells, want all but the dead one", len(loss.Cells))
	}
	s, none := accuracy.Spread(), loss.Stream(1, "none")
	near(t, "sd of means", s.SDMeans, 1.15, .05)
	near(t, "sd within", s.Within, .55, .01)
	near(t, "one run by loss", loss.OneRun(0, none).TauB, .633, .001)
	near(t, "one run by accuracy", accuracy.OneRun(0, none).TauB, .530, .001)
	near(t, "parameters by loss", loss.Params(0, none).TauB, .591, .001)
	near(t, "limit by loss", loss.NormalLimit().TauB, .831, .001)
	near(t, "limit by loss, by ranks", loss.RankLimit(loss.OneRun(20, none)).TauB, .81, .02)
}

// table is of cells with normal true losses and noise of the given deviations.
func table(cells, seeds int, between, within float64) *ownruns.Table {
	r := evolve.Stream(1, "table of a test")
	t := &ownruns.Table{Header: ownruns.Header{Space: "nb201", Seeds: seeds, Epochs: 1, Images: ownruns.Images{Train: 1, Val: 1000, Test: 1000}}}
	for i := 15624; len(t.Cells) < cells; i-- {
		a := space.NB201{}.At(i)
		if (space.NB201{}).Dead(a) {
			continue
		}
		x := 1 + between*r.NormFloat64()
		t.Cells, t.Params = append(t.Cells, a), append(t.Params, 1000000-int(1000*x))
		for range seeds {
			y := x + within*r.NormFloat64()
			t.TestLoss, t.Test = append(t.TestLoss, float32(y)), append(t.Test, int(math.Round(1000-400*y)))
		}
	}
	return t
}

// Of normal cells and noise the measured, the simulated and the computed references are one.
func TestReferencesOfNormalCells(t *testing.T) {
	const cells, seeds, between, within = 3000, 3, .1, .15
	tr, err := Of("made", Test, table(cells, seeds, between, within))
	if err != nil || len(tr.Views) != 2 {
		t.Fatal(err)
	}
	b, w := between*between, within*within
	limit := stats.NormalTau(math.Sqrt(b / (b + w/seeds)))
	one := stats.NormalTau(b / math.Sqrt((b+w)*(b+w/(seeds-1))))
	for _, v := range tr.Views {
		rng := v.Stream(1, "test")
		near(t, "limit", v.NormalLimit().TauB, limit, .02)
		near(t, "one run", v.OneRun(0, rng).TauB, one, .02)
		s := v.Simulate(10, rng)
		near(t, "limit by ranks", v.RankLimit(v.OneRun(0, rng)).TauB, limit, .02)
		near(t, "simulated limit", s.Limit.TauB, limit, .02)
		near(t, "simulated one run", s.OneRun.TauB, one, .02)
		// The parameters are the true values here, so that they are a perfect prediction.
		p := v.Params(100, rng)
		near(t, "perfect prediction", p.TauB, limit, .02)
		if !(p.Low.TauB < p.TauB && p.TauB < p.High.TauB && p.High.TauB-p.Low.TauB < .05 && p.Low.Precision[2] < p.Precision[2]) {
			t.Errorf("%s: %+v", v.By, p)
		}
		if worst := v.Judge(negated(v.means), 0, rng); worst.TauB != -1 || worst.Precision[0] != 0 || !math.IsNaN(worst.Low.TauB) {
			t.Errorf("turned: %+v", worst)
		}
	}
	spread := tr.Views[0].Spread()
	near(t, "mean", spread.Mean, 1, .01)
	near(t, "between", spread.Between, between, .005)
	near(t, "within", spread.Within, within, .005)
}

func negated(xs []float64) (out []float64) {
	for _, x := range xs {
		out = append(out, -x)
	}
	return out
}

func TestReport(t *testing.T) {
	tr, err := Of("made", Test, table(200, 2, .1, .1))
	if err != nil {
		t.Fatal(err)
	}
	r := tr.Report(30, 5, 1)
	again, err := json.Marshal(tr.Report(30, 5, 1))
	if text, _ := json.Marshal(r); err != nil || !bytes.Equal(text, again) {
		t.Error("another report of the same seed")
	}
	var text, table bytes.Buffer
	if err := errors.Join(r.WriteText(&text), r.WriteCSV(&table)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"made · 200 cells of nb201, 2 seeds each, test part after epoch 1\n",
		"by loss, all cells (200): mean ", "by accuracy, all cells (200): mean ", "  one run", "  limit if normal",
		"95 %, over cells, 30 resamplings of the bootstrap; 95 % of what is simulated, over 5 tables"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%s\nwant %s", text.String(), want)
		}
	}
	rows, err := csv.NewReader(&table).ReadAll()
	if err != nil || len(rows) != 13 || len(rows[0]) != 21 || rows[1][5] != "one_run" || rows[6][5] != "one_run_simulated" {
		t.Errorf("%q, %v", rows, err)
	}
	for _, row := range rows[1:7] { // one name in both
		if key := `"` + row[5] + `":{"tau_b":`; !bytes.Contains(again, []byte(key)) {
			t.Errorf("the JSON has no %s", key)
		}
	}
	if rows[3][6] == "" || rows[3][7] != "" || rows[3][12] != "" { // tau under normality has no interval, and no precision
		t.Errorf("%q", rows[3])
	}
	if x := r.Views[0].OneRun; !(x.TauBLow < x.TauB && x.TauB < x.TauBHigh) || x.Precision10 <= .1 {
		t.Errorf("%+v", x)
	}
}

func TestRefused(t *testing.T) {
	for says, err := range map[string]error{
		`truth "digits"`: open("digits", Test), `truth "nb201:svhn"`: open("nb201:svhn", Test), "runs:FILE": open("runs:", Test),
		"no-such-file": open("runs:no-such-file", Test), `part of a truth "train"`: open("digits201", "train"),
		"one run of each cell": of(table(100, 1, 1, 1)), "9 cells, want at least 10": of(table(9, 2, 1, 1)),
	} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %s", err, says)
		}
	}
}

func open(name, part string) error {
	_, err := Open(name, part)
	return err
}

func of(table *ownruns.Table) error {
	_, err := Of("made", Test, table)
	return err
}

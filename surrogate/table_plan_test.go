package surrogate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// halvingCSV is the log of a successive halving: five cells at 1 epoch, one of which failed,
// three at 3, of which 222222 failed in one of two runs, two at 9, one of which failed.
const halvingCSV = `arch,fidelity,seed,val,test,cost,params
000000,1,0,10,11,1,5
111111,1,0,20,21,2,6
222222,1,0,30,31,3,7
333333,1,0,40,41,4,8
444444,1,0,,,0,9
222222,3,0,35,36,9,7
222222,3,1,nan,,5,7
333333,3,0,45,46,12,8
111111,3,0,15,16,6,6
222222,9,0,inf,inf,20,
333333,9,0,50,48,30,8
`

func TestUserTableOfHyperband(t *testing.T) {
	path := userFile(t, halvingCSV)
	for _, c := range []struct {
		option string
		archs  []evolve.Arch
		epochs []int
		says   []string
		report map[evolve.Arch]float64 // val in per cent
	}{
		{"", []evolve.Arch{"222222", "333333"}, []int{1, 3, 9}, []string{
			"11 rows, 5 architectures; the 2 with a row of 9 epochs alone can be proposed (epochs=1 has 5, epochs=3 has 3); failed runs, without val, which are charged and in no mean of val and test: 3",
			"pool: only the 2 recorded"}, map[evolve.Arch]float64{"333333": 50, "222222": math.NaN()}},
		{",epochs=3", []evolve.Arch{"111111", "222222", "333333"}, []int{1, 3}, []string{
			"the 3 with a row of 3 epochs alone can be proposed (epochs=1 has 5); reported are results after 3 epochs"}, map[evolve.Arch]float64{"111111": 15, "222222": 35, "333333": 45}},
		{",epochs=1", []evolve.Arch{"000000", "111111", "222222", "333333", "444444"}, []int{1}, []string{
			"5 architectures; reported are results after 1 epoch"}, map[evolve.Arch]float64{"000000": 10, "444444": math.NaN()}},
	} {
		b := ofRows(t, "table:"+path+c.option)
		var archs []evolve.Arch
		for i := range b.space.Size() {
			archs = append(archs, b.space.(evolve.Enumerable).At(i))
		}
		slices.Sort(archs)
		var epochs []int
		for _, f := range b.Problem().Fidelities {
			epochs = append(epochs, f.Epochs)
		}
		if !slices.Equal(archs, c.archs) || !slices.Equal(epochs, c.epochs) {
			t.Errorf("%q: %v at %v, want %v at %v", c.option, archs, epochs, c.archs, c.epochs)
		}
		for _, part := range c.says {
			if !strings.Contains(b.About().Source, part) {
				t.Errorf("%q: %s: want %q", c.option, b.About().Source, part)
			}
		}
		for a, val := range c.report {
			if got := 100 * (1 - scored(t, b, a).Val); !(math.Abs(got-val) < 1e-9) && !(math.IsNaN(got) && math.IsNaN(val)) {
				t.Errorf("%q: %s is reported with %v, want %v", c.option, a, got, val)
			}
		}
	}
}

// A failed run fails the trial that draws it, at what it cost, and counts in no mean of scores.
func TestUserTableOfFailures(t *testing.T) {
	path := userFile(t, halvingCSV)
	for _, c := range []struct {
		option string
		arch   evolve.Arch
		epochs int
		seed   uint64
		failed bool
		loss   float64
		cost   float64
	}{
		{"epochs=1", "444444", 0, 0, true, 0, 0},
		{"epochs=3", "222222", 0, 0, false, .65, 9},
		{"epochs=3", "222222", 0, math.MaxUint64, true, 0, 5},
		{"epochs=3,noise=mean", "222222", 0, math.MaxUint64, false, .65, 7},
		{"epochs=9", "222222", 0, 5, true, 0, 20},
		{"epochs=9,noise=mean", "222222", 0, 5, true, 0, 20},
		{"epochs=9", "222222", 1, 5, false, .7, 3},
		{"epochs=9", "333333", 0, 5, false, .5, 30},
	} {
		b := ofRows(t, "table:"+path+","+c.option)
		tr := of(c.arch)
		tr.Epochs, tr.Seed = c.epochs, c.seed
		var r evolve.Result
		err := b.Evaluate(context.Background(), &tr, &r)
		if errors.Is(err, evolve.ErrFailed) != c.failed || err != nil != c.failed || r.Cost != c.cost || !c.failed && math.Abs(r.Loss-c.loss) > 1e-12 {
			t.Errorf("%s, %s after %d epochs: %+v, %v; want %+v", c.option, c.arch, c.epochs, r, err, c)
		}
	}
	// 222222 failed at 9 epochs, and its empty params are asked for by nobody.
	b := ofRows(t, "table:"+path+",objectives=error+params")
	if f := facts(t, b, "222222"); f["failed"].Value != 1 || facts(t, b, "333333")["failed"].Value != 0 {
		t.Errorf("%+v", f)
	}
	if _, told := facts(t, b, "222222")["val"]; told {
		t.Error("a val is told that nobody measured")
	}
	a := b.About()
	near(t, "best val", a.BestVal, .5, 1e-12)
	near(t, "best test", a.BestTest, .52, 1e-12)
	// A search goes on over failures, and finds what did not fail.
	for _, option := range []string{"", ",objectives=error+params", ",epochs=3", ",epochs=1,noise=mean"} {
		b := ofRows(t, "table:"+path+option)
		var w winner
		s := evolve.Study{Problem: b.Problem(), Searcher: newSearcher(t, "regevo,population=4,sample=2"), Pool: evolve.Simulate(b, 2), Recorder: &w, Trials: 60, Seed: 1}
		if _, err := s.Run(context.Background()); err != nil || w.told != 60 || w.trial.Arch != "333333" {
			t.Errorf("%q: %d trials, best %s, %v", option, w.told, w.trial.Arch, err)
		}
	}
}

// A permutation leaves columns: a row that lacks one fails whatever the result that it shows, and so it does at the
// fewer epochs that it has a loss of. No other row fails but those that show a failure.
func TestUserTableOfFailuresPermuted(t *testing.T) {
	path := userFile(t, "arch,fidelity,val,cost,params\n000000,1,12,1,5\n111111,1,,1,\n222222,1,14,1,7\n"+
		"000000,2,10,1,5\n111111,2,,1,\n222222,2,30,1,7\n")
	moved := false
	for _, permute := range []string{"", ",permute=1", ",permute=2", ",permute=3", ",permute=4"} {
		b := ofRows(t, "table:"+path+",objectives=auto+params"+permute)
		best := math.Inf(1)
		for _, a := range []evolve.Arch{"000000", "111111", "222222"} {
			tr := of(a)
			var r evolve.Result
			err := b.Evaluate(t.Context(), &tr, &r)
			failed := a == "111111" || math.IsNaN(scored(t, b, a).Val)
			if errors.Is(err, evolve.ErrFailed) != failed || !failed && !(r.Others[0] >= 5) {
				t.Errorf("%s%s: %+v, %v", a, permute, r, err)
			}
			if err == nil {
				best = min(best, r.Loss)
			}
			moved = moved || a != "111111" && failed
		}
		near(t, "best val"+permute, b.About().BestVal, best, 1e-12)
	}
	if !moved {
		t.Error("no permutation moved the failure")
	}
}

// Whoever follows an error's advice gets on.
func TestUserTableAdvice(t *testing.T) {
	for _, c := range []struct {
		name, text, options string
		advice              string
		better, with        string // the text or the options that follow it
	}{
		{"few at the longest", "arch,val,fidelity\n000000,1,1\n000000,2,2\n111111,.0,1\n", "", "want at least 2; epochs=1 has 2", "", "epochs=1"},
		{"no such schedule", "arch,val,fidelity\n000000,1,1\n111111,0,1\n", "epochs=2", "epochs=2: the file has 1", "", "epochs=1"},
		{"empty test", "arch,val,test\n000000,1,\n111111,0,1\n", "", `column "test": empty, want a number in every row that has val; or leave the column out`, "arch,val\n000000,1\n111111,0\n", ""},
		{"empty test of a failed run", "arch,val,test\n000000,1,\n111111,0,1\n", "", "want a number in every row that has val", "arch,val,test\n000000,,\n111111,0,1\n222222,1,1\n", ""},
		{"infinite test", "arch,val,test\n000000,1,inf\n111111,0,1\n", "", "leave the column out, or val of this run empty if it failed", "arch,val,test\n000000,,inf\n111111,0,1\n", ""},
		{"infinite test, left out", "arch,val,test\n000000,1,inf\n111111,0,1\n", "", "leave the column out, or", "arch,val\n000000,1\n111111,0\n", ""},
		{"empty cost", "arch,val,cost\n000000,,\n111111,0,1\n", "", `column "cost": empty, want a number in every row; or leave the column out`, "arch,val\n000000,\n111111,0\n", ""},
		{"infinite further", "arch,val,size\n000000,1,inf\n111111,0,1\n", "", "where there is none, leave the cell empty", "arch,val,size\n000000,1,\n111111,0,1\n", ""},
		{"repeats", "arch,val\n000000,1\n000000,0\n111111,0\n", "", `repeats need a column "seed"`, "arch,val,seed\n000000,1,0\n000000,0,1\n111111,0,0\n", ""},
		{"one seed", "arch,val,seed\n000000,1,0\n000000,0,0\n111111,0,0\n", "", "repeats need seeds of their own", "arch,val,seed\n000000,1,0\n000000,0,1\n111111,0,0\n", ""},
		{"mixed units", "arch,val\n000000,.5\n111111,92\n", "", "say percent=yes", "", "percent=yes"},
		{"mixed units of val", "arch,val,test\n000000,.5,.5\n111111,92,.5\n", "", "say percent=val", "", "percent=val"},
		{"no test", "arch,val\n000000,.5\n111111,.2\n", "percent=test", "percent=no reads val as fractions", "", "percent=no"},
	} {
		_, err := tryOpen("table:" + userFile(t, c.text) + join(c.options))
		if err == nil || !strings.Contains(err.Error(), c.advice) {
			t.Errorf("%s: %v, want %q", c.name, err, c.advice)
		}
		text := c.text
		if c.better != "" {
			text = c.better
		}
		if _, err := tryOpen("table:" + userFile(t, text) + join(c.with)); err != nil {
			t.Errorf("%s: %q was followed: %v", c.name, c.advice, err)
		}
	}
	_, err := tryOpen("table:" + userFile(t, "arch,val,fidelity\n000000,,3\n111111,nan,3\n222222,1,1\n"))
	oneLine(t, err, evolve.ErrInvalid, "every run of 3 epochs failed: column val has no number")
}

func join(options string) string {
	if options == "" {
		return ""
	}
	return "," + options
}

// Shuffled runs keep the costs of the architectures that are charged, of which there may be fewer.
func TestUserTablePermuteRepeats(t *testing.T) {
	path := userFile(t, ownCSV)
	for seed := range 6 {
		b := ofRows(t, fmt.Sprintf("table:%s,permute=%d", path, seed))
		for _, a := range []evolve.Arch{"000000", "111111", "333333"} {
			tr := of(a)
			tr.Seed = math.MaxUint64
			want := map[evolve.Arch]float64{"000000": 70, "111111": 80, "333333": 90}[a]
			if r := asks(t, b, tr); r.Cost != want {
				t.Errorf("permute=%d: %s costs %v, want %v", seed, a, r.Cost, want)
			}
		}
	}
}

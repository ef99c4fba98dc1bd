package surrogate

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// ownCSV has three cells, two schedules, and two runs of the first at the longer.
const ownCSV = `arch,fidelity,seed,val,test,cost,latency,joules,comment
000000,12,0,10,11,5,1,7,a
000000,200,0,20,21,50,2,8,b
000000,200,1,30,25,70,4,,c
111111,12,0,40,41,6,3,9,d
111111,200,7,60,61,80,5,9,e
333333,12,0,50,51,7,6,9,f
333333,200,0,90,80,90,8,9,g
`

func TestUserTable(t *testing.T) {
	path := userFile(t, ownCSV)
	b := ofRows(t, "table:"+path)
	a := b.About()
	if a.Title != "own.csv" || a.Kind != "table" || a.Dataset != path || a.Epochs != 200 || a.Metric.Name() != "accuracy" || len(a.Hash) != 64 {
		t.Errorf("%+v", a)
	}
	for _, part := range []string{"user's table " + path + ": 7 rows, 3 architectures", "up to 2 repeats (noise=draw)", "pool: only the 3 recorded", `column "comment" is ignored`} {
		if !strings.Contains(a.Source, part) {
			t.Errorf("%s: want %q", a.Source, part)
		}
	}
	near(t, "best val", a.BestVal, .1, 1e-12)
	near(t, "best test", a.BestTest, .2, 1e-12)
	if d := cmp.Diff([]evolve.Fidelity{{Epochs: 12}, {Epochs: 200}}, b.Problem().Fidelities); d != "" {
		t.Error(d)
	}
	for _, c := range []struct {
		arch       evolve.Arch
		epochs     int
		seed       uint64
		loss, cost float64
	}{
		{"000000", 12, 0, .9, 5}, {"000000", 0, 0, .8, 50}, {"000000", 200, math.MaxUint64, .7, 70},
		// Who has one run has it at every draw; each schedule is charged in full, what the drawn run cost.
		{"111111", 0, 0, .4, 80}, {"111111", 0, math.MaxUint64, .4, 80}, {"333333", 0, 1, .1, 90},
	} {
		tr := of(c.arch)
		tr.Epochs, tr.Seed, tr.Trained = c.epochs, c.seed, 12
		r := asks(t, b, tr)
		near(t, string(c.arch)+" loss", r.Loss, c.loss, 1e-12)
		near(t, string(c.arch)+" cost", r.Cost, c.cost, 1e-12)
	}
	s := scored(t, b, "000000")
	near(t, "val, the mean", s.Val, .75, 1e-12)
	near(t, "test, the mean", s.Test, .77, 1e-12)
	f := facts(t, b, "000000")
	near(t, "val as told", f["val"].Value, 25, 1e-9)
	near(t, "test as told", f["test"].Value, 23, 1e-9)
	if f["val"].Unit != "%" || f["latency"].Value != 3 || f["joules"].Value != 8 {
		t.Errorf("%+v", f)
	}
	if len(b.Problem().Proxies) != 0 {
		t.Error("what a user measured is no proxy")
	}
}

func TestUserTableOptions(t *testing.T) {
	path := userFile(t, ownCSV)
	b := ofRows(t, "table:"+path+",noise=mean,epochs=12,objectives=error+latency,moves=refuse")
	if d := cmp.Diff([]evolve.Fidelity{{Epochs: 12}}, b.Problem().Fidelities); d != "" {
		t.Error(d)
	}
	if _, ok := b.Problem().Space.(evolve.Mutator); ok {
		t.Error("moves=refuse moves")
	}
	// What the search trains is short, what is reported is the longest schedule.
	r := asks(t, b, of("111111"))
	near(t, "loss", r.Loss, .6, 1e-12)
	if r.Cost != 6 || len(r.Others) != 1 || r.Others[0] != 5 || b.About().Epochs != 12 {
		t.Errorf("%+v", r)
	}
	near(t, "report", scored(t, b, "111111").Val, .4, 1e-12)

	mean := ofRows(t, "table:"+path+",noise=mean")
	for _, seed := range []uint64{0, math.MaxUint64} {
		tr := of("000000")
		tr.Seed = seed
		near(t, "mean of repeats", asks(t, mean, tr).Loss, .75, 1e-12)
	}
	if !strings.Contains(mean.About().Source, "noise=mean") {
		t.Error(mean.About().Source)
	}
	for text, c := range map[string]struct {
		is    error
		parts []string
	}{
		"epochs=100":               {evolve.ErrUnsupported, []string{path, "epochs=100", "has 12, 200"}},
		"epochs=-1":                {evolve.ErrInvalid, []string{"epochs=-1"}},
		"objectives=error+latenci": {evolve.ErrUnknown, []string{`did you mean "latency"?`}},
		"objectives=error+comment": {evolve.ErrUnknown, []string{"comment"}},
		"objectives=error+joules":  {evolve.ErrInvalid, []string{path + ":4", "joules", "empty"}},
		"space=nb2001":             {evolve.ErrUnknown, []string{`did you mean "nb201"?`}},
		"metric=acc":               {evolve.ErrUnknown, []string{"metric", "known: accuracy, ROC-AUC"}},
		"noise=none":               {evolve.ErrUnknown, []string{"draw, mean"}},
		"moves=any":                {evolve.ErrUnknown, []string{"nearest, refuse"}},
		"permute=x":                {evolve.ErrInvalid, []string{"permute=x"}},
		"metric=loss,percent=yes":  {evolve.ErrUnsupported, []string{"never per cent"}},
	} {
		_, err := tryOpen("table:" + path + "," + text)
		oneLine(t, err, c.is, c.parts...)
	}
}

// Without fidelity, seed, test and cost the least is told, and said.
func TestUserTableOfTwoColumns(t *testing.T) {
	b := ofRows(t, "table:"+userFile(t, "val,arch\n.5,000000\n.75,111111\n"))
	if d := cmp.Diff([]evolve.Fidelity{{Epochs: 1}}, b.Problem().Fidelities); d != "" {
		t.Error(d)
	}
	if r := asks(t, b, of("111111")); r.Loss != .25 || r.Cost != 1 || r.Others != nil {
		t.Errorf("%+v", r)
	}
	if s := scored(t, b, "111111"); s != (evolve.Score{Val: .25, Test: .25}) {
		t.Errorf("%+v", s)
	}
	for _, part := range []string{"no column test: the reported test is the validation", "no column cost: each query costs 1", "read as fractions"} {
		if !strings.Contains(b.About().Source, part) {
			t.Errorf("%s: want %q", b.About().Source, part)
		}
	}
	if _, told := facts(t, b, "111111")["test"]; told {
		t.Error("a test is told that nobody measured")
	}
}

// What is printed is what the user wrote.
func TestUserTableMetrics(t *testing.T) {
	for metric, c := range map[string]struct {
		text, unit string
		best       float64 // as printed
	}{
		"accuracy":   {"000000,91.5\n111111,80\n", "%", 91.5},
		"ROC-AUC":    {"000000,0.915\n111111,0.8\n", "%", 91.5},
		"mIoU":       {"000000,25\n111111,12\n", "%", 25},
		"SSIM":       {"000000,-0.5\n111111,0.625\n", "", .625},
		"perplexity": {"000000,96.5\n111111,120\n", "", 96.5},
		"loss":       {"000000,-3.5\n111111,12\n", "", -3.5},
	} {
		b := ofRows(t, "table:"+userFile(t, "arch,val\n"+c.text)+",metric="+metric)
		m := b.About().Metric
		near(t, metric+" of the best", m.Value(b.About().BestVal), c.best, 1e-9)
		if m.Name() != metric {
			t.Errorf("%s is called %s", metric, m.Name())
		}
		best := false
		for _, a := range []evolve.Arch{"000000", "111111"} {
			f := facts(t, b, a)["val"]
			best = best || math.Abs(f.Value-c.best) < 1e-9
			if f.Unit != c.unit {
				t.Errorf("%s in %q, want %q", metric, f.Unit, c.unit)
			}
		}
		if !best {
			t.Errorf("%s: nobody is told %g", metric, c.best)
		}
	}
}

// A table of one genome for each network is a whole space: no pool, and all genomes answer.
func TestUserTableOfAWholeSpace(t *testing.T) {
	known := map[evolve.Arch]int{}
	var text strings.Builder
	text.WriteString("arch,val,cost\n")
	for i := range (space.Macro{}).Size() {
		a, err := space.Macro{}.Canon(space.Macro{}.At(i))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := known[a]; !ok {
			n := len(known)
			known[a] = n
			text.WriteString(string(a) + "," + string([]byte{'.', byte('1' + n%9), byte('0' + n/9%10)}) + ",2\n")
		}
	}
	b := ofRows(t, "table:"+userFile(t, text.String())+",space=macro")
	if b.space.Size() != 6561 || strings.Contains(b.About().Source, "pool") {
		t.Fatalf("%d genomes: %s", b.space.Size(), b.About().Source)
	}
	for i := range b.space.Size() {
		a := space.Macro{}.At(i)
		c, err := space.Macro{}.Canon(a)
		if err != nil {
			t.Fatal(err)
		}
		n := known[c]
		near(t, "loss of "+string(a), asks(t, b, of(a)).Loss, 1-float64(1+n%9)/10-float64(n/9%10)/100, 1e-12)
	}
	vals, _ := simulate(t, b, "regevo,population=20,sample=5", 200, 2)
	if len(vals) != 2 {
		t.Error(vals)
	}
}

// The very results are shuffled, the costs and other columns stay.
func TestUserTablePermute(t *testing.T) {
	path := userFile(t, ownCSV)
	plain, b := ofRows(t, "table:"+path+",noise=mean,objectives=error+latency"), ofRows(t, "table:"+path+",noise=mean,objectives=error+latency,permute=2")
	var losses []float64
	for i, a := range []evolve.Arch{"000000", "111111", "333333"} {
		r, was := asks(t, b, of(a)), asks(t, plain, of(a))
		losses = append(losses, r.Loss)
		if r.Cost != was.Cost || r.Others[0] != was.Others[0] || r.Loss != plain.levels[1].loss[b.show(i)] {
			t.Errorf("%s: %+v, was %+v", a, r, was)
		}
		if f := facts(t, b, a); math.Abs(f["val"].Value-100*(1-r.Loss)) > 1e-9 || f["latency"] != facts(t, plain, a)["latency"] {
			t.Errorf("%s is told %+v", a, f)
		}
	}
	slices.Sort(losses)
	for k, want := range []float64{.1, .4, .75} {
		near(t, "losses", losses[k], want, 1e-12)
	}
}

// An error names the file, and the line where there is one.
func TestUserTableRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		is    error
		parts []string
	}{
		"no val":      {"arch,accuracy\n000000,1\n", evolve.ErrUnknown, []string{":1: ", `missing column "val"`, "accuracy"}},
		"cell":        {"arch,val\n000000,1\n00000x,1\n", evolve.ErrInvalid, []string{":3: ", `column "arch"`, "character 6"}},
		"number":      {"arch,val\n000000,1\n111111,one\n", evolve.ErrInvalid, []string{":3: ", `column "val"`, `"one"`}},
		"range":       {"arch,val\n000000,93\n111111,130\n", evolve.ErrInvalid, []string{":3: ", "130 is no per cent"}},
		"twice":       {"arch,val\n000000,1\n111111,1\n000000,0\n", evolve.ErrInvalid, []string{":4: ", "the same architecture as in line 2"}},
		"gap":         {"arch,val,fidelity\n000000,1,1\n000000,1,2\n111111,1,1\n", evolve.ErrInvalid, []string{"one architecture alone has a row of 2 epochs, want at least 2; epochs=1 has 2"}},
		"gap in test": {"arch,val,test\n000000,1,1\n111111,1,\n", evolve.ErrInvalid, []string{":3: ", `column "test"`, "empty"}},
		"gap in cost": {"arch,val,cost\n000000,1,\n111111,1,5\n", evolve.ErrInvalid, []string{":2: ", `column "cost"`, "empty"}},
		"free":        {"arch,val,cost\n000000,1,5\n111111,1,0\n", evolve.ErrInvalid, []string{":3: ", `column "cost"`, `"0"`}},
		"one":         {"arch,val\n000000,1\n", evolve.ErrInvalid, []string{"at least 2"}},
		"empty":       {"", evolve.ErrInvalid, []string{"empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := userFile(t, c.text)
			_, err := tryOpen("table:" + path)
			oneLine(t, err, c.is, append(c.parts, path)...)
		})
	}
	_, err := tryOpen("table")
	oneLine(t, err, evolve.ErrInvalid, "want table:FILE")
	_, err = tryOpen("table:" + filepath.Join(t.TempDir(), "absent.csv"))
	oneLine(t, err, fs.ErrNotExist, "absent.csv")
	_, err = tryOpen("table:" + t.TempDir())
	oneLine(t, err, evolve.ErrInvalid, "is a folder, not a file")
}

// Only what was recorded can be evaluated, and a study through the whole loop proposes that.
func TestUserTableStudy(t *testing.T) {
	b := ofRows(t, "table:"+userFile(t, ownCSV))
	if _, err := b.Problem().Space.Canon("444444"); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("a cell that nobody recorded: %v", err)
	}
	for _, algo := range []string{"random", "regevo,population=4,sample=2", "eaopt,population=4"} {
		var w winner
		s := evolve.Study{Problem: b.Problem(), Searcher: newSearcher(t, algo), Pool: evolve.Simulate(b, 2), Recorder: &w, Trials: 50, Seed: 1}
		if _, err := s.Run(context.Background()); err != nil || w.told != 50 || w.trial.Arch != "333333" {
			t.Errorf("%s: %d trials, best %s, %v", algo, w.told, w.trial.Arch, err)
		}
	}
}

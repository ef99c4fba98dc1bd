package surrogate

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

// eachLine decodes the lines of a published file of JSON.
func eachLine[T any](t testing.TB, f func(T), path ...string) {
	t.Helper()
	name := shared.Path(t, append([]string{"data"}, path...)...)
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v T
		// NaN is no JSON, but Python writes it.
		if err := json.Unmarshal(bytes.ReplaceAll(lines.Bytes(), []byte("NaN"), []byte("null")), &v); err != nil {
			t.Fatal(err)
		}
		f(v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// nlpLog is a run as published; a loss that is NaN is nil.
type nlpLog struct {
	ID      int             `json:"recepie_id"`
	Recipe  json.RawMessage `json:"recepie"`
	Val     []*float64      `json:"val_losses"`
	Test    []*float64      `json:"test_losses"`
	Seconds []float64       `json:"wall_times"`
	Params  float64         `json:"num_params"`
	Status  string          `json:"status"`
}

// nlpLogs are the runs that ended well, by cell.
func nlpLogs(t *testing.T) map[evolve.Arch][]nlpLog {
	t.Helper()
	by := map[evolve.Arch][]nlpLog{}
	eachLine(t, func(l nlpLog) {
		a, err := space.NLP{}.Parse(string(l.Recipe))
		if err == nil {
			a, err = space.NLP{}.Canon(a)
		}
		if err != nil {
			t.Fatal(err)
		}
		if l.Status == "OK" {
			by[a] = append(by[a], l)
		}
	}, "nasbench-nlp", "wikitext2_logs.jsonl.gz")
	return by
}

// Losses, seconds and the best cell are those of the published logs: the mean over a cell's
// runs, seconds from the start.
func TestNLPIsTheLogs(t *testing.T) {
	needImported(t, "nlp")
	logs := nlpLogs(t)
	b := ofRows(t, "nlp")
	if b.space.Size() != len(logs) || b.About().Metric != evolve.Perplexity {
		t.Fatalf("%d cells of %s, want %d", b.space.Size(), b.About().Metric, len(logs))
	}
	bestVal, bestTest := math.Inf(1), math.Inf(1)
	several := 0
	for a, runs := range logs {
		n := float64(len(runs))
		if len(runs) > 1 {
			several++
		}
		var val, test, seconds [51]float64
		for _, run := range runs {
			at := 0.0
			for e := 1; e <= 50; e++ {
				at += run.Seconds[e-1]
				val[e] += *run.Val[e-1] / n
				test[e] += *run.Test[e-1] / n
				seconds[e] += at / n
			}
		}
		for e := 1; e <= 50; e++ {
			tr := of(a)
			tr.Epochs = e
			r := asks(t, b, tr)
			near(t, "loss", r.Loss, val[e], 1e-9)
			near(t, "seconds", r.Cost, seconds[e], 1e-6*seconds[e])
			if tr.Trained = e / 2; tr.Trained > 0 {
				near(t, "seconds of going on", asks(t, b, tr).Cost, seconds[e]-seconds[tr.Trained], 1e-6*seconds[e])
			}
		}
		s := scored(t, b, a)
		near(t, "val", s.Val, val[50], 1e-9)
		near(t, "test", s.Test, test[50], 1e-9)
		bestVal, bestTest = min(bestVal, val[50]), min(bestTest, test[50])
		if f := facts(t, b, a); f["runs"].Value != n || f["params"].Value != runs[0].Params || math.Abs(f["val_10"].Value-val[10]) > 1e-9 {
			t.Fatalf("%s: %+v", a, f)
		}
	}
	if several < 10 {
		t.Errorf("%d cells with several runs", several)
	}
	near(t, "best val", b.About().BestVal, bestVal, 1e-9)
	near(t, "best test", b.About().BestTest, bestTest, 1e-9)
	t.Logf("best perplexities %.3f and %.3f of %d cells, %d with several runs", math.Exp(bestVal), math.Exp(bestTest), len(logs), several)
}

// The published best, recipe 1000001, is of one run.
func TestNLPPublishedBest(t *testing.T) {
	needImported(t, "nlp")
	for a, runs := range nlpLogs(t) {
		k := slices.IndexFunc(runs, func(l nlpLog) bool { return l.ID == 1000001 })
		if k < 0 {
			continue
		}
		// What the data's own page says is of the epoch of lowest validation.
		val, test := math.Inf(1), math.Inf(1)
		for e, v := range runs[k].Val {
			if *v < val {
				val, test = *v, *runs[k].Test[e]
			}
		}
		near(t, "val", math.Exp(val), 96.3, .05)
		near(t, "test", math.Exp(test), 91.5, .05)
		s := scored(t, ofRows(t, "nlp"), a)
		t.Logf("of %d runs the mean is %.2f and %.2f", len(runs), math.Exp(s.Val), math.Exp(s.Test))
		return
	}
	t.Error("recipe 1000001 is not there")
}

func TestNLPEpochs(t *testing.T) {
	needImported(t, "nlp")
	b := ofRows(t, "nlp,epochs=7")
	if f := b.Problem().Fidelities; len(f) != 7 || f[6] != (evolve.Fidelity{Epochs: 7, Resumes: true}) || b.About().Epochs != 7 {
		t.Errorf("%+v", f)
	}
	// What is reported is of all 50 epochs, whatever the search trains.
	long := ofRows(t, "nlp")
	if !slices.Equal(b.score, long.score) || slices.Equal(b.levels[6].loss, long.levels[49].loss) {
		t.Error("the report is not of 50 epochs")
	}
	for text, is := range map[string]error{"0": evolve.ErrInvalid, "51": evolve.ErrInvalid, "x": evolve.ErrInvalid} {
		_, err := tryOpen("nlp,epochs=" + text)
		oneLine(t, err, is, "epochs="+text, "the range is 1 to 50")
	}
}

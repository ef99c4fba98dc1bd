package data

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/long"
)

// eachJSON calls f for every line of a gzip file of the shared folder, NaN made null.
func eachJSON[T any](t *testing.T, name string, f func(T)) {
	t.Helper()
	lines := bufio.NewScanner(openPacked(t, name))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v T
		if err := json.Unmarshal(bytes.ReplaceAll(lines.Bytes(), []byte("NaN"), []byte("null")), &v); err != nil {
			t.Fatal(err)
		}
		f(v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// Every number of the table against the file, the genome read by hand.
func TestAccelAgainstFile(t *testing.T) {
	if testing.Short() {
		t.Skip("reads the whole table as text")
	}
	f, _ := importedFrame(t, "accel")
	archs := archsOf(t, f)
	columns := map[string][]float64{}
	for _, name := range f.Columns()[1:] {
		columns[name] = floatsOf(t, f, name)
	}
	row, records, twice := 0, 0, 0
	seen := map[string]bool{}
	eachJSON(t, "accel-nasbench/anb.jsonl.gz", func(r map[string]any) {
		records++
		var genome strings.Builder
		a := r["architecture"].(map[string]any)
		for block := range 7 {
			se := map[bool]string{false: "0", true: "1"}[a[fmt.Sprintf("block%d_se", block)].(bool)]
			fmt.Fprintf(&genome, "%v%v%v%s", a[fmt.Sprintf("block%d_e", block)], a[fmt.Sprintf("block%d_k", block)], a[fmt.Sprintf("block%d_l", block)], se)
		}
		if seen[genome.String()] {
			twice++
			return
		}
		seen[genome.String()] = true
		if archs[row] != genome.String() {
			t.Fatalf("row %d is %s, want %s", row, archs[row], &genome)
		}
		want := map[string]any{}
		for name, x := range r["metrics"].(map[string]any) {
			want[name] = x
		}
		for name, x := range r["model_info"].(map[string]any) {
			want[name] = x
		}
		for device, p := range r["platform_perf"].(map[string]any) {
			for name, x := range p.(map[string]any) {
				if strings.HasSuffix(name, "_mean") {
					want[device+"_mean"] = x
				}
			}
		}
		if len(want) != len(columns) {
			t.Fatalf("row %d has %d numbers, want %d", row, len(columns), len(want))
		}
		for name, x := range want {
			got := columns[name][row]
			if number, ok := x.(float64); ok && got != number || !ok && !math.IsNaN(got) {
				t.Fatalf("row %d: %s is %v, want %v", row, name, got, x)
			}
		}
		row++
	})
	if row != accelRows || records != accelRecords || twice != 13 {
		t.Errorf("%d networks of %d records, %d of them there twice", row, records, twice)
	}
}

// The table against the converted logs, run by run in the order of recipes.
func TestNLPAgainstConverted(t *testing.T) {
	long.Test(t)
	f, found := importedFrame(t, "nlp")
	if want := "345 runs of 344 recipes, which are 265 different cells; 4 runs failed; further runs of a cell end 0.054 nats from its first (root mean square of 78)"; found != want {
		t.Errorf("found %q, want %q", found, want)
	}
	params, recipes := floatsOf(t, f, "params"), floatsOf(t, f, "recipe")
	archs, err := f.Text("arch")
	if err != nil {
		t.Fatal(err)
	}
	status, err := f.Text("status")
	if err != nil || f.Rows != nlpRows || len(f.Columns()) != 154 {
		t.Fatalf("%d rows of %d columns, %v", f.Rows, len(f.Columns()), err)
	}
	curves := map[string][][]float64{}
	for _, curve := range nlpCurves {
		for e := 1; e <= nlpEpochs; e++ {
			curves[curve] = append(curves[curve], floatsOf(t, f, nlpName(curve, e)))
		}
	}
	next := 0
	eachJSON(t, "nasbench-nlp/wikitext2_logs.jsonl.gz", func(r struct {
		Recipe  json.RawMessage `json:"recepie"`
		ID      float64         `json:"recepie_id"`
		Val     []*float64      `json:"val_losses"`
		Test    []*float64      `json:"test_losses"`
		Seconds []*float64      `json:"wall_times"`
		Params  float64         `json:"num_params"`
		Status  string
	}) {
		a, err := space.NLP{}.Parse(string(r.Recipe))
		if err == nil {
			a, err = space.NLP{}.Canon(a)
		}
		if err != nil {
			t.Fatal(err)
		}
		if archs[next] != string(a) || params[next] != r.Params || recipes[next] != r.ID || status[next] != r.Status {
			t.Fatalf("row %d is %s of recipe %v, %v parameters, %q; want %s of recipe %v, %v, %q", next, archs[next], recipes[next], params[next], status[next], a, r.ID, r.Params, r.Status)
		}
		sum := 0.
		for e := range nlpEpochs {
			val, test := math.NaN(), math.NaN()
			if e < len(r.Val) && r.Val[e] != nil {
				val, test = *r.Val[e], *r.Test[e]
			}
			if e < len(r.Seconds) {
				sum += *r.Seconds[e]
			}
			for curve, want := range map[string]float64{"val_": val, "test_": test, "seconds_": sum} {
				if got := curves[curve][e][next]; got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
					t.Fatalf("row %d: %s%d is %v, want %v", next, curve, e+1, got, want)
				}
			}
		}
		next++
	})
	if next != nlpRows {
		t.Errorf("%d runs in the converted logs, want %d", next, nlpRows)
	}
	// The lowest validation loss of any cell and epoch.
	best, row, at := math.Inf(1), 0, 0
	for e, xs := range curves["val_"] {
		for i, x := range xs {
			if x < best {
				best, row, at = x, i, e
			}
		}
	}
	if val, test := math.Exp(best), math.Exp(curves["test_"][at][row]); recipes[row] != 1000001 || math.Abs(val-96.3) > 0.05 || math.Abs(test-91.5) > 0.05 {
		t.Errorf("the best is recipe %v with perplexity %v, test %v, want 1000001 with 96.3 and 91.5", recipes[row], val, test)
	}
}

// nlpLog is a valid log of one epoch, or one with a replacement.
func nlpLog(old, new string) string {
	log := `{"recepie": "{\"f\": {\"op\": \"linear\", \"input\": [\"x\", \"h_prev_0\"]}, \"h_new_0\": {\"op\": \"activation_tanh\", \"input\": [\"f\"]}}", ` +
		`"recepie_id": 7, "val_losses": [NaN], "test_losses": [NaN], "wall_times": [3.5], "num_params": 100, "status": "loss is nan!"}`
	return strings.Replace(log, old, new, 1)
}

// archive is a zip file of texts.
func archive(t testing.TB, texts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i, text := range texts {
		w, err := z.Create(fmt.Sprint(i, ".json"))
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestNLPRefuses(t *testing.T) {
	valid := nlpLog("", "")
	for _, c := range []struct {
		name string
		in   []byte
		msg  string
	}{
		{"right", archive(t, valid, valid), ""},
		{"no zip", []byte("junk"), "zip: not a valid zip file"},
		{"no JSON", archive(t, "x"), `"0.json": invalid character`},
		{"long", archive(t, strings.Repeat(" ", nlpRunMax+1)), `"0.json": a log of more than 65536 bytes`},
		{"recipe", archive(t, valid, nlpLog("linear", "lineal")), `"1.json": nlp: node "f": unknown operation`},
		{"no recipe", archive(t, nlpLog("recepie", "recipe")), `"0.json": nlp: `},
		{"curves", archive(t, nlpLog("[3.5]", "[3.5, 4]")), "1 val_losses, 1 test_losses, 2 wall_times"},
		{"no epoch", archive(t, strings.NewReplacer("[NaN]", "[]", "[3.5]", "[]").Replace(valid)), "0 val_losses, 0 test_losses, 0 wall_times"},
		{"seconds", archive(t, nlpLog("3.5", "0")), "wall_times has no positive number for epoch 1"},
		{"status", archive(t, nlpLog("loss is nan!", "OK")), `status "OK" after 1 epochs: want "OK" after 50`},
		{"a number at last", archive(t, nlpLog("[NaN]", "[1.5]")), `or "loss is nan!" with a NaN loss in the last`},
		{"gap", archive(t, strings.NewReplacer("[NaN]", "[NaN, NaN]", "[3.5]", "[3.5, 3.5]").Replace(valid)), "the loss of epoch 1 is NaN and the run went on"},
		{"id", archive(t, nlpLog("7", "-7")), "recepie_id -7"},
		{"parameters", archive(t, valid, nlpLog("100", "101")), `"1.json": 101 parameters, recipe 7, which is the same cell, has 100`},
		{"too many", archive(t, slices.Repeat([]string{valid}, nlpRows+1)...), `"345.json": there are more than 345 runs`},
	} {
		err := newNLPTable().parse(c.in)
		if (err == nil) != (c.msg == "") || err != nil && !strings.Contains(err.Error(), c.msg) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.msg)
		}
	}
}

func TestNullNaN(t *testing.T) {
	for in, want := range map[string]string{
		`[NaN, -1, NaN]`:       `[null, -1, null]`,
		`{"NaN": "a\"NaN\\"}`:  `{"NaN": "a\"NaN\\"}`,
		`"\\", NaN, "\\\"NaN"`: `"\\", null, "\\\"NaN"`,
		`NaNa Na`:              `nulla Na`,
		`"\`:                   `"\`,
	} {
		if got := string(nullNaN([]byte(in))); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func FuzzNLPLog(f *testing.F) {
	f.Add(nlpLog("", ""))
	f.Add(nlpLog("[NaN]", "[1e999]"))
	f.Add(nlpLog("7", "1e20"))
	f.Fuzz(func(t *testing.T, log string) {
		table := newNLPTable()
		table.parse([]byte(log))
		if table.parse(archive(t, log, log)) == nil {
			table.frame()
		}
	})
}

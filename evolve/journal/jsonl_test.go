package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
)

// Errors are equal when they say the same and are both failures or both not.
var sameOutcome = cmp.Comparer(func(a, b error) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Error() == b.Error() && errors.Is(a, evolve.ErrFailed) == errors.Is(b, evolve.ErrFailed)
})

func finite() *rapid.Generator[float64] {
	return rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64)
}

// outcomes draws what a study can hand to a recorder.
func outcomes(t *rapid.T) (all []evolve.Outcome) {
	n := rapid.IntRange(0, 8).Draw(t, "n")
	for i := range n {
		o := evolve.Outcome{
			Trial: evolve.Trial{
				ID: i + 1,
				Proposal: evolve.Proposal{
					Arch: evolve.Arch(rapid.StringN(1, 20, -1).Draw(t, "arch")), Epochs: rapid.IntRange(0, math.MaxInt32).Draw(t, "epochs"), From: rapid.IntMin(0).Draw(t, "from"), Trained: rapid.IntRange(0, math.MaxInt32).Draw(t, "trained"),
					Parents: [2]int{rapid.IntMin(0).Draw(t, "p1"), rapid.IntMin(0).Draw(t, "p2")}, Tag: rapid.Int().Draw(t, "tag"),
				},
				Seed: rapid.Uint64().Draw(t, "seed"),
			},
			Result: evolve.Result{Loss: finite().Draw(t, "loss"), Cost: finite().Draw(t, "cost"), Others: rapid.SliceOfN(finite(), 0, 3).Draw(t, "others")},
			Start:  finite().Draw(t, "start"), End: finite().Draw(t, "end"),
		}
		if len(o.Others) == 0 {
			o.Others = nil // both mean none
		}
		if rapid.Bool().Draw(t, "decides") {
			o.Found = evolve.Arch(rapid.StringN(1, 20, -1).Draw(t, "found"))
		}
		if rapid.Bool().Draw(t, "failed") {
			o.Err, o.Loss = fmt.Errorf("%s: %w", rapid.String().Draw(t, "why"), evolve.ErrFailed), math.Inf(1)
		}
		all = append(all, o)
	}
	return all
}

func TestLinesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := outcomes(t)
		var b []byte
		for i := range want {
			text, err := encode(&want[i])
			if err != nil {
				t.Fatal(err)
			}
			b = append(b, text...)
		}
		got, whole, torn, err := read(bytes.NewReader(b))
		if err != nil || whole != int64(len(b)) || torn != 0 {
			t.Fatalf("%v, %d whole bytes of %d, %d after them", err, whole, len(b), torn)
		}
		if d := cmp.Diff(want, got, sameOutcome); d != "" {
			t.Fatal(d)
		}
	})
}

// sample has one outcome for every branch of the format.
func sample() []evolve.Outcome {
	return []evolve.Outcome{
		{Trial: evolve.Trial{ID: 1, Proposal: evolve.Proposal{Arch: "301003"}, Seed: 1<<64 - 1}, Result: evolve.Result{Loss: .0625, Cost: 12.5}, End: 12.5},
		{Trial: evolve.Trial{ID: 3, Proposal: evolve.Proposal{Arch: "<a&b>\n\"é\"", Epochs: 12, From: 1, Parents: [2]int{1, 0}, Tag: -4}, Seed: 1 << 63},
			Result: evolve.Result{Loss: 0, Cost: 1e-9, Others: []float64{3, -1e300}}, Start: 12.5, End: 12.500000001},
		{Trial: evolve.Trial{ID: 2, Proposal: evolve.Proposal{Arch: "x", Parents: [2]int{0, 1}}, Seed: 7},
			Result: evolve.Result{Loss: math.Inf(1), Cost: 1}, End: 14, Err: fmt.Errorf("out of memory: %w", evolve.ErrFailed)},
	}
}

func encoded(t *testing.T, os []evolve.Outcome) []byte {
	t.Helper()
	var b []byte
	for i := range os {
		text, err := encode(&os[i])
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, text...)
	}
	return b
}

// decode reads one line, its end included.
func decode(text []byte) (o evolve.Outcome, err error) {
	l := unread()
	if err := checked.ParseLine(text, &l); err != nil {
		return o, err
	}
	return l.outcome()
}

// The format is read by others: a change of this file is a change of docs/journal.md.
func TestLinesGolden(t *testing.T) {
	want, err := os.ReadFile("testdata/trials.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	all := append(sample(), evolve.Outcome{Trial: evolve.Trial{ID: 4, Proposal: evolve.Proposal{Arch: "301003", Known: &evolve.Result{Loss: .0625}}, Seed: 8},
		Result: evolve.Result{Loss: .0625}, Start: 14, End: 14})
	if d := cmp.Diff(string(want), string(encoded(t, all))); d != "" {
		t.Error(d)
	}
	got, _, _, err := read(bytes.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(all, got, sameOutcome); d != "" {
		t.Error(d)
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, loss := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		o := evolve.Outcome{Trial: evolve.Trial{ID: 1, Proposal: evolve.Proposal{Arch: "x"}}, Result: evolve.Result{Loss: loss}}
		if _, err := encode(&o); err == nil {
			t.Errorf("loss %g without an error was written", loss)
		}
	}
	// A failure that says nothing is still a failure when read back.
	o := evolve.Outcome{Trial: evolve.Trial{ID: 1, Proposal: evolve.Proposal{Arch: "x"}}, Err: failure("")}
	got, err := decode(encoded(t, []evolve.Outcome{o}))
	if err != nil || !errors.Is(got.Err, evolve.ErrFailed) || !math.IsInf(got.Loss, 1) {
		t.Errorf("a silent failure came back as %+v, %v", got, err)
	}
}

// A crash can leave any part of the last line; what was synced before stays.
func TestTornLastLine(t *testing.T) {
	all := sample()
	text := encoded(t, all)
	last := bytes.LastIndexByte(text[:len(text)-1], '\n') + 1
	path := filepath.Join(t.TempDir(), "trials.jsonl")
	for cut := last; cut < len(text); cut++ {
		if err := os.WriteFile(path, text[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		f, err := OpenFile(path)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if d := cmp.Diff(all[:2], f.Past(), sameOutcome); d != "" {
			t.Fatalf("cut at %d: %s", cut, d)
		}
		if err := f.Record(&all[2]); err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); !bytes.Equal(got, text) {
			t.Fatalf("cut at %d: the file is\n%s", cut, got)
		}
	}
}

func TestDamagedLine(t *testing.T) {
	good := sealed(t, `{"trial":1,"arch":"x","seed":"1","loss":1,"cost":1,"start":0,"end":1}`)
	for name, bad := range map[string]string{
		"one digit altered":      strings.Replace(strings.TrimSpace(sealed(t, `{"trial":2,"arch":"x","seed":"1","loss":1,"cost":1,"start":0,"end":1}`)), `"cost":1`, `"cost":2`, 1),
		"without a checksum":     `{"trial":2,"arch":"x","seed":"1","loss":1,"cost":1,"start":0,"end":1}`,
		"cut in the middle":      `{"trial":2,"arch":"x","se`,
		"no json":                "\x00\x00\x00",
		"empty":                  "",
		"two values":             `{"trial":2,"arch":"x","seed":"1","loss":1,"cost":1,"start":0,"end":1}{}`,
		"unknown key":            `{"trial":2,"arch":"x","seed":"1","loss":1,"cost":1,"start":0,"end":1,"x":1}`,
		"loss and error":         `{"trial":2,"arch":"x","seed":"1","loss":1,"error":"e","cost":1,"start":0,"end":1}`,
		"neither":                `{"trial":2,"arch":"x","seed":"1","cost":1,"start":0,"end":1}`,
		"a list of parents":      `{"trial":2,"arch":"x","parents":[1],"seed":"1","loss":1,"cost":1,"start":0,"end":1}`,
		"seed as a number":       `{"trial":2,"arch":"x","seed":1,"loss":1,"cost":1,"start":0,"end":1}`,
		"loss beyond a float":    `{"trial":2,"arch":"x","seed":"1","loss":1e999,"cost":1,"start":0,"end":1}`,
		"no architecture":        `{"trial":2,"seed":"1","loss":1,"cost":1,"start":0,"end":1}`,
		"trial number 0":         `{"trial":0,"arch":"x","seed":"1","loss":1,"cost":1,"start":0,"end":1}`,
		"trial 1 a second time":  strings.TrimSpace(good),
		"null":                   "null",
		"an array":               "[1]",
		"a trial number of text": `{"trial":"2","arch":"x","seed":"1","loss":1,"cost":1,"start":0,"end":1}`,
	} {
		path := filepath.Join(t.TempDir(), "trials.jsonl")
		before := good + bad + "\n"
		if json.Valid([]byte(bad)) && bad[0] == '{' && !strings.Contains(bad, "crc") && name != "without a checksum" {
			before = good + sealed(t, bad) // what it says is wrong, not how it came here
		}
		if err := os.WriteFile(path, []byte(before), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := OpenFile(path)
		where := fmt.Sprintf("line 2 (byte %d)", len(good))
		if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), where) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want ErrInvalid that says %s and the path", name, err, where)
		}
		if after, _ := os.ReadFile(path); string(after) != before {
			t.Errorf("%s: the damaged file was changed", name)
		}
	}
}

// sealed is a line of these keys with a checksum that is right.
func sealed(t *testing.T, object string) string {
	t.Helper()
	line, err := checked.Line(json.RawMessage(object))
	if err != nil {
		t.Fatal(err)
	}
	return string(line)
}

// A journal of an earlier version is told from a damaged one.
func TestOlderJournal(t *testing.T) {
	const first = `{"id":1,"arch":"x","seed":"1","loss":1,"cost":1,"start":0,"end":1}`
	for name, line := range map[string]string{"without a checksum": first + "\n", "of other keys": sealed(t, first)} {
		path := filepath.Join(t.TempDir(), "trials.jsonl")
		if err := os.WriteFile(path, []byte(line), 0o644); err != nil {
			t.Fatal(err)
		}
		want := path + ": line 1 (byte 0): written by an earlier version of amoeba, whose journals this one cannot read; go on with that version: invalid"
		for by, open := range map[string]func() error{
			"OpenFile":  func() error { _, err := OpenFile(path); return err },
			"ReadFile":  func() error { _, err := ReadFile(path); return err },
			"ReadWhole": func() error { _, err := ReadWhole(path); return err },
		} {
			if err := open(); !errors.Is(err, evolve.ErrInvalid) || err.Error() != want {
				t.Errorf("%s, %s: %v", name, by, err)
			}
		}
	}
}

// Of a finished study the last line has an end; of one at work it need not.
func TestReadWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trials.jsonl")
	text := encoded(t, sample())
	for cut, torn := range map[int]bool{len(text): false, len(text) - 1: true, len(text) - 9: true} {
		if err := os.WriteFile(path, text[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadFile(path); err != nil {
			t.Errorf("cut at %d: %v", cut, err)
		}
		if _, err := ReadWhole(path); (err != nil) != torn || torn && !strings.Contains(err.Error(), "line 3 has no end") {
			t.Errorf("cut at %d, finished: %v", cut, err)
		}
	}
}

// What Record returned for is in the file before the file is closed.
func TestRecordAppends(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trials.jsonl")
	f, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := sample()
	for i := range all {
		if err := f.Record(&all[i]); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); !bytes.Equal(got, encoded(t, all[:i+1])) {
			t.Fatalf("after %d records the file is\n%s", i+1, got)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Record(&all[0]); err == nil {
		t.Error("a closed journal took a record")
	}
	if _, err := OpenFile(filepath.Join(path, "below")); err == nil {
		t.Error("a journal below a file was opened")
	}
}

// Whatever keys a line has: what is read is written again and read as the same.
func FuzzDecode(f *testing.F) {
	for _, o := range sample() {
		text, err := json.Marshal(TrialOf("", "", 0, &o))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"Trial":1,"arch":"\ud800","parent1":0,"seed":"0","loss":-0,"cost":0,"start":0,"end":0}`))
	f.Fuzz(func(t *testing.T, object []byte) {
		text, err := checked.Line(json.RawMessage(object))
		if err != nil {
			return
		}
		o, err := decode(text)
		if err != nil {
			return
		}
		if text, err = encode(&o); err != nil {
			t.Fatalf("accepted and not written: %+v: %v", o, err)
		}
		again, err := decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(o, again, sameOutcome); d != "" && len(o.Others) > 0 { // no others: nil and [] are one
			t.Fatal(d)
		}
	})
}

// A whole journal of any bytes: read, or refused with the place.
func FuzzJournal(f *testing.F) {
	all := sample()
	var text []byte
	for i := range all {
		line, err := encode(&all[i])
		if err != nil {
			f.Fatal(err)
		}
		text = append(text, line...)
	}
	f.Add(text)
	f.Add(text[:len(text)-7])
	f.Add(append(text, text...))
	f.Fuzz(func(t *testing.T, text []byte) {
		past, whole, torn, err := read(bytes.NewReader(text))
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) || !strings.HasPrefix(err.Error(), "line ") {
				t.Fatal(err)
			}
			return
		}
		if whole+int64(torn) != int64(len(text)) {
			t.Fatalf("%d whole and %d torn bytes of %d", whole, torn, len(text))
		}
		var again []byte
		for i := range past {
			line, err := encode(&past[i])
			if err != nil {
				t.Fatal(err)
			}
			again = append(again, line...)
		}
		back, _, _, err := read(bytes.NewReader(again))
		if err != nil || cmp.Diff(past, back, sameOutcome, cmpopts.EquateEmpty()) != "" {
			t.Fatalf("%v: %s", err, cmp.Diff(past, back, sameOutcome))
		}
	})
}

// Lines stand as trials end, and in the order of numbers once all have.
func TestAppendAndArrange(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trials.jsonl")
	all := sample() // trials 1, 3, 2
	if _, err := ReadFile(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no journal: %v", err)
	}
	f, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all[:2] {
		if err := f.Record(&all[i]); err != nil {
			t.Fatal(err)
		}
	}
	f.Close()
	if f, err = OpenFile(path); err != nil {
		t.Fatal(err)
	}
	if err := f.Record(&all[2]); err != nil { // whatever Past holds is not told again
		t.Fatal(err)
	}
	if got, err := ReadFile(path); err != nil || cmp.Diff(all, got, sameOutcome) != "" {
		t.Errorf("%v: %s", err, cmp.Diff(all, got, sameOutcome))
	}
	if err := f.Arrange(); err != nil {
		t.Fatal(err)
	}
	all[1], all[2] = all[2], all[1]
	if got, _ := os.ReadFile(path); !bytes.Equal(got, encoded(t, all)) {
		t.Errorf("arranged:\n%s", got)
	}
	if err := f.Record(&all[0]); err == nil {
		t.Error("a closed journal took an outcome")
	}
	if err := f.Record(&all[0]); err == nil { // after a failed write nothing may follow
		t.Error("a torn journal took an outcome")
	}
}

// Cut drops trials by their numbers, in whatever order they ended, and what is recorded anew follows what is left.
func TestCut(t *testing.T) {
	trial := func(id int, loss float64) *evolve.Outcome {
		return &evolve.Outcome{Trial: evolve.Trial{ID: id, Proposal: evolve.Proposal{Arch: "a"}}, Result: evolve.Result{Loss: loss}}
	}
	ids := func(past []evolve.Outcome) (all []int) {
		for _, o := range past {
			all = append(all, o.ID)
		}
		return all
	}
	for last, want := range [][]int{{}, {1}, {2, 1}, {3, 2, 1}, {3, 2, 4, 1}, {3, 2, 4, 1, 5}, {3, 2, 4, 1, 5}} {
		path := filepath.Join(t.TempDir(), "trials.jsonl")
		f, err := OpenFile(path)
		for _, id := range []int{3, 2, 4, 1, 5} {
			err = errors.Join(err, f.Record(trial(id, 1)))
		}
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		if f, err = OpenFile(path); err != nil {
			t.Fatal(err)
		}
		if err := f.Cut(last); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, ids(f.Past()), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("cut after %d: past %s", last, d)
		}
		if err := errors.Join(f.Record(trial(9, .5)), f.Close()); err != nil {
			t.Fatal(err)
		}
		past, err := ReadWhole(path)
		if d := cmp.Diff(append(want, 9), ids(past)); d != "" || err != nil {
			t.Errorf("cut after %d: the file: %s, %v", last, d, err)
		}
	}
}

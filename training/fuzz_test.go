package training

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
)

// resealed gives an object of any keys a checksum that is right, and other bytes back as they are:
// so a fuzzer reaches what a checksum would keep from it.
func resealed(text []byte, seal func(any) ([]byte, error)) []byte {
	if sealed, err := seal(json.RawMessage(text)); err == nil {
		return sealed
	}
	return text
}

func wantInvalid(t *testing.T, err error) {
	if !errors.Is(err, evolve.ErrInvalid) {
		t.Fatal(err)
	}
}

// A job.json that is read is written as one that is read as the same.
func FuzzJob(f *testing.F) {
	text, err := json.Marshal(manifest{1, "go", "card 1, driver 7", "digits", "ab", "nb201", "301003", sessionJob(2).Net, DefaultRecipe()})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"engine":1e9,"net":null,"recipe":{"LR":-1e308}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parseJob(resealed(text, checked.File))
		if err != nil {
			wantInvalid(t, err)
			return
		}
		again, err := checked.File(m)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := parseJob(again); err != nil || back != m {
			t.Fatalf("%+v, read back %+v, %v", m, back, err)
		}
	})
}

// A result.json is an object with a checksum that is right, or refused.
func FuzzResult(f *testing.F) {
	f.Add([]byte(`{"arch":"301003","val_std":null,"seeds":[{"seed":"1"}]}`))
	f.Add([]byte(`{"arch":1}{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		sealed := resealed(text, checked.Line)
		if _, err := parseResult(sealed); err != nil {
			wantInvalid(t, err)
		} else if !json.Valid(sealed) {
			t.Fatalf("%q was accepted", sealed)
		}
	})
}

// An epochs.jsonl that is read is written as one that is read as the same.
func FuzzEpochs(f *testing.F) {
	a, err := json.Marshal(Epoch{Epoch: 1, Rate: .1, TrainLoss: 2.3, TrainCorrect: 7, Seconds: .25})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(a, '\n'))
	f.Add(append(append(a, '\n'), bytes.Replace(a, []byte("1"), []byte("2"), 1)...))
	f.Fuzz(func(t *testing.T, text []byte) {
		var all []byte
		for l := range bytes.Lines(text) {
			all = append(all, resealed(l, checked.Line)...)
		}
		epochs, err := parseEpochs(bytes.NewReader(all))
		if err != nil {
			wantInvalid(t, err)
			return
		}
		var again []byte
		for _, e := range epochs {
			line, err := checked.Line(e)
			if err != nil {
				t.Fatal(err)
			}
			again = append(again, line...)
		}
		if back, err := parseEpochs(bytes.NewReader(again)); err != nil || cmp.Diff(epochs, back) != "" {
			t.Fatalf("%v: %s", err, cmp.Diff(epochs, back))
		}
	})
}

// What a trial leaves that is read is written as what is read as the same.
func FuzzLeft(f *testing.F) {
	f.Add([]byte(`{"Seconds":[0,1.5],"Done":true,"Val":0.25,"Test":0.5}`))
	f.Add([]byte(`{"Seconds":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var l, back trialRecord
		if err := checked.ParseLine(resealed(text, checked.Line), &l); err != nil {
			wantInvalid(t, err)
			return
		}
		again, err := checked.Line(l)
		if err != nil {
			t.Fatal(err)
		}
		if err := checked.ParseLine(again, &back); err != nil || cmp.Diff(l, back) != "" {
			t.Fatalf("%v: %s", err, cmp.Diff(l, back))
		}
	})
}

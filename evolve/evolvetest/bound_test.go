package evolvetest

import (
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// What a searcher that looks at its bound would do is noticed.
func TestCutDiffers(t *testing.T) {
	var whole []evolve.Outcome
	for id := 1; id <= 5; id++ {
		whole = append(whole, evolve.Outcome{Trial: evolve.Trial{ID: id, Proposal: evolve.Proposal{Arch: "0"}}, End: float64(id)})
	}
	short := whole[:3]
	if d := cutDiffers(whole, short, 3); d != "" {
		t.Error(d)
	}
	for name, change := range map[string]func([]evolve.Outcome) []evolve.Outcome{
		"another architecture": func(o []evolve.Outcome) []evolve.Outcome { o[2].Arch = "1"; return o },
		"another schedule":     func(o []evolve.Outcome) []evolve.Outcome { o[1].Epochs = 12; return o },
		"another parent":       func(o []evolve.Outcome) []evolve.Outcome { o[2].Parents[0] = 1; return o },
		"a failure":            func(o []evolve.Outcome) []evolve.Outcome { o[0].Err = evolve.ErrFailed; return o },
		"a remembered answer":  func(o []evolve.Outcome) []evolve.Outcome { o[0].Known = &evolve.Result{Loss: 1}; return o },
		"another order":        func(o []evolve.Outcome) []evolve.Outcome { o[0], o[1] = o[1], o[0]; return o },
		"done early":           func(o []evolve.Outcome) []evolve.Outcome { return o[:2] },
		"a trial of its own":   func(o []evolve.Outcome) []evolve.Outcome { o[2].ID = 6; return o },
	} {
		if cutDiffers(whole, change(slices.Clone(short)), 3) == "" {
			t.Errorf("%s: not noticed", name)
		}
	}
}

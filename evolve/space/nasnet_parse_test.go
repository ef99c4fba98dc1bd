package space

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// AmoebaNet-A in the form of tensorflow/tpu, models/official/amoeba_net/model_specs.py, and
// of the DARTS repository.
const (
	amoebaNetATPU = `{"normal": {"operations": ["avg_pool_3x3", "max_pool_3x3", "separable_3x3_2", "none", "none", "avg_pool_3x3", "separable_3x3_2", "separable_5x5_2", "avg_pool_3x3", "separable_3x3_2"],
 "hiddenstate_indices": [0, 0, 1, 1, 0, 1, 0, 2, 5, 0], "used_hiddenstates": [1, 0, 1, 0, 0, 1, 0]},
 "reduction": {"operations": ["separable_3x3_2", "avg_pool_3x3", "max_pool_3x3", "separable_7x7_2", "max_pool_3x3", "max_pool_3x3", "separable_3x3_2", "1x7_7x1", "avg_pool_3x3", "separable_7x7_2"],
 "hiddenstate_indices": [1, 0, 0, 2, 1, 0, 4, 0, 1, 0], "used_hiddenstates": [1, 1, 0, 0, 0, 0, 0]}}`
	amoebaNetAText = "Genotype(normal=[('avg_pool_3x3', 1), ('max_pool_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 0), ('skip_connect', 1), ('avg_pool_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_5x5', 2), ('avg_pool_3x3', 5), ('sep_conv_3x3', 1)], normal_concat=[0, 3, 4, 6], " +
		"reduce=[('sep_conv_3x3', 0), ('avg_pool_3x3', 1), ('max_pool_3x3', 1), ('sep_conv_7x7', 2), ('max_pool_3x3', 0), ('max_pool_3x3', 1), ('sep_conv_3x3', 4), ('conv_1x7_7x1', 1), ('avg_pool_3x3', 0), ('sep_conv_7x7', 1)], reduce_concat=[2, 3, 4, 5, 6])"
	naoNetA = "0 7 1 15 2 8 1 7 0 6 1 7 0 8 4 7 1 5 0 7 0 7 1 13 0 6 0 14 0 9 1 10 0 14 2 6 1 11 0 7"
)

func TestNASNetParse(t *testing.T) {
	cell := strings.Repeat("('none', 0), ('none', 1), ", 5)
	genotype := func(normal, concat string) string {
		return "Genotype(normal=[" + normal + "], normal_concat=" + concat + ", reduce=[" + cell + "], reduce_concat=range(2, 7))"
	}
	tpu := func(old, new string) string { return strings.Replace(amoebaNetATPU, old, new, 1) }
	_, half, _ := strings.Cut(amoebaNetATPU, `{"normal": `)
	half = half[:strings.Index(half, "}")+1]
	const zero, one = evolve.Arch("0r1r0r1r0r1r0r1r0r1r"), evolve.Arch("1e1f0b0a1a0e1b2c5e1b:0346")
	for _, c := range []struct {
		text string
		want evolve.Arch
		bad  string
	}{
		{string(amoebaNetA), amoebaNetA, ""},
		{" " + string(amoebaNetA) + "\n", amoebaNetA, ""},
		{amoebaNetAText, amoebaNetA, ""},
		{strings.NewReplacer("[2, 3, 4, 5, 6]", "range(2, 7)", "[0, 3, 4, 6]", "(6,4,3,0)", " ", "", "'", `"`).Replace(amoebaNetAText), amoebaNetA, ""},
		{strings.Replace(amoebaNetAText, "conv_1x7_7x1", "conv_7x1_1x7", 1), amoebaNetA, ""},
		{amoebaNetATPU, amoebaNetA, ""},
		{`{"cell": ` + half + `}`, one + "-" + one, ""},
		{`{"cell": ` + strings.Replace(half, `, "used_hiddenstates": [1, 0, 1, 0, 0, 1, 0]`, "", 1) + `}`, one[:20] + "-" + one[:20], ""},
		{naoNetA, "0j1o2k1j0i1j0k4j1a0j-0j1n0i0e0h1l0e2i1f0j", ""},
		{genotype(cell, "range(2, 7)"), zero + "-" + zero, ""},
		{genotype(cell, "[6]"), zero + ":6-" + zero, ""},
		{genotype(strings.ReplaceAll(cell, "('none', 0), ('none', 1)", "[('none', 0), ('none', 1)]"), "range(2, 7)"), zero + "-" + zero, ""},
		{string(zero + ":23456-" + zero), zero + "-" + zero, ""},

		{"", "", "two cells with a dash between"},
		{"-", "", "normal has 0 characters, want 20"},
		{string(amoebaNetA) + "-", "", "output of reduce"},
		{string(zero + "-" + zero[1:]), "", "reduce has 19 characters"},
		{"2" + string(zero[1:]+"-"+zero), "", "pair 1 of normal: block 2 cannot read state '2': want 0..1"},
		{"0s" + string(zero[2:]+"-"+zero), "", "pair 1 of normal: operation 's': want a..r"},
		{"0R" + string(zero[2:]+"-"+zero), "", "operation 'R'"},
		{string(zero + ":-" + zero), "", "output of normal: no block is in it"},
		{string(zero + ":01-" + zero), "", "no block is in it"},
		{string(zero + ":32-" + zero), "", "'2': want states 0..6 in rising order"},
		{string(zero + ":22-" + zero), "", "in rising order"},
		{string(zero + ":27-" + zero), "", "'7': want states 0..6"},
		{amoebaNetAText + "x", "", `"x" follows the cells`},
		{genotype(cell, "[2, 2]"), "", "the output must concatenate different states"},
		{genotype(cell, "[]"), "", "the output must concatenate a list of states"},
		{genotype(cell, "[1, 7]"), "", "the output cannot have state 7: want 0..6"},
		{genotype(cell, "[0, 1]"), "", "no block is in the output"},
		{genotype(cell[:26*4], "[6]"), "", "a cell is 10 pairs (operation, input), this has 8"},
		{genotype(strings.Replace(cell, "1)", "2)", 1), "[6]"), "", "normal: pair 2: block 2 cannot read state 2: want 0..1"},
		{genotype(strings.Replace(cell, "none", "zero", 1), "[6]"), "", `unknown operation "zero" (known: skip_connect, `},
		{"0 1", "", "want 40 numbers, input and operation by turns, this has 2"},
		{strings.Replace(naoNetA, "15", "16", 1), "", "numbers 3 and 4"},
		{strings.Replace(naoNetA, "15", "99999999999999999999", 1), "", "want an input and an operation 0..15"},
		{strings.Replace(naoNetA, "2 8", "3 8", 1), "", "normal: pair 3: block 3 cannot read state 3"},
		{`{`, "", "JSON, byte 0: unexpected EOF"},
		{`{"normal": 1}`, "", "JSON, byte"},
		{`{"normla": {}}`, "", `unknown field "normla"`},
		{`{}`, "", "want normal and reduction, or cell alone"},
		{tpu(`{"normal"`, `{"cell": {}, "normal"`), "", "want normal and reduction, or cell alone"},
		{amoebaNetATPU + "1", "", "something follows"},
		{tpu(`["avg_pool_3x3", `, "["), "", "normal has 9 operations and 10 hiddenstate_indices, want 10 of each"},
		{tpu("1x7_7x1", "1x8"), "", `reduction: unknown operation "1x8" (known: 1x1, `},
		{tpu("[1, 1, 0,", "[1, 1, 0, 0,"), "", "reduction has 8 used_hiddenstates, want 7"},
		{tpu("[1, 1, 0,", "[1, 2, 0,"), "", "used_hiddenstates has 2, want 0 or 1"},
		{tpu("[1, 1, 0, 0, 0, 0, 0]", "[1, 1, 1, 1, 1, 1, 1]"), "", "nothing is concatenated"},
		{tpu("[0, 0, 1,", "[0, -1, 1,"), "", "block 2 cannot read state -1"},
	} {
		got, err := NASNet{}.Parse(c.text)
		if c.bad == "" {
			if err != nil || got != c.want {
				t.Errorf("%s: %s, %v; want %s", c.text, got, err, c.want)
			}
		} else if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), c.bad) || got != "" {
			t.Errorf("%s: %q, %v; want ErrInvalid that says %s", c.text, got, err, c.bad)
		}
	}
	if got := (NASNet{}).Format(amoebaNetA); got != amoebaNetAText {
		t.Errorf("printed as %s", got)
	}
}

// The texts of the authors say the edges of the reference.
func TestNASNetOriginals(t *testing.T) {
	n := 0
	for _, e := range referenceCells(t) {
		if e.Original == nil {
			continue
		}
		n++
		text := string(e.Original)
		var flat struct {
			Arc string `json:"fixed_arc"`
		}
		if json.Unmarshal(e.Original, &flat) == nil && flat.Arc != "" {
			text = flat.Arc
		}
		got, err := NASNet{}.Parse(text)
		if _, want, _ := Published(e.Name); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", e.Name, got, err, want)
		}
	}
	if n != 10 {
		t.Errorf("%d originals, want 10", n)
	}
}

func FuzzNASNetParse(f *testing.F) {
	for _, text := range []string{"", string(amoebaNetA), amoebaNetAText, amoebaNetATPU, naoNetA, amoebaNetAText[:90], `{"cell": {"operations": []}}`, "Genotype(normal=[((((", "0r1r"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := NASNet{}
		a, err := s.Parse(text)
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) || a != "" {
				t.Fatalf("%q: %q, %v; want ErrInvalid", text, a, err)
			}
			return
		}
		for _, again := range []string{s.Format(a), string(a)} {
			if b, err := s.Parse(again); err != nil || b != a {
				t.Fatalf("%q is %s, which prints as %s and reads as %s, %v", text, a, again, b, err)
			}
		}
		idempotent(t, s, a)
	})
}

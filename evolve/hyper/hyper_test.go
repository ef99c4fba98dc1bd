package hyper_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/hyper"
)

const own = `
- {name: lr, type: float, low: 1e-4, high: 1, log: true}
- {name: opt, type: choice, choices: [sgd, adam]}
- {name: momentum, type: float, low: 0, high: 0.9, if: {opt: sgd}}
- {name: layers, type: int, low: 1, high: 8}
`

func read(t testing.TB, text string) *hyper.Space {
	t.Helper()
	s, err := hyper.Read("own.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The contract of spaces, alone and beside an architecture.
func TestSpace(t *testing.T) {
	entry, err := evolve.Spaces.Lookup("hyper")
	if err != nil {
		t.Fatal(err)
	}
	cell := t.TempDir() + "/cell.yaml"
	if err := os.WriteFile(cell, []byte("- arch: amoebanet-a\n"+own), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"testdata/joint.yaml", cell} {
		entry.File, entry.Variants = false, []string{file}
		t.Run(file, func(t *testing.T) { evolvetest.Space(t, entry) })
	}
}

func TestGenome(t *testing.T) {
	s := read(t, own)
	for text, want := range map[string]string{
		"lr=0.001,opt=adam,layers=3":                          "lr=0.001,opt=adam,layers=3",
		" layers = 3, lr=1e-3 ,opt=adam":                      "lr=0.001,opt=adam,layers=3",
		"lr=1,opt=sgd,momentum=-0,layers=8":                   "lr=1,opt=sgd,momentum=0,layers=8",
		"lr=0.10000000000000002,opt=sgd,momentum=.5,layers=1": "lr=0.10000000000000002,opt=sgd,momentum=0.5,layers=1",
	} {
		if got, err := s.Parse(text); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v; want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"lr=2,opt=adam,layers=3":              `hyper: lr: "2", want a number from 0.0001 to 1`,
		"lr=nan,opt=adam,layers=3":            `hyper: lr: "nan", want a number from 0.0001 to 1`,
		"lr=0.1,opt=adam,layers=2.5":          `hyper: layers: "2.5", want a whole number from 1 to 8`,
		"lr=0.1,opt=lion,layers=3":            `hyper: opt: "lion", want sgd, adam`,
		"lr=0.1,opt=adam,momentum=0,layers=3": "hyper: momentum does not apply, since opt is not sgd",
		"lr=0.1,opt=sgd,layers=3":             "hyper: momentum is missing",
		"lr=0.1,lr=0.1":                       "hyper: lr twice",
		"lr=0.1,depth=3":                      `hyper: no parameter "depth"`,
		"0.1":                                 `hyper: "0.1": want NAME=VALUE`,
	} {
		if _, err := s.Canon(evolve.Arch(text)); err == nil || err.Error() != want+": invalid" || !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestValues(t *testing.T) {
	s := read(t, "- {arch: nb201, cell: '|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|'}\n"+own+
		"- {name: batch, type: choice, choices: [16, 0.5, yes, true]}\n")
	arch, values, err := s.Values("lr=0.5,opt=adam,layers=3,batch=16")
	want := hyper.Values{{"lr", .5}, {"opt", "adam"}, {"layers", int64(3)}, {"batch", int64(16)}}
	if err != nil || arch == "" || !cmp.Equal(values, want) {
		t.Errorf("%q, %v, %v; want %v", arch, values, err, want)
	}
	of, single := s.Arch()
	if of.Name() != "nb201" || single != arch || len(s.Decisions()) != 5 {
		t.Errorf("the cell %q of %s, %d decisions; want %q and 5", single, of.Name(), len(s.Decisions()), arch)
	}
	_, values, _ = s.Values("lr=0.5,opt=sgd,momentum=0.25,layers=3,batch=true")
	if text, _ := json.Marshal(values); string(text) !=
		`{"lr":0.5,"opt":"sgd","momentum":0.25,"layers":3,"batch":true}` {
		t.Errorf("%s", text)
	}
	for place, want := range [][]any{nil, {"sgd", "adam"}, nil, nil, {int64(16), .5, "yes", true}} {
		if s.Decisions()[place].Options == 0 {
			want = []any{nil}
		}
		for option, want := range want {
			if got := s.Option(place, option); got != want {
				t.Errorf("option %d of decision %d: %v, want %v", option, place, got, want)
			}
		}
	}
	// What a program is told: the cell beside the values, of a plain space the genome, of others the notation.
	told, beside, err := hyper.Told(s, "lr=0.5,opt=adam,layers=3,batch=16")
	if err != nil || !strings.HasPrefix(told, "|nor_conv_3x3~0|+") || len(beside) != 4 {
		t.Errorf("%q, %v, %v", told, beside, err)
	}
	if text, values, err := hyper.Told(of, single); err != nil || !strings.HasPrefix(text, "|nor_conv_3x3~0|+") || values != nil {
		t.Errorf("%q, %v, %v", text, values, err)
	}
	if text, values, err := hyper.Told(read(t, own), "lr=0.5,opt=adam,layers=3"); err != nil || text != "lr=0.5,opt=adam,layers=3" || len(values) != 3 {
		t.Errorf("%q, %v, %v", text, values, err)
	}
	if _, _, err := hyper.Told(s, "lr=7"); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("%v", err)
	}
}

// Levels are whole numbers, which trees split by, and what does not apply is 0.
func TestEncode(t *testing.T) {
	s := read(t, own)
	for encoding, want := range map[string][]float64{"levels": {191, 0, 1, 0, 112}, "unit": {.75, 0, 1, 0, .4375}} {
		got, err := s.Encode(nil, encoding, "lr=0.1,opt=adam,layers=4")
		if err != nil || !cmp.Equal(got, want, cmpopts.EquateApprox(0, 1e-12)) {
			t.Errorf("%s: %v, %v; want %v", encoding, got, err, want)
		}
	}
}

// In a joint space decisions of the architecture come first, and each changes by itself.
func TestJoint(t *testing.T) {
	text, err := os.ReadFile("testdata/joint.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := read(t, string(text))
	a := evolve.Arch("233111;lr=0.1,optimizer=adam,batch=32,width=64")
	x := s.Choices(nil, a)
	n := math.NaN()
	if want := []float64{2, 3, 3, 1, 1, 1, .1, 1, n, n, n, 1, 64}; fmt.Sprint(x) != fmt.Sprint(want) {
		t.Errorf("choices %v, want %v", x, want)
	}
	if d := s.Decisions(); d[0].Name != "arch.edge0-1" || d[9].If.Place != 7 {
		t.Errorf("%+v, %+v", d[0], d[9])
	}
	if b, err := s.Parse("|nor_conv_1x1~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|skip_connect~1|skip_connect~2|" +
		";lr=0.1,optimizer=adam,batch=32,width=64"); err != nil || !strings.HasSuffix(string(b), ";lr=0.1,optimizer=adam,batch=32,width=64") {
		t.Errorf("%q, %v", b, err)
	}
	mutate, err := s.Mutation("one")
	if err != nil {
		t.Fatal(err)
	}
	r, arch, changed := evolve.Stream(1, "test"), 0, map[string]int{}
	const draws = 4000
	for range draws {
		y := s.Choices(nil, mutate(a, r))
		for i := range y {
			if y[i] != x[i] && !(math.IsNaN(y[i]) && math.IsNaN(x[i])) {
				if i < 6 {
					arch++
				}
				changed[s.Decisions()[i].Name]++
				break
			}
		}
	}
	// Six edges and four parameters apply: 400 mutations of each are expected, with a deviation of 19.
	if arch < 2280 || arch > 2520 {
		t.Errorf("%d of %d mutations change the cell, want 2400", arch, draws)
	}
	for _, name := range []string{"lr", "optimizer", "batch", "width"} {
		if n := changed[name]; n < 310 || n > 490 {
			t.Errorf("%d of %d mutations change %s, want 400", n, draws, name)
		}
	}
}

// Numbers are spread as the file says, and a step of a mutation is a fifth of the range.
func TestSpread(t *testing.T) {
	s := read(t, "- {name: x, type: float, low: 1e-4, high: 1, log: true}\n- {name: k, type: int, low: 1, high: 4}\n")
	r, low, count := evolve.Stream(1, "test"), 0, [5]int{}
	const draws = 4000
	for range draws {
		x := s.Choices(nil, s.Sample(r))
		if x[0] < 1e-2 {
			low++
		}
		count[int(x[1])]++
	}
	if low < 1850 || low > 2150 {
		t.Errorf("%d of %d samples are below the geometric mean", low, draws)
	}
	for k, n := range count[1:] {
		if n < 870 || n > 1130 {
			t.Errorf("%d of %d samples are %d, want a quarter", n, draws, k+1)
		}
	}
	mutate, _ := s.Mutation("one")
	sum, n := 0.0, 0.0
	for range draws {
		x := s.Choices(nil, mutate("x=0.01,k=2", r))
		if u := s.Decisions()[0].Unit(x[0]); x[0] != .01 {
			sum, n = sum+(u-.5)*(u-.5), n+1
		}
	}
	// Cut at 2.5 deviations a normal step of 0.2 has a deviation of 0.191.
	if sd := math.Sqrt(sum / n); math.Abs(sd-.191) > .008 {
		t.Errorf("steps of %.3f of the range, want 0.191", sd)
	}
}

func TestReadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "own.yaml: empty, want a list of {name: NAME, type: float|int|choice, …}",
		"a: 1":                             "own.yaml:1: want a list, - {name: NAME, type: float|int|choice, …}",
		"- 3":                              "own.yaml:1: want {name, type, low, high, log, choices, if}",
		"- arch: nb201":                    "own.yaml:1: no parameter, want at least one",
		strings.Repeat("[", 1<<15+1):       "own.yaml: 32769 bytes, want at most 32768",
		"[":                                "own.yaml:1: sequence end token ']' not found",
		"- {name: x}":                      "own.yaml:1: a parameter without type",
		"- {name: x, type: real}":          `own.yaml:1: x: type "real" (known: float, int, choice): unknown`,
		"- {name: x, type: float, low: 0}": "own.yaml:1: x: no high, which a float needs",
		"- {name: x, type: float, hi: 0}":  `own.yaml:1: key "hi": did you mean "high"?`,
		"- {name: x, type: choice}":        "own.yaml:1: x: no choices, which a choice needs",
		"- {name: 3, type: int}":           "own.yaml:1: name: want a text",
		"- {name: a b, type: int, low: 0, high: 1}":                            `own.yaml:1: a b: name: "a b": want a letter`,
		"- {name: arch.x, type: int, low: 0, high: 1}":                         `own.yaml:1: arch.x: name: "arch.x": want a letter`,
		"- {name: x, type: float, low: a, high: 1}":                            "own.yaml:1: x: low: want a number",
		"- {name: x, type: float, low: .nan, high: 1}":                         "own.yaml:1: x: low: want a number",
		"- {name: x, type: float, low: -1e308, high: 1e308}":                   "own.yaml:1: x: high: want a finite range",
		"- {name: x, type: float, low: 2, high: 1}":                            "own.yaml:1: x: low: 2 is not below high, 1",
		"- {name: x, type: float, low: 1, high: 1}":                            "own.yaml:1: x: low: 1 is not below high, 1",
		"- {name: x, type: int, low: 0.5, high: 1}":                            "own.yaml:1: x: low: 0.5 is not a whole number, as an int needs",
		"- {name: x, type: int, low: 0, high: 1e300}":                          "own.yaml:1: x: high: 1e+300 is beyond the whole numbers that are told apart, want -2^53 to 2^53",
		"- {name: x, type: int, low: 0, high: 9, log: true}":                   "own.yaml:1: x: low: 0 has no logarithm: want more than 0, or log: false",
		"- {name: x, type: int, low: 0, high: 9, log: 1}":                      "own.yaml:1: x: log: want true or false",
		"- {name: x, type: int, low: 0, high: 9, choices: [1]}":                "own.yaml:1: x: choices: a number has low and high, no choices",
		"- {name: x, type: choice, choices: [a]}":                              "own.yaml:1: x: choices: 1 values, want 2 to 1000",
		"- {name: x, type: choice, choices: [a, a]}":                           "own.yaml:1: x: choices: a twice",
		"- {name: x, type: choice, choices: [1, '1']}":                         "own.yaml:1: x: choices: 1 twice",
		"- {name: x, type: choice, choices: [a, 'b,c']}":                       `own.yaml:1: x: choices: "b,c": want 1 to 100 bytes`,
		"- {name: x, type: choice, choices: [a, [b]]}":                         "own.yaml:1: x: choices: want a text, a number, true or false",
		"- {name: x, type: choice, choices: [a, b], low: 1}":                   "own.yaml:1: x: low: a choice has choices, no range",
		"- {name: x, type: choice, choices: [a, b], log: true}":                "own.yaml:1: x: log: a choice has no logarithm",
		own + "- {name: lr, type: int, low: 0, high: 1}":                       "own.yaml:6: lr: name: a second parameter lr",
		own + "- {name: x, type: int, low: 0, high: 1, if: {optt: sgd}}":       `own.yaml:6: x: if: parameter "optt": did you mean "opt"?`,
		own + "- {name: x, type: int, low: 0, high: 1, if: {opt: sdg}}":        `own.yaml:6: x: if: value of opt "sdg": did you mean "sgd"?`,
		own + "- {name: x, type: int, low: 0, high: 1, if: {opt: [sgd, sgd]}}": "own.yaml:6: x: if: sgd twice",
		own + "- {name: x, type: int, low: 0, high: 1, if: {opt: []}}":         "own.yaml:6: x: if: no value of opt, want at least one",
		own + "- {name: x, type: int, low: 0, high: 1, if: {lr: 0.1}}":         "own.yaml:6: x: if: lr is a float, want a choice",
		own + "- {name: x, type: int, low: 0, high: 1, if: opt}":               "own.yaml:6: x: if: want {NAME: VALUE} or {NAME: [VALUE, …]}",
		own + "- {name: x, type: int, low: 0, high: 1, if: {x: 1}}":            "own.yaml:6: x: if: x is no earlier parameter: put it in front",
		own + "- arch: nb201":                                                  `own.yaml:6: key "arch" (known: `,
		"- arch: nb301\n" + own:                                                `own.yaml:1: arch: space "nb301": did you mean "nb101"?`,
		"- arch: nlp\n" + own:                                                  "own.yaml: hyper: arch: space nlp is no list of decisions",
		"- arch: hyper:x\n" + own:                                              "own.yaml:1: arch: a space of architectures, not one of hyper-parameters",
		"- {arch: nb201, cell: 7}\n" + own:                                     "own.yaml:1: cell: nb201: ",
		"- {arch: amoebanet-a, cell: 7}\n" + own:                               "own.yaml:1: cell: arch is a cell already",
		"- &a {name: x, type: int, low: 0, high: 1}\n- *a":                     "own.yaml:1: want {name, type, low, high, log, choices, if}",
		"- {name: x, type: !!str int, low: 0, high: 1}":                        "own.yaml:1: type: want a text",
		"- {name: x}\n---\n- {name: y}":                                        "own.yaml: 2 YAML documents, want one list",
	} {
		_, err := hyper.Read("own.yaml", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") ||
			!errors.Is(err, evolve.ErrInvalid) && !errors.Is(err, evolve.ErrUnknown) && !errors.Is(err, evolve.ErrUnsupported) {
			t.Errorf("%q:\n%v, want\n%s", text, err, want)
		}
	}
}

// Whatever a file holds is refused on one line, or is a space whose samples are read back.
func FuzzRead(f *testing.F) {
	joint, err := os.ReadFile("testdata/joint.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{own, string(joint), "- {name: x, type: float, low: 0x1p-1074, high: 1e308}",
		"- {name: k, type: int, low: -9007199254740992, high: 9007199254740992}"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := hyper.Read("f", text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		mutate, _ := s.Mutation("one")
		r := evolve.Stream(1, "fuzz")
		a := s.Sample(r)
		for _, g := range []evolve.Arch{a, mutate(a, r), s.Cross(a, s.Sample(r), r)} {
			if b, err := s.Parse(string(g)); err != nil || b != g {
				t.Fatalf("%q: %q reads as %q, %v", text, g, b, err)
			}
			if b, err := s.Choose(s.Choices(nil, g)); err != nil || b != g {
				t.Fatalf("%q: %q is chosen as %q, %v", text, g, b, err)
			}
		}
	})
}

// A digest is of what a file means, however it is written.
func TestDigest(t *testing.T) {
	digest := func(text string) string {
		s, err := hyper.Read("f", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return s.Digest()
	}
	was := digest("- {name: lr, type: float, low: 0.25, high: 1}")
	if same := digest("# rates\n- name: lr\n  type: float\n  high: 1.0\n  low: 2.5e-1\n"); same != was || len(was) != 64 {
		t.Errorf("%s, and written in another way %s", was, same)
	}
	for _, other := range []string{"- {name: rate, type: float, low: 0.25, high: 1}", "- {name: lr, type: float, low: 0.25, high: 2}",
		"- {name: lr, type: float, low: 0.25, high: 1, log: true}", "- {arch: nb201}\n- {name: lr, type: float, low: 0.25, high: 1}"} {
		if digest(other) == was {
			t.Errorf("%s has the digest of another space", other)
		}
	}
}

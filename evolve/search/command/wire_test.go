package command

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// reals is a space with decisions of every kind.
type reals struct{ space.NB201 }

func (reals) Name() string { return "reals" }

func (reals) Decisions() []evolve.Decision {
	return []evolve.Decision{
		{Name: "solver", Options: 3},
		{Name: "rate", Lo: 1e-6, Hi: .5, Log: true},
		{Name: "layers", Lo: 1, Hi: 8, Int: true},
		{Name: "momentum", Lo: 0, Hi: 1, If: evolve.Condition{Place: 0, Options: []int{2}}},
		{Name: "beta \"2\"", Options: 4, If: evolve.Condition{Place: 0, Options: []int{0, 1}}},
		{Name: "gamma", Options: 2, If: evolve.Condition{Place: 4, Options: []int{3}}},
	}
}

func (reals) Option(place, option int) any {
	if place > 0 {
		return nil
	}
	return []any{"sgd", int64(2), true}[option]
}

// The lines are read by programs of others: a change here is another protocol.
func TestLines(t *testing.T) {
	p := evolve.Problem{Space: reals{}, Objectives: []evolve.Objective{evolve.NewObjective("error"), evolve.NewObjective("params")},
		Fidelities: []evolve.Fidelity{{Epochs: 12}, {Epochs: 200}}}
	none := evolve.Problem{Space: undecided{}, Objectives: p.Objectives[:1], Fidelities: p.Fidelities[1:]}
	for want, got := range map[string][]byte{
		`{"protocol":1,"init":{"space":"reals","objectives":["error","params"],"fidelities":[12,200],"decisions":[` +
			`{"name":"solver","options":3,"choices":["sgd",2,true]},{"name":"rate","low":1e-06,"high":0.5,"log":true,"int":false},` +
			`{"name":"layers","low":1,"high":8,"log":false,"int":true},{"name":"momentum","low":0,"high":1,"log":false,"int":false,"if":{"solver":true}},` +
			`{"name":"beta \"2\"","options":4,"if":{"solver":["sgd",2]}},{"name":"gamma","options":2,"if":{"beta \"2\"":3}}],"seed":"18446744073709551615"}}`: appendInit(nil, p, math.MaxUint64),
		`{"protocol":1,"init":{"space":"undecided","objectives":["error"],"fidelities":[200],"seed":"0"}}`: appendInit(nil, none, 0),
		`{"ask":{"id":7}}`: appendAsk(nil, 7),
		`{"tell":{"id":7,"arch":"301003","epochs":12,"loss":0.08,"cost":1e-09,"others":[1e+06,null]}}`: appendTell(nil, 7, "301003", 12,
			&evolve.Result{Loss: .08, Cost: 1e-9, Others: []float64{1e6, math.NaN()}}, ""),
		`{"tell":{"id":8,"arch":"é\"","epochs":200,"loss":null,"error":"it failed","cost":0}}`: appendTell(nil, 8, `é"`, 200, &evolve.Result{Loss: math.Inf(1)}, "it failed"),
	} {
		if string(got) != want+"\n" || !json.Valid(got) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// undecided is a space of no decisions.
type undecided struct{}

func (undecided) Name() string                             { return "undecided" }
func (undecided) Sample(*rand.Rand) evolve.Arch            { return "x" }
func (undecided) Canon(a evolve.Arch) (evolve.Arch, error) { return a, nil }

func (a answer) equal(b answer) bool {
	return slices.EqualFunc(a.choose, b.choose, func(x, y float64) bool { return x == y || x != x && y != y }) &&
		(a.choose == nil) == (b.choose == nil) && a.arch == b.arch && a.epochs == b.epochs && a.from == b.from &&
		slices.Equal(a.parents, b.parents) && a.wait == b.wait && a.done == b.done
}

func TestAnswers(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		line string
		fast bool // read by the scanner
		want answer
	}{
		{`{"choose":[0,3,12]}`, true, answer{choose: []float64{0, 3, 12}}},
		{` { "choose" : [ 0.5, -1e-3, null ] , "epochs" : 12 } ` + "\r", true, answer{choose: []float64{.5, -1e-3, nan}, epochs: 12}},
		{`{"choose":[]}`, true, answer{choose: []float64{}}},
		{`{"arch":"301003","from":7,"parents":[7,1],"epochs":200}`, true, answer{arch: "301003", from: 7, parents: []int{7, 1}, epochs: 200}},
		{`{"wait":true}`, true, answer{wait: true}}, {`{"done": true}`, true, answer{done: true}},
		{`{"arch":"\u00e9 |x\""}`, false, answer{arch: `é |x"`}}, {`{"arch":"é"}`, false, answer{arch: "é"}},
		{`{"wait":false,"arch":"x"}`, false, answer{arch: "x"}},
		{`{"arch":"x","arch":"y"}`, false, answer{arch: "y"}},
		{`{"choose":null,"arch":"x","parents":null}`, false, answer{arch: "x"}},
	} {
		var a answer
		if got := a.scan([]byte(c.line)); got != c.fast {
			t.Errorf("%s: read by the scanner: %t", c.line, got)
		}
		for _, again := range []string{c.line, `{"choose":[9,9,9,9],"parents":[3]}`, c.line} { // its slices are used again
			if err := a.read([]byte(again)); err != nil {
				t.Errorf("%s: %v", again, err)
			}
		}
		if !a.equal(c.want) {
			t.Errorf("%s: %+v", c.line, a)
		}
	}
	for _, line := range []string{
		"", "{}", "[]", "null", "{", `{"choose":[0`, `{"choose":[00]}`, `{"choose":[.5]}`, `{"choose":[1e999]}`, `{"choose":[NaN]}`, `{"choose":[1],}`,
		`{"choose":["1"]}`, `{"arch":""}`, `{"arch":7}`, `{"arch":"x"} {}`, `{"arch":"x"}x`, `{"arch":"x"}}`, `{"archs":"x"}`, `{"arch":"x","wait":true}`, `{"choose":[1],"arch":"x"}`,
		`{"wait":false}`, `{"wait":true,"epochs":3}`, `{"done":true,"from":3}`, `{"arch":"x","epochs":-1}`, `{"arch":"x","epochs":1.5}`, `{"arch":"x","from":-1}`,
		`{"arch":"x","parents":[1,2,3]}`, `{"arch":"x","epochs":99999999999999999999}`, `{"wait":1}`, "{\"arch\":\"x\x00\"}",
	} {
		var a answer
		if err := a.read([]byte(line)); err == nil {
			t.Errorf("%s: was read as %+v", line, a)
		}
	}
}

// What the scanner reads is what encoding/json reads, and no line makes it panic.
func FuzzAnswer(f *testing.F) {
	for _, line := range []string{`{"choose":[0,3,12]}`, `{"choose": [0.5, -1e-3, null], "epochs": 12}`, `{"arch":"301003","from":7,"parents":[7,1]}`,
		`{"wait":true}`, `{"done":true}`, `{"arch":"\"\u00e9"}`, `{"choose":[1E+5,-0,0.0]}`, `{"choose":[01]}`, `{"arch":"a` + "\t" + `"}`} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var a, b answer
		if !a.scan(line) {
			_ = a.decode(line)
			return
		}
		one, other := a.whole(), b.decode(line)
		if (one == nil) != (other == nil) || one == nil && !a.equal(b) {
			t.Fatalf("%q: %+v, %v; encoding/json: %+v, %v", line, a, one, b, other)
		}
	})
}

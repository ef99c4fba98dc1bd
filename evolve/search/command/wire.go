package command

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/jsonline"
)

// protocol is the version of the lines. One that an older program would misread has another.
const protocol = 1

// appendInit appends the line that begins a run.
func appendInit(dst []byte, p evolve.Problem, seed uint64) []byte {
	dst = strconv.AppendInt(append(dst, `{"protocol":`...), protocol, 10)
	dst = jsonline.AppendText(append(dst, `,"init":{"space":`...), p.Space.Name())
	dst = append(dst, `,"objectives":[`...)
	for i, name := range evolve.ObjectiveNames(p.Objectives) {
		dst = jsonline.AppendText(jsonline.AppendComma(dst, i), name)
	}
	dst = append(dst, `],"fidelities":[`...)
	for i, f := range p.Fidelities {
		dst = strconv.AppendInt(jsonline.AppendComma(dst, i), int64(f.Epochs), 10)
	}
	dst = append(dst, ']')
	if d, ok := p.Space.(evolve.Decider); ok {
		dst = append(dst, `,"decisions":[`...)
		all := d.Decisions()
		for i := range all {
			dst = appendDecision(jsonline.AppendComma(dst, i), p.Space, all, i)
		}
		dst = append(dst, ']')
	}
	// A text, since numbers of JSON do not hold 64 bits.
	dst = strconv.AppendUint(append(dst, `,"seed":"`...), seed, 10)
	return append(dst, "\"}}\n"...)
}

// appendDecision appends a decision of a space: its options are counted, and listed where they mean something, a real
// number has a range.
func appendDecision(dst []byte, space evolve.Space, all []evolve.Decision, i int) []byte {
	d, means := &all[i], func(option int) any { return meaning(space, i, option) }
	dst = jsonline.AppendText(append(dst, `{"name":`...), d.Name)
	if d.Options > 0 {
		dst = strconv.AppendInt(append(dst, `,"options":`...), int64(d.Options), 10)
		if means(0) != nil {
			dst = append(dst, `,"choices":[`...)
			for option := range d.Options {
				dst = jsonline.AppendValue(jsonline.AppendComma(dst, option), means(option))
			}
			dst = append(dst, ']')
		}
	} else {
		dst = jsonline.AppendNumber(append(dst, `,"low":`...), d.Lo)
		dst = jsonline.AppendNumber(append(dst, `,"high":`...), d.Hi)
		dst = strconv.AppendBool(append(dst, `,"log":`...), d.Log)
		dst = strconv.AppendBool(append(dst, `,"int":`...), d.Int)
	}
	if of := d.If.Options; len(of) > 0 {
		dst = append(jsonline.AppendText(append(dst, `,"if":{`...), all[d.If.Place].Name), ':')
		if len(of) > 1 {
			dst = append(dst, '[')
		}
		for k, option := range of {
			dst = jsonline.AppendComma(dst, k)
			if v := meaning(space, d.If.Place, option); v != nil {
				dst = jsonline.AppendValue(dst, v)
			} else {
				dst = strconv.AppendInt(dst, int64(option), 10)
			}
		}
		if len(of) > 1 {
			dst = append(dst, ']')
		}
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

// meaning is the value that an option stands for in a space that says so, as one by a file does; nil in others.
func meaning(space evolve.Space, place, option int) any {
	if s, ok := space.(interface{ Option(place, option int) any }); ok {
		return s.Option(place, option)
	}
	return nil
}

// appendAsk appends the line that asks for a trial.
func appendAsk(dst []byte, id int) []byte {
	dst = strconv.AppendInt(append(dst, `{"ask":{"id":`...), int64(id), 10)
	return append(dst, "}}\n"...)
}

// appendTell appends the line that tells a result. why is of a trial that failed.
func appendTell(dst []byte, id int, arch evolve.Arch, epochs int, r *evolve.Result, why string) []byte {
	dst = strconv.AppendInt(append(dst, `{"tell":{"id":`...), int64(id), 10)
	dst = jsonline.AppendText(append(dst, `,"arch":`...), string(arch))
	dst = strconv.AppendInt(append(dst, `,"epochs":`...), int64(epochs), 10)
	dst = jsonline.AppendNumber(append(dst, `,"loss":`...), r.Loss)
	if why != "" {
		dst = jsonline.AppendText(append(dst, `,"error":`...), why)
	}
	dst = jsonline.AppendNumber(append(dst, `,"cost":`...), r.Cost)
	if len(r.Others) > 0 {
		dst = append(dst, `,"others":[`...)
		for i, x := range r.Others {
			dst = jsonline.AppendNumber(jsonline.AppendComma(dst, i), x)
		}
		dst = append(dst, ']')
	}
	return append(dst, "}}\n"...)
}

// answer is what a program says when it is asked for a trial.
type answer struct {
	choose  []float64 // nil where it did not choose; NaN of a decision that it leaves out
	arch    string    // "" where it named none
	epochs  int
	from    int
	parents []int
	wait    bool
	done    bool
}

// read reads a line into the answer, whose slices it may use again. The error says what is wrong with the line.
func (a *answer) read(line []byte) error {
	if !a.scan(line) {
		return a.decode(line)
	}
	return a.whole()
}

// whole says whether an answer is one of the four that there are.
func (a *answer) whole() error {
	is := [...]bool{a.choose != nil, a.arch != "", a.wait, a.done}
	n := 0
	for _, one := range is {
		if one {
			n++
		}
	}
	switch {
	case n == 0:
		return fmt.Errorf("want one of choose, arch, wait and done")
	case n > 1:
		var said []string
		for i, name := range [len(is)]string{"choose", "arch", "wait", "done"} {
			if is[i] {
				said = append(said, name)
			}
		}
		return fmt.Errorf("%s at once, want one of them", strings.Join(said, " and "))
	case (a.wait || a.done) && (a.epochs != 0 || a.from != 0 || len(a.parents) > 0):
		return fmt.Errorf("epochs, from and parents are of a proposal")
	case a.epochs < 0 || a.from < 0 || len(a.parents) > 2:
		return fmt.Errorf("want epochs and from of at least 0, and at most two parents")
	}
	return nil
}

// decode reads any JSON.
func (a *answer) decode(line []byte) error {
	var all struct {
		Choose  []*float64 `json:"choose"`
		Arch    *string    `json:"arch"`
		Epochs  int        `json:"epochs"`
		From    int        `json:"from"`
		Parents []int      `json:"parents"`
		Wait    bool       `json:"wait"`
		Done    bool       `json:"done"`
	}
	if err := jsonline.Decode(line, &all); err != nil {
		return err
	}
	*a = answer{epochs: all.Epochs, from: all.From, parents: all.Parents, wait: all.Wait, done: all.Done}
	if all.Arch != nil {
		if a.arch = *all.Arch; a.arch == "" {
			return fmt.Errorf("the arch is empty")
		}
	}
	if all.Choose != nil {
		a.choose = make([]float64, len(all.Choose))
	}
	for i, x := range all.Choose {
		if a.choose[i] = math.NaN(); x != nil {
			a.choose[i] = *x
		}
	}
	return a.whole()
}

// scan reads the lines that programs usually write, in a few hundred nanoseconds. False leaves a line to decode, which
// reads the same from it or says what is wrong with it.
func (a *answer) scan(line []byte) bool {
	choose, s := a.choose[:0], jsonline.NewScanner(string(line))
	if choose == nil {
		choose = make([]float64, 0, 16)
	}
	*a = answer{parents: a.parents[:0]}
	var seen [len(keys)]bool
	return s.Object(func(key string) (ok bool) {
		k := slices.Index(keys[:], key)
		if k < 0 || seen[k] {
			return false
		}
		seen[k] = true
		switch key {
		case "choose":
			ok = s.List(func() bool {
				x, ok := math.NaN(), s.Word("null")
				if !ok {
					x, ok = s.Number()
				}
				choose = append(choose, x)
				return ok
			})
			a.choose = choose
		case "arch":
			a.arch, ok = s.Text()
			ok = ok && a.arch != ""
		case "epochs":
			a.epochs, ok = s.Int()
		case "from":
			a.from, ok = s.Int()
		case "parents":
			ok = s.List(func() bool {
				n, ok := s.Int()
				a.parents = append(a.parents, n)
				return ok
			})
		case "wait":
			a.wait, ok = true, s.Word("true")
		case "done":
			a.done, ok = true, s.Word("true")
		}
		return ok
	}) && s.End()
}

// keys are those of an answer.
var keys = [...]string{"choose", "arch", "epochs", "from", "parents", "wait", "done"}

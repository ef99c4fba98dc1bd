package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
)

// protocol is the version of the lines. One that an older program would misread has another.
const protocol = 1

// appendInit appends the line that begins a run.
func appendInit(dst []byte, p evolve.Problem, seed uint64) []byte {
	dst = strconv.AppendInt(append(dst, `{"protocol":`...), protocol, 10)
	dst = appendText(append(dst, `,"init":{"space":`...), p.Space.Name())
	dst = append(dst, `,"objectives":[`...)
	for i, name := range evolve.ObjectiveNames(p.Objectives) {
		dst = appendText(appendComma(dst, i), name)
	}
	dst = append(dst, `],"fidelities":[`...)
	for i, f := range p.Fidelities {
		dst = strconv.AppendInt(appendComma(dst, i), int64(f.Epochs), 10)
	}
	dst = append(dst, ']')
	if d, ok := p.Space.(evolve.Decider); ok {
		dst = append(dst, `,"decisions":[`...)
		all := d.Decisions()
		for i := range all {
			dst = appendDecision(appendComma(dst, i), p.Space, all, i)
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
	dst = appendText(append(dst, `{"name":`...), d.Name)
	if d.Options > 0 {
		dst = strconv.AppendInt(append(dst, `,"options":`...), int64(d.Options), 10)
		if means(0) != nil {
			dst = append(dst, `,"choices":[`...)
			for option := range d.Options {
				dst = appendValue(appendComma(dst, option), means(option))
			}
			dst = append(dst, ']')
		}
	} else {
		dst = appendNumber(append(dst, `,"low":`...), d.Lo)
		dst = appendNumber(append(dst, `,"high":`...), d.Hi)
		dst = strconv.AppendBool(append(dst, `,"log":`...), d.Log)
		dst = strconv.AppendBool(append(dst, `,"int":`...), d.Int)
	}
	if of := d.If.Options; len(of) > 0 {
		dst = append(appendText(append(dst, `,"if":{`...), all[d.If.Place].Name), ':')
		if len(of) > 1 {
			dst = append(dst, '[')
		}
		for k, option := range of {
			dst = appendComma(dst, k)
			if v := meaning(space, d.If.Place, option); v != nil {
				dst = appendValue(dst, v)
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

// appendValue appends a text, a number or a truth.
func appendValue(dst []byte, v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // a plain value of a file always marshals
	}
	return append(dst, text...)
}

// appendAsk appends the line that asks for a trial.
func appendAsk(dst []byte, id int) []byte {
	dst = strconv.AppendInt(append(dst, `{"ask":{"id":`...), int64(id), 10)
	return append(dst, "}}\n"...)
}

// appendTell appends the line that tells a result. why is of a trial that failed.
func appendTell(dst []byte, id int, arch evolve.Arch, epochs int, r *evolve.Result, why string) []byte {
	dst = strconv.AppendInt(append(dst, `{"tell":{"id":`...), int64(id), 10)
	dst = appendText(append(dst, `,"arch":`...), string(arch))
	dst = strconv.AppendInt(append(dst, `,"epochs":`...), int64(epochs), 10)
	dst = appendNumber(append(dst, `,"loss":`...), r.Loss)
	if why != "" {
		dst = appendText(append(dst, `,"error":`...), why)
	}
	dst = appendNumber(append(dst, `,"cost":`...), r.Cost)
	if len(r.Others) > 0 {
		dst = append(dst, `,"others":[`...)
		for i, x := range r.Others {
			dst = appendNumber(appendComma(dst, i), x)
		}
		dst = append(dst, ']')
	}
	return append(dst, "}}\n"...)
}

func appendComma(dst []byte, i int) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	return dst
}

// appendNumber appends a number, null where it is not finite.
func appendNumber(dst []byte, x float64) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return append(dst, "null"...)
	}
	return strconv.AppendFloat(dst, x, 'g', -1, 64)
}

// appendText appends a string of JSON.
func appendText(dst []byte, text string) []byte {
	for i := range len(text) {
		if plain(text[i]) {
			continue
		}
		quoted, err := json.Marshal(text)
		if err != nil {
			panic(err) // a string always marshals
		}
		return append(dst, quoted...)
	}
	return append(append(append(dst, '"'), text...), '"')
}

// plain says whether a byte stands for itself in a string of JSON, whoever wrote it.
func plain(c byte) bool { return c >= ' ' && c < 0x7f && c != '"' && c != '\\' }

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

// read reads a line into the answer, whose slices it uses again. The error says what is wrong with the line.
func (a *answer) read(line []byte) error {
	if !a.scan(line) {
		return a.decode(line)
	}
	return a.whole()
}

// whole says whether an answer is one of the four that there are.
func (a *answer) whole() error {
	n := 0
	for _, is := range []bool{a.choose != nil, a.arch != "", a.wait, a.done} {
		if is {
			n++
		}
	}
	switch {
	case n != 1:
		return fmt.Errorf("want one of choose, arch, wait and done")
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
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		return err
	}
	if d.More() {
		return fmt.Errorf("want one object in a line")
	}
	*a = answer{choose: a.choose[:0], epochs: all.Epochs, from: all.From,
		parents: append(a.parents[:0], all.Parents...), wait: all.Wait, done: all.Done}
	if all.Arch != nil {
		if a.arch = *all.Arch; a.arch == "" {
			return fmt.Errorf("the arch is empty")
		}
	}
	for _, x := range all.Choose {
		if x == nil {
			a.choose = append(a.choose, math.NaN())
		} else {
			a.choose = append(a.choose, *x)
		}
	}
	if all.Choose == nil {
		a.choose = nil
	} else if a.choose == nil {
		a.choose = []float64{}
	}
	return a.whole()
}

// scan reads the lines that programs usually write, in a few hundred nanoseconds. False leaves a line to decode, which
// reads the same from it or says what is wrong with it.
func (a *answer) scan(line []byte) bool {
	choose, s := a.choose[:0], scanner{line: line}
	if choose == nil {
		choose = make([]float64, 0, 16)
	}
	*a = answer{parents: a.parents[:0]}
	var seen [len(keys)]bool
	if !s.next('{') {
		return false
	}
	for first := true; !s.next('}'); first = false {
		if !first && !s.next(',') {
			return false
		}
		key, ok := s.text()
		if !ok || !s.next(':') {
			return false
		}
		k := 0
		for k < len(keys) && string(key) != keys[k] {
			k++
		}
		if k == len(keys) || seen[k] {
			return false
		}
		seen[k] = true
		switch k {
		case 0:
			ok = s.list(func() (ok bool) {
				x := math.NaN()
				if !s.word("null") {
					x, ok = s.number()
				}
				choose = append(choose, x)
				return ok || math.IsNaN(x)
			})
			a.choose = choose
		case 1:
			var arch []byte
			arch, ok = s.text()
			a.arch, ok = string(arch), ok && len(arch) > 0
		case 2:
			a.epochs, ok = s.whole()
		case 3:
			a.from, ok = s.whole()
		case 4:
			ok = s.list(func() bool {
				n, ok := s.whole()
				a.parents = append(a.parents, n)
				return ok
			})
		case 5:
			a.wait, ok = true, s.word("true")
		case 6:
			a.done, ok = true, s.word("true")
		}
		if !ok {
			return false
		}
	}
	return s.blank() == len(line)
}

// keys are those of an answer.
var keys = [...]string{"choose", "arch", "epochs", "from", "parents", "wait", "done"}

// scanner reads a line from its beginning.
type scanner struct {
	line []byte
	at   int // bytes that are read
}

// blank passes over blanks and returns where it stands.
func (s *scanner) blank() int {
	for s.at < len(s.line) && (s.line[s.at] == ' ' || s.line[s.at] == '\t' || s.line[s.at] == '\r') {
		s.at++
	}
	return s.at
}

// next reads a mark where it comes next.
func (s *scanner) next(mark byte) bool {
	if s.blank() == len(s.line) || s.line[s.at] != mark {
		return false
	}
	s.at++
	return true
}

// word reads a word where it comes next.
func (s *scanner) word(w string) bool {
	if !bytes.HasPrefix(s.line[s.blank():], []byte(w)) {
		return false
	}
	s.at += len(w)
	return true
}

// list reads a list by a function that reads an item.
func (s *scanner) list(item func() bool) bool {
	if !s.next('[') {
		return false
	}
	for first := true; !s.next(']'); first = false {
		if !first && !s.next(',') || !item() {
			return false
		}
	}
	return true
}

// text reads a string of bytes that stand for themselves.
func (s *scanner) text() ([]byte, bool) {
	if !s.next('"') {
		return nil, false
	}
	from := s.at
	for s.at < len(s.line) && plain(s.line[s.at]) {
		s.at++
	}
	if s.at == len(s.line) || s.line[s.at] != '"' {
		return nil, false
	}
	s.at++
	return s.line[from : s.at-1], true
}

// whole reads a whole number from 0 to a billion.
func (s *scanner) whole() (n int, ok bool) {
	from := s.blank()
	for s.at < len(s.line) && s.line[s.at] >= '0' && s.line[s.at] <= '9' && s.at-from < 9 {
		n = n*10 + int(s.line[s.at]-'0')
		s.at++
	}
	return n, s.at > from && (s.line[from] != '0' || s.at == from+1) && !s.goesOn()
}

// goesOn says whether a number is longer than what was read of it.
func (s *scanner) goesOn() bool {
	return s.at < len(s.line) && bytes.IndexByte([]byte("0123456789.eE+-"), s.line[s.at]) >= 0
}

// number reads a number as JSON writes them.
func (s *scanner) number() (x float64, ok bool) {
	from := s.blank()
	if n, ok := s.whole(); ok {
		return float64(n), true
	}
	for s.at = from; s.goesOn(); s.at++ {
	}
	token := s.line[from:s.at]
	if !json.Valid(token) {
		return 0, false
	}
	x, err := strconv.ParseFloat(string(token), 64)
	return x, err == nil
}

package space

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

const nlpRNN = `{"f":{"input":["x","h_prev_0"],"op":"linear"},"h_new_0":{"input":["f"],"op":"activation_tanh"}}`

// nlpNode writes a node for the tables below.
func nlpNode(name, op string, in ...string) string {
	return fmt.Sprintf(`"%s":{"op":"%s","input":["%s"]}`, name, op, strings.Join(in, `","`))
}

func TestNLPParse(t *testing.T) {
	rnn := func(more ...string) string {
		return "{" + strings.Join(append([]string{nlpNode("f", "linear", "x", "h_prev_0"), nlpNode("h_new_0", "activation_tanh", "f")}, more...), ",") + "}"
	}
	many := func(n int) string {
		var more []string
		for i := range n {
			more = append(more, nlpNode(fmt.Sprint("n", i), "activation_sigm", "f"))
		}
		return rnn(more...)
	}
	for _, c := range []struct{ text, want, bad string }{
		{rnn(), nlpRNN, ""},
		{" {\n\"h_new_0\" : { \"op\":\"activation_tanh\" ,\t\"input\" : [ \"f\" ] } ,\r\n" + nlpNode("f", "linear", "x", "h_prev_0") + " } ", nlpRNN, ""},
		{nlpRNN, nlpRNN, ""},
		// The order of inputs is kept, and so is a node without an effect.
		{rnn(nlpNode("b", "linear", "h_prev_0", "x")), `{"b":{"input":["h_prev_0","x"],"op":"linear"},` + nlpRNN[1:], ""},
		{many(30), "", ""},
		{many(31), "", "more than 32 nodes"},

		{"", "", "byte 0: a recipe begins with {"},
		{"{}", "", "byte 1: want a node's name in quotes"},
		{rnn() + "x", "", "follows the recipe"},
		{strings.TrimSuffix(rnn(), "}"), "", "want , or } after a node"},
		{`{"f"`, "", "want : after the name of a node"},
		{`{"f":[`, "", `a node reads {"op"`},
		{`{"f":{}}`, "", "want op or input in quotes"},
		{`{"f":{"op":"linear"}}`, "", `node "f": want both op and input`},
		{`{"f":{"op":"linear","op":"linear"}}`, "", `node "f": key "op": want op and input, once each`},
		{`{"f":{"o":"linear"}}`, "", `node "f": key "o"`},
		{`{"f":{"op":7}}`, "", "byte 11: want an operation in quotes"},
		{`{"f":{"input":"x"}}`, "", "input is an array"},
		{`{"f":{"input":["x";`, "", "want , or ] after an input"},
		{`{"f":{"input":["x",]}}`, "", "want an input's name in quotes"},
		{`{"f":{"op":"linear","input":["a","b","c","d"]}}`, "", `node "f": more than 3 inputs`},
		{`{"f\u0031":`, "", "1 to 32 letters, digits and _"},
		{`{"":`, "", "1 to 32 letters"},
		{`{"` + strings.Repeat("a", 33) + `":`, "", "1 to 32 letters"},

		{rnn(nlpNode("f", "linear", "x", "h_prev_0")), "", `node "f" is defined twice`},
		{rnn(nlpNode("h_new_0", "activation_tanh", "f")), "", `node "h_new_0" is defined twice`},
		{rnn(nlpNode("x", "activation_tanh", "f")), "", `node "x": x and h_prev_i are sources`},
		{rnn(nlpNode("h_prev_1", "activation_tanh", "f")), "", `node "h_prev_1": x and h_prev_i are sources`},
		{"{" + nlpNode("f", "linear", "x", "h_prev_0") + "}", "", `there is no node "h_new_0"`},
		{rnn(nlpNode("h_new_2", "activation_tanh", "f")), "", `node "h_new_2": results count from h_new_0 without a gap, and there are 2`},
		{rnn(nlpNode("a", "conv", "f")), "", `node "a": unknown operation "conv" (known: linear, blend`},
		{rnn(nlpNode("a", "linear", "f")), "", `node "a": linear takes 2 or 3 inputs, not 1`},
		{rnn(nlpNode("a", "blend", "f", "h_prev_0")), "", `node "a": blend takes 3 inputs, not 2`},
		{rnn(nlpNode("a", "elementwise_sum", "f", "h_new_0", "h_prev_0")), "", `node "a": elementwise_sum takes 2 inputs, not 3`},
		{rnn(`"a":{"op":"activation_sigm","input":[]}`), "", `node "a": activation_sigm takes 1 inputs, not 0`},
		{rnn(nlpNode("a", "elementwise_prod", "f", "f")), "", `node "a" reads "f" twice`},
		{rnn(nlpNode("a", "elementwise_prod", "f", "x")), "", `node "a": elementwise_prod reads x, which only linear may`},
		{rnn(nlpNode("a", "activation_tanh", "g")), "", `node "a" reads "g", which is neither a node nor x or h_prev_i`},
		{rnn(nlpNode("a", "activation_tanh", "h_prev_1")), "", `node "a" reads "h_prev_1", but there are 1 hidden states`},
		{rnn(nlpNode("a", "activation_tanh", "h_prev_00")), "", `node "a" reads "h_prev_00", which is neither`},
		{rnn(nlpNode("a", "activation_tanh", "a")), "", `node "a" is on a cycle`},
		{rnn(nlpNode("a", "activation_tanh", "b"), nlpNode("b", "elementwise_sum", "f", "c"), nlpNode("c", "activation_tanh", "b")), "", `node "b" is on a cycle`},
		{rnn(nlpNode("h_new_1", "activation_tanh", "f")), "", "h_prev_1 has no effect on any h_new_i"},
		{"{" + nlpNode("h_new_0", "activation_tanh", "h_prev_0") + "," + nlpNode("f", "linear", "x", "h_prev_0") + "}", "", "x has no effect on any h_new_i"},
	} {
		got, err := NLP{}.Parse(c.text)
		switch {
		case c.bad != "":
			if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), c.bad) || got != "" {
				t.Errorf("%s: %q, %v; want ErrInvalid that says %s", c.text, got, err, c.bad)
			}
		case err != nil:
			t.Errorf("%s: %v", c.text, err)
		case c.want != "" && got != evolve.Arch(c.want):
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
	}
}

// A genome has one form, so that it can be a key.
func TestNLPCanonRefuses(t *testing.T) {
	for _, text := range []string{" " + nlpRNN, strings.Replace(nlpRNN, ":", ": ", 1), "{" + nlpNode("h_new_0", "activation_tanh", "f") + "," + nlpNode("f", "linear", "x", "h_prev_0") + "}"} {
		if _, err := (NLP{}).Canon(evolve.Arch(text)); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "alphabetical order") {
			t.Errorf("%s: %v, want ErrInvalid", text, err)
		}
		if _, err := (NLP{}).Encode(nil, "wl", evolve.Arch(text)); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", text, err)
		}
	}
}

func FuzzNLPParse(f *testing.F) {
	for _, text := range []string{
		"", "{}", nlpRNN, " " + nlpRNN, nlpRNN[:len(nlpRNN)-1],
		"{" + nlpNode("h_new_0", "blend", "a", "b", "h_prev_0") + "," + nlpNode("a", "linear", "x", "h_prev_0") + "," + nlpNode("b", "activation_sigm", "a") + "}",
		"{" + nlpNode("h_new_0", "activation_sigm", "h_new_0") + "}",
		"{" + nlpNode("h_new_0", "linear", "x", "h_prev_0") + "," + nlpNode("h_new_1", "elementwise_sum", "h_new_0", "h_prev_1") + "}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := NLP{}.Parse(text)
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) || a != "" {
				t.Fatalf("%q: %q, %v; want ErrInvalid", text, a, err)
			}
			return
		}
		again, err := NLP{}.Parse(NLP{}.Format(a))
		if err != nil || again != a {
			t.Fatalf("%q is %s, which prints and reads as %s, %v", text, a, again, err)
		}
		idempotent(t, NLP{}, a)
		if _, err := (NLP{}).Encode(nil, "wl", a); err != nil {
			t.Fatal(err)
		}
	})
}

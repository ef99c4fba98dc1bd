package answer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// FuzzParse holds that the fast reader reads what encoding/json reads, or nothing.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"query":{"arch":"0","epochs":12,"seed":7}}`, ` { "query" : { "seed" : 18446744073709551615 , "arch" : "|a~0|" } } `, `{"query":{"seed":"7","arch":"x"}}`,
		`{"query":{"arch":"a","epochs":,"seed":1}}`, `{"query":{"arch":,"arch":"x"}}`, `{"query":{"arch":"a","arch":"b"}}`, `{"query":{"arch":"a","epochs":01}}`, `{"query":{"arch":"a","seed":}}`,
		`{"query":{"arch":"a\"b"}}`, `{"query":{"arch":"é"}}`, `{"query":{"arch":"a","epochs":-1}}`, `{"query":{"arch":"a","epochs":2147483648}}`, `{"query":{"arch":"a"}}x`, `{"query":{}}`, `{"query":{"arch":"a",}}`, `{}`, `[]`, ``, `{"query":null}`,
		`{"query":{"arch":"a","seed":1.5}}`, `{"query":{"arch":"a","seed":18446744073709551616}}`, `{"query":{"arch":"a","epochs":0,"epochs":1}}`, `{"query":{"arch":"a","more":1}}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		slow, err := decode(line)
		if err != nil && !errors.Is(err, evolve.ErrInvalid) {
			t.Fatalf("%q: %v", line, err)
		}
		if fast, ok := scan(line); ok && (err != nil || fast != slow) {
			t.Fatalf("%q: read fast %+v, else %+v, %v", line, fast, slow, err)
		}
	})
}

// The usual shape is read fast.
func TestScan(t *testing.T) {
	for _, line := range []string{`{"query":{"arch":"0","epochs":12,"seed":7}}`, `{"query": {"seed": 7, "epochs": 12, "arch": "0"}}`} {
		if q, ok := scan(line); !ok || q != (query{"0", 12, 7}) {
			t.Errorf("%s: %+v, %t", line, q, ok)
		}
	}
}

// toy fails where an architecture begins with 4, and knows nothing of one that begins with 3.
type toy struct{ evolve.Benchmark }

func (toy) Problem() evolve.Problem {
	return evolve.Problem{Space: space.NB201{}, Fidelities: []evolve.Fidelity{{Epochs: 3}, {Epochs: 9}},
		Objectives: []evolve.Objective{evolve.TrainedObjective(evolve.Accuracy), evolve.NewObjective("throughput:x")}}
}

func (toy) About() evolve.About { return evolve.About{} }

func (toy) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	r.Cost = 2
	switch t.Arch[0] {
	case '4':
		return fmt.Errorf("no such luck: %w", evolve.ErrFailed)
	case '3':
		return fmt.Errorf("not in the table")
	}
	r.Loss, r.Others = float64(t.Epochs)+float64(t.Seed>>62)/4, []float64{-100} // a run of four by the high bits
	return nil
}

func (toy) Score(*evolve.Trial) (evolve.Score, error) { return evolve.Score{Val: 1, Test: 0.25}, nil }

func TestServe(t *testing.T) {
	s, err := New(toy{})
	if err != nil {
		t.Fatal(err)
	}
	var in, want []string
	for _, c := range [][2]string{
		{`{"query":{"arch":"012340","epochs":3,"seed":5}}`, `{"loss":3.5,"cost":2,"test":0.25,"others":[100]}`},
		{`{"query":{"arch":"|none~0|+|skip_connect~0|nor_conv_1x1~1|+|nor_conv_3x3~0|avg_pool_3x3~1|none~2|","seed":"1"}}`, `{"loss":0.25,"cost":2,"test":0.25,"others":[100]}`},
		{`{"query":{"arch":"412340"}}`, `{"loss":null,"cost":2,"error":"no such luck"}`},
		{`{"query":{"arch":"312340"}}`, `{"error":"not in the table"}`},
		{`{"query":{"arch":"012340","epochs":4}}`, `{"error":"epochs 4: want one of the benchmark's schedules, 3, 9"}`},
		{`{"query":{"arch":"912340"}}`, `{"error":"nb201: \"912340\": character 1 is '9', not an operation 0..4"}`},
		{`{"query":[]}`, `{"error":"no query (query is an array, want an object): want {\"query\":{\"arch\":\"…\",\"epochs\":12,\"seed\":7}}"}`},
		{`{"query":{"arch":"012340","seed":"abc"}}`, `{"error":"seed \"abc\": want a whole number, 0 to 2⁶⁴-1"}`},
		{`{"ask":{}}`, `{"error":"no query (unknown field \"ask\"): want {\"query\":{\"arch\":\"…\",\"epochs\":12,\"seed\":7}}"}`},
		{``, `{"error":"no query (it is empty): want {\"query\":{\"arch\":\"…\",\"epochs\":12,\"seed\":7}}"}`},
		{strings.Repeat("x", 1<<17), `{"error":"line longer than 65536 bytes"}`},
		{`{"query":{"arch":"012340","epochs":9}}`, `{"loss":9,"cost":2,"test":0.25,"others":[100]}`},
	} {
		in, want = append(in, c[0]), append(want, c[1])
	}
	var out bytes.Buffer
	all, failed, err := s.Serve(context.Background(), strings.NewReader(strings.Join(in, "\n")), &out)
	if err != nil || all != len(in) || failed != 8 {
		t.Errorf("%d of %d, %v", failed, all, err)
	}
	for i, got := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n") {
		if got != want[i] {
			t.Errorf("%.80s: %s, want %s", in[i], got, want[i])
		}
	}
}

// Whoever waits for an answer before the next query gets it.
func TestServeOneByOne(t *testing.T) {
	s, err := New(toy{})
	if err != nil {
		t.Fatal(err)
	}
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	go func() {
		_, _, err := s.Serve(context.Background(), inR, outW)
		outW.CloseWithError(err)
	}()
	answer := make([]byte, 1000)
	for range 3 {
		if _, err := inW.Write([]byte(`{"query":{"arch":"012340","epochs":3,"seed":5}}` + "\n")); err != nil {
			t.Fatal(err)
		}
		n, err := outR.Read(answer)
		if got := string(answer[:n]); err != nil || got != `{"loss":3.5,"cost":2,"test":0.25,"others":[100]}`+"\n" {
			t.Fatalf("%q, %v", got, err)
		}
	}
	inW.Close()
}

type trains struct{ toy }

func (trains) About() evolve.About { return evolve.About{Kind: evolve.Training} }

func TestNoTrainings(t *testing.T) {
	if _, err := New(trains{}); !errors.Is(err, evolve.ErrUnsupported) {
		t.Errorf("%v", err)
	}
}

func BenchmarkServe(b *testing.B) {
	s, err := New(toy{})
	if err != nil {
		b.Fatal(err)
	}
	text := strings.Repeat(`{"query": {"arch": "012340", "epochs": 3, "seed": 6009884435798102113}}`+"\n", b.N)
	b.ResetTimer()
	if _, failed, err := s.Serve(context.Background(), strings.NewReader(text), io.Discard); err != nil || failed > 0 {
		b.Fatal(failed, err)
	}
}

// Seeds that somebody counts from 0 draw all runs of a table alike; none, which is 0, draws the first.
func TestSeedsSpread(t *testing.T) {
	s, err := New(toy{})
	if err != nil {
		t.Fatal(err)
	}
	var in strings.Builder
	fmt.Fprintln(&in, `{"query":{"arch":"012340","epochs":3}}`)
	for seed := range 4000 {
		fmt.Fprintf(&in, `{"query":{"arch":"012340","epochs":3,"seed":%d}}`+"\n", seed)
	}
	var out bytes.Buffer
	if _, _, err := s.Serve(context.Background(), strings.NewReader(in.String()), &out); err != nil {
		t.Fatal(err)
	}
	first, rest, _ := strings.Cut(out.String(), "\n")
	if !strings.HasPrefix(first, `{"loss":3,`) {
		t.Error("without a seed:", first)
	}
	for _, loss := range []string{"3", "3.25", "3.5", "3.75"} {
		if n := strings.Count(rest, `{"loss":`+loss+`,`); n < 850 || n > 1150 { // 1000 ± 5 standard deviations
			t.Errorf("loss %s: %d of 4000 seeds", loss, n)
		}
	}
}

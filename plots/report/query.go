package report

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
)

// A Queried benchmark is open for queries.
type Queried struct {
	spec      evolve.Spec
	about     evolve.About
	space     evolve.Space
	notation  evolve.Notation
	querier   evolve.Querier
	bench     evolve.Benchmark
	answering func() string
}

// Answering names the benchmark that answers for all architectures of a space; "" for none.
type Answering func(space string) string

// OpenQueried opens the data sets that a benchmark's text names: all of them where it names none. Those that cannot be
// opened are left out, and left says why; where none can be opened, that is the error.
func OpenQueried(text string, answering Answering) (sets []*Queried, left []error, err error) {
	spec, err := evolve.ParseSpec(text)
	if err != nil {
		return nil, nil, err
	}
	entry, err := evolve.Benchmarks.Lookup(spec.Name)
	if err != nil {
		return nil, nil, err
	}
	names := entry.Variants
	if spec.Variant != "" || len(names) == 0 {
		names = []string{spec.Variant}
	}
	for _, name := range names {
		spec.Variant = name
		bench, _, err := evolve.Benchmarks.Open(spec)
		if err == nil {
			var q *Queried
			if q, err = NewQueried(bench, spec, answering); err == nil {
				sets = append(sets, q)
				continue
			}
		}
		left = append(left, err)
	}
	if len(sets) == 0 {
		return nil, nil, left[0]
	}
	return sets, left, nil
}

// NewQueried opens a benchmark for queries. The error wraps evolve.ErrUnsupported where it answers none.
func NewQueried(bench evolve.Benchmark, spec evolve.Spec, answering Answering) (*Queried, error) {
	q := &Queried{bench: bench, spec: spec, about: bench.About(), space: bench.Problem().Space}
	q.answering = sync.OnceValue(func() string { return answering(q.space.Name()) })
	var ok bool
	if q.notation, ok = q.space.(evolve.Notation); !ok {
		return nil, fmt.Errorf("space %s has no notation: %w", q.space.Name(), evolve.ErrUnsupported)
	}
	if q.querier, ok = evolve.As[evolve.Querier](bench); !ok {
		return nil, fmt.Errorf("benchmark %s answers no query: %w", spec.Name, evolve.ErrUnsupported)
	}
	return q, nil
}

// An Answer is what a data set knows of an architecture.
type Answer struct {
	Benchmark string        `json:"benchmark"`
	Kind      string        `json:"kind"`
	Source    string        `json:"source"`
	Notation  string        `json:"notation"` // as the space prints it
	Arch      string        `json:"arch"`     // as it was asked for
	Genome    string        `json:"genome"`
	Facts     []evolve.Fact `json:"facts"`
	// Objectives of the benchmark as it was opened; those that only a training could tell are left out.
	Objectives []Further `json:"objectives"`
	// Of several objectives, the numbers from which hypervolumes are measured; none where one is not known.
	Reference []Further `json:"reference,omitempty"`
}

// Ask asks every data set for an architecture. Data sets without an answer are left out, and left says why; where none
// has an answer, that is the error.
func Ask(sets []*Queried, text string) (all []*Answer, left []error, err error) {
	for _, q := range sets {
		a, err := q.Ask(text)
		if err != nil {
			left = append(left, err)
			continue
		}
		all = append(all, a)
	}
	if len(all) == 0 {
		return nil, nil, left[0]
	}
	return all, left, nil
}

// Ask asks for an architecture. Of one that a pool does not have, the error names the benchmark that answers for the
// whole space.
func (q *Queried) Ask(text string) (*Answer, error) {
	a, err := space.ReadOf(q.space, text)
	var missing *space.NotRecorded
	if errors.As(err, &missing) {
		if spec := q.answering(); spec != "" {
			err = words.Advise(err, "the surrogate "+spec+" answers for all of the space")
		}
	}
	if err != nil {
		return nil, err
	}
	facts, err := q.querier.Query(a)
	if dead := new(wrap.Refused); errors.As(err, &dead) {
		err = &wrap.Refused{Name: strings.TrimSpace(text)}
	}
	if err != nil {
		return nil, err
	}
	objectives, err := Objectives(q.bench, a, facts)
	if err != nil {
		return nil, err
	}
	return &Answer{q.spec.String(), q.about.Kind, q.about.Source, q.notation.Format(a), text, string(a), facts,
		objectives, referenceOf(q.bench)}, nil
}

// referenceOf is the reference point of a benchmark; none of one objective, or where a number of it is not known.
func referenceOf(b evolve.Benchmark) (all []Further) {
	for _, o := range b.Problem().Objectives {
		if math.IsNaN(o.Reference) {
			return nil
		}
		all = append(all, Further{o.Name, number.Nullable(o.Value(o.Reference)), o.Unit})
	}
	if len(all) < 2 {
		return nil
	}
	return all
}

// counted is how a fact is known that is a whole number for certain.
const counted = "counted"

// WriteText prints the answer.
func (a *Answer) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "%s · %s\n%s\n", a.Benchmark, a.Source, a.Notation)
	if len(a.Objectives) > 1 {
		fmt.Fprintf(w, "objectives: %s\n", withNames(a.Objectives))
	}
	if a.Reference != nil {
		fmt.Fprintf(w, "reference point: %s\n", withNames(a.Reference))
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range a.Facts {
		text := fmt.Sprintf("%.6g %s", f.Value, f.Unit)
		switch {
		case f.Unit == evolve.UnitCount:
			text = number.Grouped(int(f.Value))
		case f.How == counted:
			text = number.Grouped(int(f.Value)) + " " + f.Unit
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\n", f.Name, text, f.How)
	}
	return t.Flush()
}

// withNames are numbers of objectives with their names.
func withNames(all []Further) string {
	texts := make([]string, len(all))
	for i, o := range all {
		texts[i] = o.Name + " " + o.String()
	}
	return strings.Join(texts, ", ")
}

// Canonical is what canon prints of an architecture.
type Canonical struct {
	Valid     bool   `json:"valid"`
	Canonical string `json:"canonical"`
	Hash      string `json:"hash"` // the benchmark's own name of the architecture, or its canonical genome
	Error     string `json:"error"`
}

// Canonicalise reads an architecture of a space and finds the representative of all that mean the same.
func Canonicalise(of evolve.Space, n evolve.Notation, text string) Canonical {
	a, err := space.ReadOf(of, text)
	if err != nil {
		return Canonical{Error: words.Line(err)}
	}
	canon, err := of.Canon(a)
	if err != nil {
		return Canonical{Error: words.Line(err)}
	}
	hash := string(canon)
	if h, ok := of.(evolve.Hasher); ok {
		hash = h.Hash(a)
	}
	return Canonical{Valid: true, Canonical: n.Format(canon), Hash: hash}
}

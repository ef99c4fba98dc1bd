package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	spaces "github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/plots/report"
	"github.com/amoeba-nas/amoeba/surrogate"
)

func queryCmd() *cobra.Command {
	var benchmark string
	var asJSON bool
	c := &cobra.Command{
		Use:   "query ARCH",
		Short: "Look an architecture up in a benchmark",
		Long: `Query prints what a benchmark knows of an architecture, which is given in its space's notation, by the
name of a published cell, or by the benchmark's own key: # and the number that amoeba canon prints as
hash, or the 32 hexadecimal digits of nb101. As - it reads one architecture a line from standard input;
then --json prints an object a line and data set, with what was read as arch, and
{"arch":…,"error":…} for a line that has no answer. The others are answered; the exit status is 1.
A row of a pool is its place there, and is read nowhere.`,
		Example: `  amoeba query '|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|'
  amoeba query '#284' --benchmark nb201:cifar100
  amoeba query - --json <cells.txt`,
		Args: args(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			sets, left, err := openQuery(benchmark)
			if err != nil {
				return err
			}
			for _, err := range left {
				fmt.Fprintln(c.ErrOrStderr(), "left out:", words.Line(err))
			}
			if args[0] == "-" {
				return queryLines(c, sets, asJSON)
			}
			answers, left, err := ask(sets, cleanLine(args[0]))
			if err != nil {
				return err
			}
			for _, a := range answers {
				if err := a.write(c.OutOrStdout(), asJSON); err != nil {
					return err
				}
			}
			for _, err := range left { // not every architecture is of every data set
				fmt.Fprintln(c.ErrOrStderr(), "left out:", words.Line(err))
			}
			return nil
		},
	}
	c.Flags().StringVar(&benchmark, "benchmark", "nb201", "`NAME[:DATASET][,option=…]`; all data sets when none is named")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, one object a data set and line")
	return c
}

// queried is a data set that is open for queries.
type queried struct {
	spec     evolve.Spec
	about    evolve.About
	space    evolve.Space
	notation evolve.Notation
	evolve.Querier
	bench     evolve.Benchmark
	answering func() string // the surrogate that answers for all of the space, "" for none
}

// openQuery opens the data sets that a text names. left says of those that cannot be opened why; when
// none can, that is the error.
func openQuery(text string) (sets []queried, left []error, err error) {
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
		q, err := openQueried(spec)
		if err != nil {
			left = append(left, err)
			continue
		}
		sets = append(sets, q)
	}
	if len(sets) == 0 {
		return nil, nil, left[0]
	}
	return sets, left, nil
}

func openQueried(spec evolve.Spec) (queried, error) {
	bench, _, err := evolve.Benchmarks.Open(spec)
	if err != nil {
		return queried{}, err
	}
	return queriedOf(bench, spec)
}

// queriedOf is a benchmark that is open, for queries.
func queriedOf(bench evolve.Benchmark, spec evolve.Spec) (queried, error) {
	q := queried{bench: bench, spec: spec, about: bench.About(), space: bench.Problem().Space}
	q.answering = sync.OnceValue(func() string { return surrogate.Answering(q.space.Name()) })
	var ok bool
	if q.notation, ok = q.space.(evolve.Notation); !ok {
		return q, fmt.Errorf("space %s has no notation: %w", q.space.Name(), evolve.ErrUnsupported)
	}
	if q.Querier, ok = evolve.As[evolve.Querier](bench); !ok {
		return q, fmt.Errorf("benchmark %s answers no query: %w", spec.Name, evolve.ErrUnsupported)
	}
	return q, nil
}

// counted is how a fact is known that is a whole number for certain.
const counted = "counted"

// answer is what a data set knows of an architecture.
type answer struct {
	Benchmark string        `json:"benchmark"`
	Kind      string        `json:"kind"`
	Source    string        `json:"source"`
	Notation  string        `json:"notation"` // as the space prints it
	Arch      string        `json:"arch"`     // as read
	Genome    string        `json:"genome"`
	Facts     []evolve.Fact `json:"facts"`
	// Objectives of the benchmark as it was opened; those that only a training could tell are left out.
	Objectives []report.Further `json:"objectives"`
}

// ask asks every data set. left says of those that have no answer why; when none has, that is the error.
func ask(sets []queried, text string) (all []answer, left []error, err error) {
	for _, q := range sets {
		a, err := q.ask(text)
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

func (q *queried) ask(text string) (answer, error) {
	a, err := readArch(q.space, text)
	var missing *spaces.NotRecorded
	if errors.As(err, &missing) {
		if spec := q.answering(); spec != "" {
			err = words.Advise(err, "the surrogate "+spec+" answers for all of the space")
		}
	}
	if err != nil {
		return answer{}, err
	}
	facts, err := q.Query(a)
	if err != nil {
		return answer{}, err
	}
	objectives, err := report.Objectives(q.bench, a, facts)
	return answer{q.spec.String(), q.about.Kind, q.about.Source, q.notation.Format(a), text, string(a), facts, objectives}, err
}

func (a *answer) write(w io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(w, a)
	}
	fmt.Fprintf(w, "%s · %s\n%s\n", a.Benchmark, a.Source, a.Notation)
	if len(a.Objectives) > 1 {
		texts := make([]string, len(a.Objectives))
		for i, o := range a.Objectives {
			texts[i] = o.Name + " " + o.String()
		}
		fmt.Fprintf(w, "objectives: %s\n", strings.Join(texts, ", "))
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

// queryLines answers each line of standard input.
func queryLines(c *cobra.Command, sets []queried, asJSON bool) error {
	in, out, failed := newLines(c.InOrStdin()), bufio.NewWriter(c.OutOrStdout()), 0
	for {
		text, err := in.next()
		switch {
		case err == io.EOF && failed > 0:
			return errors.Join(out.Flush(), fmt.Errorf("%d of %d lines have no answer: %w", failed, in.n, evolve.ErrInvalid))
		case err == io.EOF:
			return out.Flush()
		case err != nil && !errors.Is(err, errLong):
			return errors.Join(out.Flush(), err)
		}
		text = cleanLine(text)
		var answers []answer
		var left []error
		if err == nil {
			answers, left, err = ask(sets, text)
		} else {
			text = text[:min(len(text), longShown)] + "…"
		}
		if err != nil {
			failed++
			if asJSON {
				err = printJSON(out, struct {
					Arch  string `json:"arch"`
					Error string `json:"error"`
				}{text, words.Line(err)})
			} else {
				_, err = fmt.Fprintf(c.ErrOrStderr(), "line %d: %s\n", in.n, words.Line(err))
			}
			if err != nil {
				return err
			}
		}
		for _, a := range answers {
			if err := a.write(out, asJSON); err != nil {
				return err
			}
		}
		for _, err := range left {
			fmt.Fprintf(c.ErrOrStderr(), "line %d: left out: %s\n", in.n, words.Line(err))
		}
		if !in.waiting() {
			continue
		}
		if err := out.Flush(); err != nil {
			return err
		}
		if err := c.Context().Err(); err != nil {
			return err
		}
	}
}

// longShown is how much of a line that is too long for an architecture is shown, in bytes.
const longShown = 120

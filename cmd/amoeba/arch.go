package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	spaces "github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/plots"
	"github.com/amoeba-nas/amoeba/surrogate"
)

// openSpace opens a space that reads and prints a notation.
func openSpace(text string) (evolve.Space, evolve.Notation, error) {
	spec, err := evolve.ParseSpec(text)
	if err != nil {
		return nil, nil, err
	}
	space, _, err := evolve.Spaces.Open(spec)
	if err != nil {
		return nil, nil, err
	}
	n, ok := space.(evolve.Notation)
	if !ok {
		return nil, nil, fmt.Errorf("space %s has no notation: %w", space.Name(), evolve.ErrUnsupported)
	}
	return space, n, nil
}

// readArch reads an architecture in the space's notation, or a published cell by its name.
func readArch(space evolve.Space, n evolve.Notation, text string) (evolve.Arch, error) {
	text = strings.TrimSpace(text)
	if of, a, ok := spaces.Published(text); ok {
		if of != space.Name() {
			return "", fmt.Errorf("%s is a cell of the space %s, not of %s: %w", text, of, space.Name(), evolve.ErrInvalid)
		}
		text = string(a)
	}
	a, err := n.Parse(text)
	if err == nil {
		return a, nil
	}
	if of := space.Name(); (of == "nasnet" || of == "darts") && cellName.MatchString(text) {
		return "", unknownCell("published cell of "+of, text, of)
	}
	if structured(text) {
		if of := readBy(text); of != "" {
			return "", fmt.Errorf("this is an architecture of the space %s, not of %s: %w", of, space.Name(), evolve.ErrInvalid)
		}
	}
	return "", err
}

// publishedHelp lists the names that readArch knows.
func publishedHelp() string {
	names := map[string][]string{}
	for _, c := range spaces.PublishedCells() {
		names[c.Space] = append(names[c.Space], c.Name)
	}
	text := "Published cells are read by their names, in any case, with _ as good as -:"
	for _, space := range []string{"nasnet", "darts"} {
		text += "\n  " + space + ": " + strings.Join(names[space], ", ")
	}
	return text
}

func canonCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "canon SPACE",
		Short: "Check and canonicalise architectures from standard input",
		Long: `Canon reads architectures in the literature's notation, one a line, and prints one JSON
object a line: {"valid":…,"canonical":…,"hash":…,"error":…}. hash is the benchmark's own name of
a cell: of nb101 the module hash, of nb201 the official index; canonical is the representative of
all that mean the same: of nb101 the first in the authors' enumeration, of nb201 the cell of lowest
index with the same unique structure. nb101 reads {"matrix":[[…]],"ops":[…]}, other keys ignored.

` + publishedHelp(),
		Example: `  echo '|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|' | amoeba canon nb201`,
		Args:    args(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			space, notation, err := openSpace(args[0])
			if err != nil {
				return err
			}
			in := bufio.NewReaderSize(c.InOrStdin(), maxLine)
			out := bufio.NewWriter(c.OutOrStdout())
			enc := json.NewEncoder(out)
			enc.SetEscapeHTML(false)
			for n := 1; ; n++ {
				text, long, err := readLine(in)
				if err == io.EOF {
					return out.Flush()
				}
				if err != nil {
					return errors.Join(out.Flush(), fmt.Errorf("standard input, line %d: %w", n, err))
				}
				answer := canonLine{Error: fmt.Sprintf("line longer than %d bytes", maxLine)}
				if !long {
					answer = canonical(space, notation, text)
				}
				if err := enc.Encode(answer); err != nil {
					return err
				}
				if in.Buffered() > 0 {
					continue
				}
				// Whoever writes a line and waits for the answer gets it.
				if err := out.Flush(); err != nil {
					return err
				}
				if err := c.Context().Err(); err != nil {
					return err
				}
			}
		},
	}
}

// Longer lines are no architectures.
const maxLine = 1 << 16

// readLine returns a line without its end, or that it is longer than maxLine.
func readLine(in *bufio.Reader) (text string, long bool, err error) {
	part, more, err := in.ReadLine()
	text = string(part)
	for more && err == nil {
		long = true
		_, more, err = in.ReadLine()
	}
	return text, long, err
}

// canonLine is what canon says of one architecture.
type canonLine struct {
	Valid     bool   `json:"valid"`
	Canonical string `json:"canonical"`
	Hash      string `json:"hash"`
	Error     string `json:"error"`
}

func canonical(space evolve.Space, n evolve.Notation, text string) canonLine {
	a, err := readArch(space, n, text)
	if err != nil {
		return canonLine{Error: oneLine(err)}
	}
	canon, err := space.Canon(a)
	if err != nil {
		return canonLine{Error: oneLine(err)}
	}
	hash := string(canon)
	if h, ok := space.(evolve.Hasher); ok {
		hash = h.Hash(a)
	}
	return canonLine{Valid: true, Canonical: n.Format(canon), Hash: hash}
}

func queryCmd() *cobra.Command {
	var benchmark string
	var asJSON bool
	c := &cobra.Command{
		Use:     "query ARCH",
		Short:   "Look an architecture up in a benchmark",
		Example: `  amoeba query '|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|'`,
		Args:    args(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			spec, err := evolve.ParseSpec(benchmark)
			if err != nil {
				return err
			}
			entry, err := evolve.Benchmarks.Lookup(spec.Name)
			if err != nil {
				return err
			}
			sets := entry.Variants
			if spec.Variant != "" || len(sets) == 0 {
				sets = []string{spec.Variant}
			}
			w := c.OutOrStdout()
			var failed []error
			for _, set := range sets {
				spec.Variant = set
				if err := query(w, spec, args[0], asJSON); err != nil {
					failed = append(failed, err)
				}
			}
			if len(failed) == len(sets) {
				return failed[0]
			}
			for _, err := range failed { // not every architecture is of every data set
				fmt.Fprintln(c.ErrOrStderr(), "left out:", oneLine(err))
			}
			return nil
		},
	}
	c.Flags().StringVar(&benchmark, "benchmark", "nb201", "`NAME[:DATASET][,option=…]`; all data sets when none is named")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, one object a data set and line")
	return c
}

func query(w io.Writer, spec evolve.Spec, text string, asJSON bool) error {
	bench, _, err := evolve.Benchmarks.Open(spec)
	if err != nil {
		return err
	}
	space := bench.Problem().Space
	notation, ok := space.(evolve.Notation)
	if !ok {
		return fmt.Errorf("space %s has no notation: %w", space.Name(), evolve.ErrUnsupported)
	}
	a, err := readArch(space, notation, text)
	if err != nil {
		return err
	}
	q, ok := bench.(surrogate.Querier)
	if !ok {
		return fmt.Errorf("benchmark %s answers no query: %w", spec.Name, evolve.ErrUnsupported)
	}
	facts, err := q.Query(a)
	if err != nil {
		return err
	}
	about := bench.About()
	if asJSON {
		return printJSON(w, struct {
			Benchmark string           `json:"benchmark"`
			Kind      string           `json:"kind"`
			Source    string           `json:"source"`
			Arch      string           `json:"arch"`
			Genome    string           `json:"genome"`
			Facts     []surrogate.Fact `json:"facts"`
		}{spec.String(), about.Kind, about.Source, notation.Format(a), string(a), facts})
	}
	fmt.Fprintf(w, "%s · %s\n%s\n", spec, about.Source, notation.Format(a))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range facts {
		fmt.Fprintf(t, "  %s\t%.6g %s\t%s\n", f.Name, f.Value, f.Unit, f.How)
	}
	return t.Flush()
}

func drawCmd() *cobra.Command {
	var space, format, out string
	formats := []string{"svg", "png", "pdf", "dot", "mermaid"}
	c := &cobra.Command{
		Use:   "draw ARCH",
		Short: "Draw an architecture",
		Long: `Draw draws an architecture in its space's notation. Without --space a published cell's name, and the
notations of nb101, nb201, nasnet and darts, say of which space it is.

` + publishedHelp(),
		Example: `  amoeba draw '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|' --out cell.png
  amoeba draw 301003 --format mermaid
  amoeba draw amoebanet-a --out amoebanet-a.png`,
		Args: args(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			sp, _, a, err := openArch(space, c.Flags().Changed("space"), args[0])
			if err != nil {
				return err
			}
			g, err := plots.Cell(sp, a)
			if err != nil {
				return err
			}
			if name := publishedName(sp.Name(), a); name != "" {
				for i := range g {
					g[i].Title = name + ", " + g[i].Title
				}
			}
			if format == "" {
				format = "svg"
				if ext := strings.TrimPrefix(filepath.Ext(out), "."); ext != "" {
					format = map[string]string{"mmd": "mermaid", "gv": "dot"}[ext]
					if format == "" {
						format = ext
					}
				}
			}
			if !slices.Contains(formats, format) {
				return evolve.Unknown("format", format, formats)
			}
			if out == "" {
				if o, ok := c.OutOrStdout().(*output); ok && isTerminal(o.Writer) && (format == "png" || format == "pdf") {
					return fmt.Errorf("a %s is no text for a terminal: give --out FILE", format)
				}
				return g.Write(c.OutOrStdout(), format)
			}
			return wrote(c, out, func(w io.Writer) error { return g.Write(w, format) })
		},
	}
	c.Flags().StringVar(&space, "space", "nb201", "search space of the architecture")
	c.Flags().StringVar(&format, "format", "", strings.Join(formats, ", ")+" (default from --out's ending, else svg)")
	c.Flags().StringVar(&out, "out", "", "`file` (default standard output)")
	return c
}

package main

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	spaces "github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/internal/lines"
	"github.com/amoeba-nas/amoeba/internal/progress"
	"github.com/amoeba-nas/amoeba/plots"
	"github.com/amoeba-nas/amoeba/plots/report"
)

// publishedHelp lists the names that train, draw and query know.
func publishedHelp() string {
	names := map[string][]string{}
	var order []string // of the spaces
	for _, c := range spaces.PublishedCells() {
		if names[c.Space] == nil {
			order = append(order, c.Space)
		}
		names[c.Space] = append(names[c.Space], c.Name)
	}
	text := "Published cells are read by their names, in any case, with _ as good as -:"
	for _, space := range order {
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
A hash is read as well: # and a number, or of nb101 its 32 hexadecimal digits. NASLib's tuples and
pasted genotypes are read too; docs/notations.md lists all that is.

` + publishedHelp(),
		Example: `  echo '|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|' | amoeba canon nb201`,
		Args:    args(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			space, notation, err := spaces.Open(args[0])
			if err != nil {
				return err
			}
			invalid, all := 0, 0
			err = lines.Each(c.Context(), c.InOrStdin(), c.OutOrStdout(), func(w io.Writer, n int, text string,
				err error) error {
				var answer report.Canonical
				if err != nil {
					answer.Error = words.Line(err)
				} else {
					answer = report.Canonicalise(space, notation, text)
				}
				if all = n; !answer.Valid {
					invalid++
				}
				return printJSON(w, answer)
			})
			if err == nil && invalid > 0 {
				err = fmt.Errorf("%d of %d lines are no architecture of %s: %w", invalid, all, space.Name(),
					evolve.ErrInvalid)
			}
			return err
		},
	}
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
			sp, _, a, err := spaces.OpenArch(space, c.Flags().Changed("space"), args[0])
			if err != nil {
				return err
			}
			g, err := plots.Cell(sp, a)
			if err != nil {
				return err
			}
			if name := spaces.PublishedName(sp.Name(), a); name != "" {
				for i := range g {
					g[i].Title = name + ", " + g[i].Title
				}
			}
			format := drawFormat(format, out)
			if !slices.Contains(formats, format) {
				return evolve.Unknown("format", format, formats)
			}
			if out == "" {
				if o, ok := c.OutOrStdout().(*output); ok && progress.IsTerminal(o.Writer) && (format == "png" ||
					format == "pdf") {
					return fmt.Errorf("a %s is no text for a terminal: give --out FILE", format)
				}
				return g.Write(c.OutOrStdout(), format)
			}
			return wrote(c, plots.Kinds[format], out, func(w io.Writer) error { return g.Write(w, format) })
		},
	}
	c.Flags().StringVar(&space, "space", "nb201", "search space of the architecture")
	c.Flags().StringVar(&format, "format", "", strings.Join(formats, ", ")+" (default from --out's ending, else svg)")
	flags.Writes(c).File(c, &out, "out", "`file` (default standard output)",
		func(path string) durable.Kind { return plots.Kinds[drawFormat(format, path)] })
	return c
}

// drawFormat is the format that is given, else the one that a file's ending means, else svg.
func drawFormat(given, path string) string {
	ext := strings.TrimPrefix(filepath.Ext(path), ".")
	return cmp.Or(given, map[string]string{"mmd": "mermaid", "gv": "dot"}[ext], ext, "svg")
}

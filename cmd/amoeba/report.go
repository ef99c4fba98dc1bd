package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/plots/page"
)

func reportCmd() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "report DIR…",
		Short: "Write experiments as one HTML page: curves, tables, tests, figures, winners, checklist",
		Long: `Report writes one or more experiments' folders as one HTML page that needs no network: curves to look
into, tables, tests, figures, the architectures that were found, what is measured and what predicted, a checklist of
good practice (Lindauer and Hutter, JMLR 2020) filled in from the experiments, citations, and the commands that make
all of it again. An unfinished experiment is shown as far as it is.`,
		Example: `  amoeba report amoeba-compare-1a2b3c4d
  amoeba report cifar10 cifar100 --out both.html`,
		Args: args(1, 1<<10),
		RunE: func(c *cobra.Command, dirs []string) error {
			all, err := loadOutcomes(dirs, soFar)
			if err != nil {
				return err
			}
			path := out
			if path == "" {
				path = filepath.Join(dirs[0], page.Name)
			}
			command := "amoeba report"
			for _, dir := range dirs {
				command += " " + words.Quote(dir)
			}
			if out != "" {
				command += " --out " + words.Quote(out)
			}
			err = page.Kind.Write(path, func(w io.Writer) error {
				return page.Write(w, all, page.Options{Command: command})
			})
			if err == nil {
				fmt.Fprintln(c.OutOrStdout(), path)
			}
			return err
		},
	}
	flags.Writes(c).File(c, &out, "out", "HTML `file` (default "+page.Name+" in the first folder)",
		flags.Always(page.Kind))
	return c
}

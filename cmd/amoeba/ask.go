package main

import (
	"math"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/byhand"
	"github.com/amoeba-nas/amoeba/evolve/hyper"
	"github.com/amoeba-nas/amoeba/internal/flags"
)

func askCmd() *cobra.Command {
	var given byhand.Given
	var seed uint64
	c := &cobra.Command{
		Use:   "ask DIR",
		Short: "Ask a searcher for an architecture to evaluate by yourself, of a study kept in DIR",
		Long: `Ask prints the next trial of a study as one JSON line: its number, the architecture as a genome and in
the literature's notation and, of a space of hyper-parameters, their values. You evaluate it, by hand or
in a script, and amoeba tell gives back what came out. The first ask names the space and the searcher.

Several trials may be open at a time, of one process or of many. Everything is written down before it is
printed; each command brings the searcher to where it stands from that.`,
		Example: `  amoeba ask study --space nb201 --algo tpe
  amoeba tell study 1 --loss 0.091 --cost 1200
  amoeba ask study`,
		Args: args(1, 1),
	}
	fl := c.Flags()
	fl.StringVar(&given.Space, "space", "", "`NAME[,option=…]` or hyper:FILE, of a new study (see amoeba list spaces)")
	fl.StringVar(&given.Algo, "algo", "", "`NAME[,key=value…]` of a new study (default "+byhand.DefaultAlgo+")")
	flags.Seed(fl, &seed, "seed", byhand.DefaultSeed, math.MaxUint64, "seed of a new study")
	c.RunE = func(c *cobra.Command, args []string) error {
		if fl.Changed("seed") {
			given.Seed = &seed
		}
		q, err := byhand.Ask(c.Context(), args[0], given)
		if err != nil {
			return err
		}
		text, values, err := hyper.Told(q.Space, q.Arch)
		if err != nil {
			return err
		}
		return printJSON(c.OutOrStdout(), question{q.Trial, q.Arch, text, values})
	}
	return c
}

// question is a trial as ask prints it.
type question struct {
	Trial  int          `json:"trial"`
	Arch   evolve.Arch  `json:"arch"`
	Text   string       `json:"text"`
	Values hyper.Values `json:"values,omitempty"`
}

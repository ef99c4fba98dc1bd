package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/plots/live"
)

func serveCmd() *cobra.Command {
	var addr string
	var public bool
	c := &cobra.Command{
		Use:   "serve DIR",
		Short: "Show an experiment in a browser while it runs: the page of report, live",
		Long: `Serve shows the page that amoeba report writes of an experiment's folder, and shows it anew whenever the
folder has changed: while the experiment runs, after it was stopped, when it is finished. It only reads, and looks at
the folder only while somebody looks at the page. It ends with Ctrl-C, which is no error.

Only this machine reaches the page, unless --addr names another address and --public says that others may
read it: nothing asks them for a password.`,
		Example: `  amoeba compare --benchmark train:digits --out digits &
  amoeba serve digits
  amoeba serve digits --addr 127.0.0.1:0`,
		Args: args(1, 1),
		RunE: func(c *cobra.Command, dirs []string) error {
			at, err := live.ParseAddress(addr)
			if err != nil {
				return fmt.Errorf("--addr %w", err)
			}
			switch {
			case !at.Loopback() && !public:
				return fmt.Errorf("--addr %s: other machines could read the page: add --public if they may, or name "+
					"127.0.0.1: %w", at, evolve.ErrInvalid)
			case at.Loopback():
				if err := flags.Useless(c, "as other machines do not reach "+at.String(), "public"); err != nil {
					return err
				}
			}
			dir := dirs[0]
			s, err := live.New(dir, "amoeba report "+words.Quote(dir))
			if err != nil {
				return err
			}
			l, err := s.Listen(at)
			if err != nil {
				return fmt.Errorf("--addr %w", err)
			}
			if public {
				fmt.Fprintf(c.ErrOrStderr(),
					"warning: everybody who reaches %s can read %s; nothing asks for a password\n",
					at, words.Plain(dir))
			}
			fmt.Fprintf(c.OutOrStdout(), "%s shows %s until Ctrl-C\n", live.URL(l), words.Plain(dir))
			return s.Serve(c.Context(), l)
		},
	}
	// The port is that of Optuna's dashboard, which people know.
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:8080", "`HOST:PORT` to listen on; port 0 is any free one")
	c.Flags().BoolVar(&public, "public", false, "let other machines read the page, at an address beyond this one")
	return c
}

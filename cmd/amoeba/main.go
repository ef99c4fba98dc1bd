// Command amoeba is a laboratory for neural architecture search. It only wires: every
// subcommand reads its flags, calls a package and prints.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	// What registers itself.
	_ "github.com/amoeba-nas/amoeba/evolve/search"
	_ "github.com/amoeba-nas/amoeba/evolve/search/command"
	_ "github.com/amoeba-nas/amoeba/evolve/space"
	_ "github.com/amoeba-nas/amoeba/surrogate"
	_ "github.com/amoeba-nas/amoeba/surrogate/command"
	_ "github.com/amoeba-nas/amoeba/surrogate/predictor"
	_ "github.com/amoeba-nas/amoeba/training"
	_ "github.com/amoeba-nas/amoeba/training/oneshot/method"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// Exit codes: 1 for an error, 130 for a run stopped by a signal, whichever it was.
const (
	exitError   = 1
	exitStopped = 130
)

// Bounds of flags that several commands have.
const (
	// The most processors that Linux is built for on common machines (x86's NR_CPUS).
	maxProcs = 8192
	// A folder of checkpoints a seed; and Student's interval of so many is the normal one.
	maxTrainedSeeds = 10_000
	// An exbibyte in MiB: its bytes still fit an int.
	maxMemory = 1 << 40
)

func main() {
	durable.Note = func(line string) { fmt.Fprintln(os.Stderr, "note:", line) }
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program as a function of its inputs, for tests.
func run(args []string, in io.Reader, out, errw io.Writer) (code int) {
	defer func() {
		if p := recover(); p != nil { // a fault of ours, told as an error and not as a stack
			fmt.Fprintf(errw, "amoeba: internal error: %s\n", words.Line(fmt.Errorf("%v; the command was amoeba %s",
				p, strings.Join(args, " "))))
			code = exitError
		}
	}()
	ctx, stop := signal.NotifyContext(context.Background(), heeded()...)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends what does not listen
	cmd := root()
	cmd.SetArgs(args)
	cmd.SetIn(in)
	stdout := &output{Writer: out}
	cmd.SetOut(stdout)
	cmd.SetErr(errw)
	err := cmd.ExecuteContext(ctx)
	if err == nil && stdout.err != nil {
		err = fmt.Errorf("standard output: %w", stdout.err)
	}
	var stopped *lab.Interrupted
	switch {
	case err == nil:
		return 0
	case errors.As(err, &stopped):
		fmt.Fprintf(errw, "amoeba: stopped with %d of %d runs done", stopped.Done, stopped.Total)
		if ctx.Err() == nil {
			fmt.Fprintf(errw, ": %s", words.Line(stopped.Cause))
		}
		if stopped.Unsaved != nil {
			fmt.Fprintf(errw, "; these could not be saved: %s", words.Line(stopped.Unsaved))
		}
		switch {
		case stopped.Dir == "":
			fmt.Fprint(errw, "; nothing is kept")
		case stopped.Stuck():
			fmt.Fprintf(errw, "; once that is put right, go on with: amoeba resume %s", words.Quote(stopped.Dir))
		default:
			fmt.Fprintf(errw, "; go on with: amoeba resume %s", words.Quote(stopped.Dir))
		}
		fmt.Fprintln(errw)
		if ctx.Err() == nil {
			return exitError
		}
		return exitStopped
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(errw, "amoeba:", stopText(err))
		return exitStopped
	}
	fmt.Fprintf(errw, "amoeba: %s\n", words.Line(err))
	return exitError
}

// stoppable lets a signal end the process where it is, for a command that writes nothing and computes without heeding
// its context. The returned function ends this.
func stoppable(c *cobra.Command) (end func() bool) {
	return context.AfterFunc(c.Context(), func() {
		fmt.Fprintln(c.ErrOrStderr(), "amoeba: stopped")
		os.Exit(exitStopped)
	})
}

// heeded are the signals that end a run cleanly, but those that whoever started us had us
// ignore, as nohup does.
func heeded() (signals []os.Signal) {
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signals = append(signals, s)
		}
	}
	return signals
}

// output remembers the first failure to write, so that a table cut by a full disk is an
// error, whoever printed it.
type output struct {
	io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.Writer.Write(p)
	o.err = err
	return n, err
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "amoeba",
		Short: "A laboratory for neural architecture search",
		Long: `Amoeba searches for neural architectures and compares the ways of searching:
reproduce papers, draw the comparison plots, run fast offline experiments against
tabular and surrogate benchmarks.

Begin with:  amoeba compare`,
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) (err error) {
			c.Flags().Visit(func(f *pflag.Flag) {
				if f.Value.Type() == "string" && f.Value.String() == "" {
					err = fmt.Errorf("--%s is given and empty: %w", f.Name, evolve.ErrInvalid)
				}
			})
			return err
		},
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		var unknown *pflag.NotExistError
		var value *pflag.InvalidValueError
		switch {
		case errors.As(err, &unknown) && len(unknown.GetSpecifiedName()) > 1:
			var known []string
			c.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
			return evolve.Unknown("flag of "+c.Name(), unknown.GetSpecifiedName(), known)
		case errors.As(err, &value):
			name, given := value.GetFlag().Name, value.GetValue()
			if value.GetFlag().Value.Type() == "bool" {
				return fmt.Errorf("--%s %s: want true or false: %w", name, given, evolve.ErrInvalid)
			}
			return fmt.Errorf("--%s %s: %w", name, given, value.Unwrap())
		}
		return fmt.Errorf("%w (see %s --help)", err, c.CommandPath())
	})
	cmd.AddCommand(compareCmd(), searchCmd(), resumeCmd(), plotCmd(), reportCmd(), reproduceCmd(), listCmd(),
		queryCmd(), answerCmd(), drawCmd(), canonCmd(), dataCmd(), surrogateCmd(), tableCmd(), trainCmd(), countCmd(),
		evalCmd(), exportCmd(), verifyCmd(), citeCmd(), statsCmd(), serveCmd(), sweepCmd(), topCmd(), trialsCmd(),
		askCmd(), tellCmd(), devicesCmd(), oneshotCmd(), versionCmd())
	cmd.InitDefaultCompletionCmd()
	refuseUnknown(cmd)
	return cmd
}

// refuseUnknown has the commands that only group others refuse an unknown one; cobra would
// print their help and exit 0.
func refuseUnknown(c *cobra.Command) {
	var known []string
	for _, sub := range c.Commands() {
		known = append(known, sub.Name())
		refuseUnknown(sub)
	}
	if c.Runnable() {
		return
	}
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.Help()
		}
		return evolve.Unknown("command of "+c.CommandPath(), args[0], known)
	}
}

// args checks the number of arguments; a command's Use names them.
func args(min, max int) cobra.PositionalArgs {
	return func(c *cobra.Command, given []string) error {
		if len(given) >= min && (len(given) <= max || max < 0) {
			return nil
		}
		_, want, some := strings.Cut(c.Use, " ")
		if !some {
			return fmt.Errorf("%s takes no argument, got %q: %w", c.CommandPath(), given[0], evolve.ErrInvalid)
		}
		return fmt.Errorf("%s: want %s, got %d arguments: %w", c.CommandPath(), want, len(given), evolve.ErrInvalid)
	}
}

func versionCmd() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: args(0, 0),
		Run: func(c *cobra.Command, _ []string) { fmt.Fprintln(c.OutOrStdout(), "amoeba", lab.Version) },
	}
}

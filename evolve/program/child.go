package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"
)

// grace is how long a program that is asked to end may take before it is killed: what `docker stop` gives one.
var grace = 10 * time.Second

// drained is how long the end of a pipe is waited for when the program and its group are gone. Only a process that
// left the group can still hold it.
const drained = time.Second

// Child is a program that was started, in a process group of its own and in the folder of this process.
type Child struct {
	cmd    *exec.Cmd
	errors Tail          // the end of its standard error
	ended  chan struct{} // closed when nothing of its group is left
	err    error         // how it ended, once ended is closed

	mu   sync.Mutex
	gone bool // its number may be another's
}

// Start starts the command with further variables in its environment, NAME=VALUE, and with its standard input and
// output, which the caller closes. What it writes to standard error is kept by [Child.Errors]. Where Linux offers it,
// the program is killed with this process, however that ends.
func (c *Command) Start(env []string, in, out *os.File) (*Child, error) {
	child := &Child{ended: make(chan struct{})}
	child.cmd = &exec.Cmd{Path: c.path, Args: c.args, Env: append(os.Environ(), env...), Stdin: in, Stdout: out,
		SysProcAttr: ownGroup()}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	child.cmd.Stderr = w
	err = begin(child.cmd)
	w.Close()
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("%s: cannot be started: %w", c.Name(), err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(&child.errors, r) // what can be read of it
	}()
	go func() {
		defer close(child.ended)
		child.err = told(await(child.cmd, child.leave))
		_ = r.SetReadDeadline(time.Now().Add(drained))
		<-read
		r.Close()
	}()
	return child, nil
}

// starts runs what starts a process, on one thread that never ends: Linux kills a child with the thread that made it
// (PR_SET_PDEATHSIG of prctl(2)), and Go ends threads when it likes.
var starts = sync.OnceValue(func() chan<- func() {
	all := make(chan func())
	go func() {
		runtime.LockOSThread()
		for start := range all {
			start()
		}
	}()
	return all
})

func begin(cmd *exec.Cmd) error {
	err := make(chan error)
	starts() <- func() { err <- cmd.Start() }
	return <-err
}

// told is how a program ended, in words.
func told(err error) error {
	var exit *exec.ExitError
	switch {
	case !errors.As(err, &exit):
		return err
	case exit.Exited():
		return fmt.Errorf("ended with status %d", exit.ExitCode())
	}
	return fmt.Errorf("was ended by %s", exit.ProcessState) // signal: killed
}

// signal sends a signal to the group of the program, unless that is gone.
func (c *Child) signal(kill bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.gone {
		signalGroup(c.cmd.Process, kill)
	}
}

// leave kills what is left of the group of a program that has ended.
func (c *Child) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	signalGroup(c.cmd.Process, true)
	c.gone = true
}

// Ended is closed when the program has ended and nothing of its group is left.
func (c *Child) Ended() <-chan struct{} { return c.ended }

// Err says how the program ended, in words that follow its name; nil of one with status 0. It waits for the end.
func (c *Child) Err() error {
	<-c.ended
	return c.err
}

// Errors is what the program wrote to standard error.
func (c *Child) Errors() *Tail { return &c.errors }

// Stop asks the program and its group to end (SIGTERM), kills them after ten seconds, and returns when nothing of them
// is left.
func (c *Child) Stop() {
	c.signal(false)
	select {
	case <-c.ended:
	case <-time.After(grace):
		c.Kill()
	}
}

// Kill ends the program and its group at once, and returns when nothing of them is left.
func (c *Child) Kill() {
	c.signal(true)
	<-c.ended
}

// Run runs the command to its end, with input on its standard input. What it prints is kept. A context that is done
// stops it. The error says how the program ended or is that of the context; both tails are there all the same, nil
// only where it could not be started.
func (c *Command) Run(ctx context.Context, env []string, input []byte) (out, errs *Tail, err error) {
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	result, childOut, err := os.Pipe()
	if err != nil {
		return nil, nil, errors.Join(err, childIn.Close(), in.Close())
	}
	child, err := c.Start(env, childIn, childOut)
	childIn.Close()
	childOut.Close()
	if err != nil {
		in.Close()
		result.Close()
		return nil, nil, err
	}
	var pipes sync.WaitGroup
	pipes.Go(func() {
		_, _ = in.Write(input) // a program need not read it
		in.Close()
	})
	out = new(Tail)
	pipes.Go(func() {
		_, _ = io.Copy(out, result)
		result.Close()
	})
	select {
	case <-child.Ended():
		err = child.Err()
	case <-ctx.Done():
		child.Stop()
		err = context.Cause(ctx)
	}
	// Only a process that left the group can still hold a pipe.
	_ = in.SetWriteDeadline(time.Now())
	_ = result.SetReadDeadline(time.Now().Add(drained))
	pipes.Wait()
	return out, child.Errors(), err
}

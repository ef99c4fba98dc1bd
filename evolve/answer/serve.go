package answer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/internal/jsonline"
	"github.com/amoeba-nas/amoeba/internal/lines"
)

// Server answers queries of a benchmark.
type Server struct {
	bench   evolve.Benchmark
	problem evolve.Problem
	asked   int
	line    []byte // of the answer, kept for its room
	result  evolve.Result
	trial   evolve.Trial
}

// New opens a benchmark for queries. The error wraps evolve.ErrUnsupported where an answer would take a training.
func New(b evolve.Benchmark) (*Server, error) {
	if b.About().Trains() {
		return nil, fmt.Errorf("a benchmark that trains its answers, want one that has them: %w", evolve.ErrUnsupported)
	}
	return &Server{bench: b, problem: b.Problem()}, nil
}

// Serve answers each line of in by a line on out, which it flushes before it would have to wait for more: the result
// of a trial, {"loss":…,"cost":…,"test":…,"others":[…]}, with a loss of null and an error where the benchmark has a
// failure of it, or an error alone, {"error":…}, where the line asks for nothing. failed counts the latter among all.
func (s *Server) Serve(ctx context.Context, in io.Reader, out io.Writer) (all, failed int, err error) {
	err = lines.Each(ctx, in, out, func(w io.Writer, n int, line string, err error) error {
		all = n
		s.line = s.line[:0]
		if err == nil {
			err = s.answer(line)
		}
		if err != nil {
			failed++
			s.line = appendFault(append(s.line[:0], '{'), err)
		}
		s.line = append(s.line, '\n')
		_, err = w.Write(s.line)
		return err
	})
	return all, failed, err
}

// answer appends the answer to a line.
func (s *Server) answer(line string) error {
	q, err := parse(line)
	if err != nil {
		return err
	}
	has := func(f evolve.Fidelity) bool { return f.Epochs == q.epochs }
	if q.epochs != 0 && !slices.ContainsFunc(s.problem.Fidelities, has) {
		return fmt.Errorf("epochs %d: want one of the benchmark's schedules, %s: %w", q.epochs, s.schedules(),
			evolve.ErrInvalid)
	}
	a := evolve.Arch(q.arch)
	if _, err := s.problem.Space.Canon(a); err != nil { // no genome
		if a, err = space.Read(s.problem.Space, q.arch); err != nil {
			return err
		}
	}
	s.asked++
	// Whoever writes a loop counts seeds from 0, and a table draws among its runs by the high bits of a trial's seed.
	s.trial = evolve.Trial{ID: s.asked, Seed: evolve.Mix(q.seed, 0),
		Proposal: evolve.Proposal{Arch: a, Epochs: q.epochs}}
	s.result = evolve.Result{}
	var score evolve.Score
	err = s.bench.Evaluate(context.Background(), &s.trial, &s.result)
	if err == nil {
		score, err = s.bench.Score(&s.trial)
	}
	if errors.Is(err, evolve.ErrFailed) {
		s.line = jsonline.AppendNumber(append(s.line, `{"loss":null,"cost":`...), s.result.Cost)
		s.line = appendFault(append(s.line, ','), err)
		return nil
	}
	if err != nil {
		return err
	}
	s.line = jsonline.AppendNumber(append(s.line, `{"loss":`...), s.result.Loss)
	s.line = jsonline.AppendNumber(append(s.line, `,"cost":`...), s.result.Cost)
	s.line = jsonline.AppendNumber(append(s.line, `,"test":`...), score.Test)
	s.line = append(s.line, `,"others":[`...)
	for i, x := range s.result.Others {
		s.line = jsonline.AppendNumber(jsonline.AppendComma(s.line, i), s.problem.Objectives[i+1].Value(x))
	}
	s.line = append(s.line, "]}"...)
	return nil
}

// appendFault appends an error as the last key of an object.
func appendFault(line []byte, err error) []byte {
	return append(jsonline.AppendText(append(line, `"error":`...), words.Line(err)), '}')
}

// schedulesShown bounds how many numbers of epochs stand in a message.
const schedulesShown = 8

// schedules are the numbers of epochs that can be asked for, in words.
func (s *Server) schedules() (text string) {
	all := s.problem.Fidelities
	for i, f := range all {
		if i == schedulesShown && len(all) > schedulesShown+1 {
			return fmt.Sprintf("%s … %d", text, all[len(all)-1].Epochs)
		}
		if i > 0 {
			text += ", "
		}
		text += strconv.Itoa(f.Epochs)
	}
	return text
}

package training

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
)

// A crew is the runs that train on one device at the same time. A narrow network leaves most of a wide device idle and
// is bound by the number of its launches; so whenever every run has its next step ready, the crew runs these steps as
// one. Joined training of several jobs is that of HFTA (Wang and others, MLSys 2021, arXiv:2102.02344) and of Retiarii
// (Zhang and others, OSDI 2020); here the networks differ, and each keeps the very numbers that it has alone, because
// joining changes which launches run together and not what a launch computes.
//
// Each run keeps its goroutine and its own code. It goes through the crew at three places: Join, which waits for room
// on the device; turn, an epoch or a test, which begins when all runs have asked for theirs, so that they stay in step;
// and step within a turn. Between turns runs come and go.
type crew struct {
	dev device.Device[float32]

	mu      sync.Mutex // guards what follows
	room    int        // elements that the device had for runs when there was none
	seats   []*seat    // in the order in which they came
	flights map[*evolve.Flight]*flight
	line    []*seat  // that found no room, in the order in which they came
	freed   int      // how many times memory was given back
	turns   int      // that have begun
	joins   []joined // a set of runs keeps its step as long as it is used
	last    []part   // of the step that ran last
	settled time.Time
}

// flight is what the crew knows of the evaluations that an [evolve.Flight] counts.
type flight struct {
	stands int  // how many there are, or will be in a moment
	said   bool // that not all of them have room
}

// joined is the step of several runs.
type joined struct {
	seats []*seat
	steps []device.Step // theirs
	all   device.Step   // nil where the device has no room for it: they run one after another
	turn  int           // when it ran last
}

// part is what a run has in a step: so many multiply-adds.
type part struct {
	seat   *seat
	weight float64
}

// seat is the place of a run in its crew.
type seat struct {
	crew   *crew
	flight *evolve.Flight // nil where nobody counts
	state  state
	tried  int        // what crew.freed was when it last tried to open
	wake   chan error // ends its waiting
	step   device.Step
	weight float64 // of the step

	seconds float64         // its share of the time of all steps
	limit   float64         // of seconds
	drives  bool            // a course is in progress, whose seconds count
	account *evolve.Account // that they are charged to; may be nil
}

// state is what a seat is about.
type state int

const (
	opening  state = iota // takes memory
	lining                // waits for memory
	resting               // has its memory and is between two turns
	asking                // waits for a turn
	going                 // makes its next step ready
	ready                 // waits for its step to be run
	arriving              // has ended a course, and waits until all that ran beside it have the results of their step
)

var crews = struct {
	sync.Mutex
	of map[device.Device[float32]]*crew
}{of: map[device.Device[float32]]*crew{}}

// crewOf is the crew of a device, nil of one that gains nothing by joining.
func crewOf(dev device.Device[float32]) *crew {
	if _, wide := dev.Wide(); !wide {
		return nil
	}
	crews.Lock()
	defer crews.Unlock()
	c := crews.of[dev]
	if c == nil {
		c = &crew{dev: dev, flights: map[*evolve.Flight]*flight{}}
		crews.of[dev] = c
	}
	return c
}

// Crowded is the event that a device has no room for all the runs in flight: so many are trained at a time, and each of
// the others waits until one of them has ended. It changes seconds and no number.
type Crowded struct{ Runs int }

func (c Crowded) String() string {
	return fmt.Sprintf("the device has room for %d of the networks in flight: they train together, and another one "+
		"begins when one ends; no result depends on it", c.Runs)
}

// Join opens a run that trains together with the others of its device. Where the device gains nothing by that, it is
// what start returns. Elsewhere all memory of the run is taken here; where there is no room, Join waits until others
// are closed, and only what is too large for the whole device is evolve.ErrFailed. Nobody but its own goroutine may
// wait for the run, since an epoch begins when all runs of the device have asked for one, and when all have come that
// the context's [evolve.Flight] counts.
//
// start is told the run's share of the device, for [Job.Room], and may be called again.
func Join(ctx context.Context, dev device.Device[float32], start func(room int) (*Run, error)) (*Run, error) {
	c := crewOf(dev)
	if c == nil {
		return start(0)
	}
	return c.join(ctx, func(room int) (*Run, error) {
		r, err := start(room)
		if err != nil {
			return nil, err
		}
		if err := r.takeAll(); err != nil {
			r.Close() // its error says nothing more
			return nil, err
		}
		return r, nil
	})
}

// join opens a run that takes all its memory at once.
func (c *crew) join(ctx context.Context, open func(room int) (*Run, error)) (r *Run, err error) {
	s := c.come(evolve.FlightOf(ctx))
	defer func() {
		if r == nil {
			s.leave()
		}
	}()
	for {
		if err := s.admitted(ctx); err != nil {
			return nil, err
		}
		if r, err = open(c.share(s.flight)); err == nil {
			s.opened(r)
			return r, nil
		}
		if !s.waits(err) {
			return nil, err
		}
	}
}

// takeAll takes the memory that a run takes at its first step otherwise.
func (r *Run) takeAll() error {
	if err := r.record(); err != nil {
		return err
	}
	return r.recordAnswer()
}

// come takes a seat for a run that is to be opened.
func (c *crew) come(f *evolve.Flight) *seat {
	c.mu.Lock()
	s := &seat{crew: c, flight: f, wake: make(chan error, 1), limit: math.Inf(1)}
	if len(c.seats) == 0 {
		c.room, _ = c.dev.Wide()
	}
	c.seats = append(c.seats, s)
	if len(c.line) > 0 { // behind those that wait already
		s.state, s.tried, c.line = lining, -1, append(c.line, s)
	}
	known := f == nil || c.flights[f] != nil
	if c.flights[f] == nil {
		c.flights[f] = &flight{}
	}
	c.mu.Unlock()
	if !known {
		f.Hear(func(n int) { c.stands(f, n) })
	}
	return s
}

// stands hears how many runs of a flight there are.
func (c *crew) stands(f *evolve.Flight, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.flights[f]
	if known == nil {
		return
	}
	known.stands = n
	c.forget(f)
	c.move()
}

// share is the elements that each of the two graphs of a run may take to be planned without reuse, so that a flight's
// first runs leave room for the others; 0 is any number.
func (c *crew) share(f *evolve.Flight) int {
	if f == nil {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(1, c.room/max(1, f.Most())/2)
}

// admitted waits until a seat may try to open its run: at once, or when its turn in the line has come.
func (s *seat) admitted(ctx context.Context) error {
	c := s.crew
	c.mu.Lock()
	lines := slices.Contains(c.line, s)
	if lines {
		c.move()
	} else {
		s.tried = c.freed
	}
	c.mu.Unlock()
	if !lines {
		return nil
	}
	select {
	case <-s.wake:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// opened is told that the run has its memory.
func (s *seat) opened(r *Run) {
	c := s.crew
	c.mu.Lock()
	defer c.mu.Unlock()
	c.line = without(c.line, s)
	s.state, r.seat = resting, s
	c.move()
}

// waits says whether a run that could not be opened is to be tried again when there is more room, and lines it up then.
func (s *seat) waits(err error) bool {
	c := s.crew
	c.mu.Lock()
	defer c.mu.Unlock()
	others := slices.ContainsFunc(c.seats, func(o *seat) bool { return o != s && o.state != lining })
	if !errors.Is(err, device.ErrRoom) || !others && c.freed == s.tried {
		return false
	}
	s.state = lining
	if !slices.Contains(c.line, s) {
		c.line = append(c.line, s)
		c.freed++ // another one that was opened at the same time may have missed just this
	}
	return true
}

// leave gives a seat up, and with it all memory, if only what an opening took that then failed.
func (s *seat) leave() {
	c := s.crew
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seats, c.line = without(c.seats, s), without(c.line, s)
	c.freed++
	c.forget(s.flight)
	c.move()
}

// forget drops a flight that has ended. One that goes on after all is heard again.
func (c *crew) forget(f *evolve.Flight) {
	if c.flights[f].stands == 0 && c.here(f) == 0 {
		delete(c.flights, f)
	}
}

// close ends the steps that a run's steps are joined in, and gives the seat up when the run is closed.
func (s *seat) close(run func() error) error {
	c := s.crew
	c.mu.Lock()
	err := c.unjoin(func(j joined) bool { return slices.Contains(j.seats, s) })
	c.mu.Unlock()
	err = errors.Join(err, run())
	s.leave()
	return err
}

// unjoin closes joined steps.
func (c *crew) unjoin(which func(joined) bool) error {
	var errs []error
	c.joins = slices.DeleteFunc(c.joins, func(j joined) bool {
		if !which(j) {
			return false
		}
		if j.all != nil {
			errs = append(errs, j.all.Close())
		}
		return true
	})
	return errors.Join(errs...)
}

// turn trains an epoch, or tests, together with the other runs of the crew.
func (r *Run) turn(ctx context.Context, f func() error) error {
	s := r.seat
	if s == nil {
		return f()
	}
	if err := s.await(ctx, asking, resting); err != nil {
		return err
	}
	defer s.rest()
	if n := s.crowded(); n > 0 {
		r.Observer.Report(Crowded{n})
	}
	return f()
}

// crowded is how many runs have room, the first time that one of the flight has none.
func (s *seat) crowded() (n int) {
	c := s.crew
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.flights[s.flight]
	if f.said || len(c.line) == 0 {
		return 0
	}
	f.said = true
	return len(c.seats) - len(c.line)
}

// rest ends a turn.
func (s *seat) rest() {
	c := s.crew
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	c.last = slices.DeleteFunc(c.last, func(p part) bool { return p.seat == s })
	s.state = resting
	c.move()
}

// run runs a step of the run, together with those of the others. The weight is its part of the work.
func (s *seat) run(ctx context.Context, step device.Step, weight float64) error {
	s.crew.mu.Lock()
	s.step, s.weight = step, weight
	s.crew.mu.Unlock()
	if err := s.await(ctx, ready, going); err != nil {
		return err
	}
	if !math.IsInf(s.limit, 1) && s.clock() > s.limit {
		return errLimit
	}
	return nil
}

// await takes a state and waits until the crew has ended it; if the context ends first, the state is what it was.
func (s *seat) await(ctx context.Context, now, was state) error {
	c := s.crew
	c.mu.Lock()
	s.state = now
	c.move()
	c.mu.Unlock()
	select {
	case err := <-s.wake:
		return err
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.state != now { // it was ended meanwhile
		<-s.wake
	}
	s.state = was
	c.move()
	return ctx.Err()
}

// clock is the seat's share of seconds until now.
func (s *seat) clock() float64 {
	s.crew.mu.Lock()
	defer s.crew.mu.Unlock()
	s.crew.settle()
	return s.seconds
}

// charge says whose account the seconds of courses from now on are charged to; nil is nobody's.
func (s *seat) charge(a *evolve.Account) {
	s.crew.mu.Lock()
	defer s.crew.mu.Unlock()
	s.account = a
}

// drive begins a course, and returns the seat's seconds before it.
func (s *seat) drive() float64 {
	s.crew.mu.Lock()
	defer s.crew.mu.Unlock()
	s.crew.settle()
	s.drives = true
	return s.seconds
}

// arrive ends a course, and returns the seat's seconds after it. Courses that end with the same step end at the same
// moment, whichever goroutine comes first.
func (s *seat) arrive(ctx context.Context) float64 {
	err := s.await(ctx, arriving, going)
	s.crew.mu.Lock()
	defer s.crew.mu.Unlock()
	if err != nil { // it was stopped, and ends alone
		s.crew.settle()
		s.drives = false
	}
	return s.seconds
}

// end ends the courses of all that have come to the end of theirs.
func (c *crew) end() {
	c.settle()
	c.last = slices.DeleteFunc(c.last, func(p part) bool { return p.seat.state == arriving })
	for _, s := range c.seats {
		if s.state != arriving {
			continue
		}
		if s.account != nil {
			s.account.End()
		}
		s.state, s.drives = going, false
		s.wake <- nil
	}
}

// move does what the states of the seats allow. The lock is held.
func (c *crew) move() {
	if len(c.line) > 0 {
		if s := c.line[0]; s.state == lining && c.freed > s.tried {
			s.state, s.tried = opening, c.freed
			s.wake <- nil
		}
	}
	var n [arriving + 1]int
	for _, s := range c.seats {
		n[s.state]++
	}
	switch {
	case n[going] > 0:
	case n[arriving] > 0:
		c.end()
	case n[ready] > 0:
		c.launch()
	case n[asking] > 0 && n[resting] == 0 && n[opening] == 0 && c.complete():
		c.begin()
	}
}

// complete says whether all runs have come that are in flight.
func (c *crew) complete() bool {
	for f, known := range c.flights {
		if known.stands > c.here(f) {
			return false
		}
	}
	return true
}

// here counts the seats of a flight.
func (c *crew) here(f *evolve.Flight) (n int) {
	for _, s := range c.seats {
		if s.flight == f {
			n++
		}
	}
	return n
}

// begin begins a turn of all that have asked.
func (c *crew) begin() {
	// Sets that ran in neither of the last two turns, which may have been an epoch and a test, will hardly come again.
	// What is wrong with the device the next step says.
	_ = c.unjoin(func(j joined) bool { return j.turn < c.turns-1 })
	c.turns++
	c.last, c.settled = nil, time.Now()
	for _, s := range c.seats {
		if s.state == asking {
			s.state = going
			s.wake <- nil
		}
	}
}

// launch runs the steps of all that have one ready, as one.
func (c *crew) launch() {
	var set []*seat
	var steps []device.Step
	var parts []part
	for _, s := range c.seats {
		if s.state == ready {
			set, steps, parts = append(set, s), append(steps, s.step), append(parts, part{s, s.weight})
		}
	}
	if len(c.last) == 0 { // until now they made their first batches ready
		c.last = parts
	}
	c.settle()
	c.last = parts
	err := c.run(set, steps)
	for _, s := range set {
		s.state, s.step = going, nil
		s.wake <- err
	}
}

// run runs steps as one.
func (c *crew) run(set []*seat, steps []device.Step) error {
	if len(steps) == 1 {
		return steps[0].Run()
	}
	i := slices.IndexFunc(c.joins, func(j joined) bool { return slices.Equal(j.steps, steps) })
	if i < 0 {
		all, err := c.dev.Join(steps...)
		if err != nil && !errors.Is(err, device.ErrRoom) {
			return nobodyFailed(err)
		}
		i, c.joins = len(c.joins), append(c.joins, joined{seats: set, steps: steps, all: all})
	}
	j := &c.joins[i]
	j.turn = c.turns
	if j.all != nil {
		return nobodyFailed(j.all.Run())
	}
	for _, s := range steps {
		if err := s.Run(); err != nil {
			return nobodyFailed(err)
		}
	}
	return nil
}

// nobodyFailed is the error of a step of several runs. None of them has failed by it, since alone it may not have
// happened: no trial is told as failed for whom it was joined with.
func nobodyFailed(err error) error {
	if errors.Is(err, evolve.ErrFailed) {
		return errors.New(err.Error())
	}
	return err
}

// settle shares the seconds since the last settling among the runs whose steps ran last, by their multiply-adds. So
// all shares together are the time that the device was used.
func (c *crew) settle() {
	now := time.Now()
	seconds, whole := now.Sub(c.settled).Seconds(), 0.0
	c.settled = now
	for _, p := range c.last {
		whole += p.weight
	}
	for _, p := range c.last {
		share := seconds * p.weight / whole
		if p.seat.seconds += share; p.seat.drives && p.seat.account != nil {
			p.seat.account.Charge(share)
		}
	}
}

func without(seats []*seat, s *seat) []*seat {
	return slices.DeleteFunc(slices.Clone(seats), func(o *seat) bool { return o == s })
}

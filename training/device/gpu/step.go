package gpu

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// step is recorded launches. A kernel object is made for each with its arguments set once, so that running a step
// enqueues a list and allocates nothing.
type step[T kernel.Float] struct {
	d       *Device[T]
	parts   []part       // what it was made of, for steps that it is joined in
	results []*mirror[T] // that it writes, each once
	jobs    Buffer
	tasks   []task // in order; nil once closed
	closed  bool
}

// part is the launches of a network and what must precede what among them, which takes longer to find than the rest of
// a join.
type part struct {
	launches []launch.Launch
	graph    *launch.Graph
}

// task is a launch of the device: those of a batch.
type task struct {
	name   string
	at     int32 // its record among the step's jobs
	groups int
	kernel Kernel
}

// Record makes a step of calls that this device's kernels made.
func (d *Device[T]) Record(calls []device.Call) (device.Step, error) {
	var launches []launch.Launch
	var results []*mirror[T]
	for i, c := range calls {
		c, ok := c.(*call[T])
		if !ok || c.d != d {
			return nil, fmt.Errorf("call %d of a step is none of %s: %w", i+1, d.name, evolve.ErrInvalid)
		}
		if c.err != nil {
			return nil, fmt.Errorf("call %d of a step: %w", i+1, c.err)
		}
		launches, results = append(launches, c.launches...), append(results, c.results...)
	}
	return d.step([]part{{launches, launch.NewGraph(launches)}}, results)
}

// Join makes a step of steps of this device.
func (d *Device[T]) Join(steps ...device.Step) (device.Step, error) {
	var parts []part
	var results []*mirror[T]
	for i, s := range steps {
		s, ok := s.(*step[T])
		if !ok || s.d != d {
			return nil, fmt.Errorf("step %d of a joined one is none of %s: %w", i+1, d.name, evolve.ErrInvalid)
		}
		parts, results = append(parts, s.parts...), append(results, s.results...)
	}
	return d.step(parts, results)
}

// step schedules launches, lays their jobs in a buffer and makes their kernel objects. It is an interface without a
// value where that fails: callers close the steps that are not nil.
func (d *Device[T]) step(parts []part, results []*mirror[T]) (_ device.Step, err error) {
	graphs := make([]*launch.Graph, len(parts))
	for i, p := range parts {
		graphs[i] = p.graph
	}
	batches := launch.Schedule(graphs...)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lost != nil {
		return nil, d.lost
	}
	s := &step[T]{d: d, parts: parts, results: once(results), tasks: make([]task, 0, len(batches))}
	defer func() {
		if err != nil {
			_ = s.close() // the first error says more
		}
	}()
	var jobs []int32
	for _, b := range batches {
		t := task{name: b.Kernel, at: int32(len(jobs))}
		if jobs, t.groups = lay(jobs, parts, b); t.groups > 0 {
			s.tasks = append(s.tasks, t)
		}
	}
	if len(jobs) == 0 {
		return s, nil
	}
	if s.jobs, err = d.driver.Buffer(4 * len(jobs)); err != nil {
		return nil, fmt.Errorf("%s: no room for the jobs of a step, %s: %w: %w", d.driver.Name(), size(4*len(jobs)),
			err, device.ErrRoom)
	}
	if err = d.write(s.jobs, 0, bytesOf(jobs)); err != nil {
		return nil, err
	}
	for i := range s.tasks {
		t := &s.tasks[i]
		if t.kernel, err = d.program.Kernel(t.name, d.block, d.tables.buffer(), s.jobs, t.at); err != nil {
			return nil, d.refused(fmt.Errorf("kernel %s: %w", t.name, err))
		}
	}
	return s, nil
}

// lay appends a batch's record to jobs as the kernels' BEGIN reads it: the number of jobs, the first group of each, and
// the jobs. Jobs of no group are left out.
func lay(jobs []int32, parts []part, b launch.Batch) (_ []int32, groups int) {
	at := func(p launch.Part) *launch.Launch { return &parts[p.Graph].launches[p.Launch] }
	some := slices.DeleteFunc(slices.Clone(b.Parts), func(p launch.Part) bool { return at(p).Groups <= 0 })
	if len(some) == 0 {
		return jobs, 0
	}
	jobs = append(jobs, int32(len(some)))
	for _, p := range some {
		jobs = append(jobs, int32(groups))
		groups += at(p).Groups
	}
	for _, p := range some {
		jobs = append(jobs, at(p).Job[:]...)
	}
	return jobs, groups
}

// once leaves out what comes again.
func once[E comparable](s []E) (out []E) {
	seen := map[E]bool{}
	for _, e := range s {
		if !seen[e] {
			seen[e], out = true, append(out, e)
		}
	}
	return out
}

// Run enqueues the step.
func (s *step[T]) Run() error {
	d := s.d
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lost != nil {
		return d.lost
	}
	if s.closed {
		return fmt.Errorf("a step is run that is closed: %w", evolve.ErrInvalid)
	}
	for i := range s.tasks {
		t := &s.tasks[i]
		if err := d.queue.Launch(t.kernel, t.groups, launch.Group); err != nil {
			return d.refused(fmt.Errorf("kernel %s, launch %d of %d: %w", t.name, i+1, len(s.tasks), err))
		}
	}
	for _, r := range s.results {
		if !r.dirty {
			r.dirty, d.written = true, append(d.written, r)
		}
	}
	return nil
}

// Launches is the number of batches.
func (s *step[T]) Launches() int { return len(s.tasks) }

// Close gives back what the step has for itself. Steps that it was joined in stay whole.
func (s *step[T]) Close() error {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	return s.close()
}

func (s *step[T]) close() error {
	var first error
	for _, t := range s.tasks {
		if t.kernel != nil {
			first = cmp.Or(first, t.kernel.Close())
		}
	}
	if s.jobs != nil {
		first = cmp.Or(first, s.jobs.Close())
	}
	s.jobs, s.tasks, s.closed = nil, nil, true
	return first
}

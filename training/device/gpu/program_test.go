package gpu

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/amoeba-nas/amoeba/training/device"
)

// Whatever a program does with a device, in whatever order, it reads the numbers of a host that does everything at once.
func TestPrograms(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := newFake()
		f.limits.Memory = 1 << 21 // so that memory is reused and runs out
		d, err := Open[float32](f)
		if err != nil {
			rt.Fatal(err)
		}
		all := d.staging.memory
		d.staging.memory = all[:4096] // so that uploads come to its end
		defer func() {
			d.staging.memory = all
			if err := d.Close(); err != nil || f.open != 0 {
				rt.Errorf("%v; %d objects of the driver are left", err, f.open)
			}
		}()
		var nets []*program
		var closed []device.Step
		one := func(what string) *program { return nets[rapid.IntRange(0, len(nets)-1).Draw(rt, what)] }
		for range rapid.IntRange(1, 25).Draw(rt, "actions") {
			switch action := rapid.IntRange(0, 5).Draw(rt, "action"); {
			case action == 0 || len(nets) == 0:
				if p := newProgram(rt, d, rapid.IntRange(1, 50_000).Draw(rt, "length")); p != nil {
					nets = append(nets, p)
				}
			case action == 1: // one leaves, with its step perhaps still queued
				i := rapid.IntRange(0, len(nets)-1).Draw(rt, "leaves")
				nets[i].close(rt, d)
				nets = slices.Delete(nets, i, i+1)
			case action == 2:
				one("uploads").fill(d, float32(rapid.IntRange(-9, 9).Draw(rt, "number")))
			case action == 3:
				p := one("runs")
				if err := p.step.Run(); err != nil {
					rt.Fatal(err)
				}
				p.run()
			case action == 4: // some are joined, run and parted; the step is closed while it is queued
				var steps []device.Step
				for _, p := range nets {
					if rapid.Bool().Draw(rt, "joins") {
						steps = append(steps, p.step)
						p.run()
					}
				}
				joined, err := d.Join(steps...)
				if err != nil {
					rt.Fatal(err)
				}
				if err := joined.Run(); err != nil {
					rt.Fatal(err)
				}
				closed = append(closed, joined)
				if err := joined.Close(); err != nil {
					rt.Fatal(err)
				}
			case action == 5:
				one("is read").check(rt, d)
			}
		}
		for _, p := range nets {
			p.check(rt, d)
			p.close(rt, d)
		}
		if room, _ := d.Wide(); room*4 != len(d.mapped) {
			rt.Errorf("room for %d elements of %d bytes in the end", room, len(d.mapped))
		}
		for _, s := range closed {
			if s.Run() == nil {
				rt.Error("a closed step runs")
			}
		}
	})
}

// program is x += y, y = 2·y, z = x + y, results = 2·z, on the device and on the host.
type program struct {
	x, y, z []float32 // handles, the last of one element
	hx, hy  float32   // every element is the same
	step    device.Step
	results []float64
	sum     float64 // results[0], once the device has been waited for
}

func newProgram(rt *rapid.T, d *Device[float32], n int) *program {
	p := &program{}
	var errs [4]error
	p.x, errs[0] = d.Take(n)
	p.y, errs[1] = d.Take(n)
	p.z, errs[2] = d.Take(1)
	p.results, errs[3] = d.Results(2)
	if err := errors.Join(errs[:]...); err != nil {
		if !errors.Is(err, device.ErrRoom) {
			rt.Fatal(err)
		}
		p.give(d)
		return nil
	}
	call := func(s add, out []float32, in ...[]float32) device.Call {
		k, err := d.Kernel(s)
		if err != nil {
			rt.Fatal(err)
		}
		return k.Forward(out, in...)
	}
	var err error
	p.step, err = d.Record([]device.Call{call(add{n: n}, p.x, p.x, p.y), call(add{n: n}, p.y, p.y, p.y),
		call(add{n: 1, results: p.results}, p.z, p.x[:1], p.y[:1])})
	if err != nil {
		rt.Fatal(err)
	}
	return p
}

func (p *program) run() {
	p.hx += p.hy
	p.hy *= 2
	p.sum = 2 * float64(p.hx+p.hy)
}

func (p *program) fill(d *Device[float32], v float32) {
	src := slices.Repeat([]float32{v}, len(p.x))
	d.Upload(p.x, src)
	d.Upload(p.y, src)
	p.hx, p.hy = v, v
	clear(src)
}

// check reads the slabs, and with them the results.
func (p *program) check(rt *rapid.T, d *Device[float32]) {
	got := make([]float32, len(p.x))
	for what, h := range map[string]struct {
		handle []float32
		want   float32
	}{"x": {p.x, p.hx}, "y": {p.y, p.hy}} {
		if err := d.Download(got, h.handle); err != nil {
			rt.Fatal(err)
		}
		for i, v := range got {
			if v != h.want {
				rt.Fatalf("%s[%d] is %g, want %g", what, i, v, h.want)
			}
		}
	}
	if p.results[0] != p.sum || p.results[1] != 0 {
		rt.Fatalf("results %v, want %g", p.results, p.sum)
	}
}

func (p *program) close(rt *rapid.T, d *Device[float32]) {
	if err := p.step.Close(); err != nil {
		rt.Error(err)
	}
	p.give(d)
}

func (p *program) give(d *Device[float32]) {
	d.Give(p.x)
	d.Give(p.y)
	d.Give(p.z)
	d.GiveResults(p.results)
}

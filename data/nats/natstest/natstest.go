package natstest

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/amoeba-nas/amoeba/data/nats"
	"github.com/dsnet/compress/bzip2"
)

// Write writes an architecture into a folder, under its official name: [nats.ReadFile]
// reads the same back.
func Write(dir string, a *nats.Arch) (err error) {
	f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%06d.pickle.pbz2", a.Index)))
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	z, err := bzip2.NewWriter(f, nil)
	if err != nil {
		return err
	}
	var p pickle
	p.b = append(p.b, 0x80, 4) // protocol 4
	p.arch(a)
	if _, err := z.Write(append(p.b, '.')); err != nil {
		return err
	}
	return z.Close()
}

// pickle appends values by the opcodes of Python's pickletools.
type pickle struct{ b []byte }

func (p *pickle) op(codes ...byte) { p.b = append(p.b, codes...) }

func (p *pickle) text(s string) {
	p.b = append(binary.LittleEndian.AppendUint32(append(p.b, 'X'), uint32(len(s))), s...)
}

func (p *pickle) whole(n int) {
	p.b = binary.LittleEndian.AppendUint32(append(p.b, 'J'), uint32(int32(n)))
}

func (p *pickle) number(x float64) {
	p.b = binary.BigEndian.AppendUint64(append(p.b, 'G'), math.Float64bits(x))
}

// dict writes what its items append, each a key and then its value.
func (p *pickle) dict(items func()) {
	p.op('}', '(')
	items()
	p.op('u')
}

func (p *pickle) list(items func()) {
	p.op(']', '(')
	items()
	p.op('e')
}

func (p *pickle) arch(a *nats.Arch) {
	p.dict(func() {
		for i := range a.Schedules {
			p.text(a.Schedules[i].Name)
			p.schedule(a, a.Schedules[i].Runs)
		}
	})
}

func (p *pickle) schedule(a *nats.Arch, runs []nats.Run) {
	p.dict(func() {
		p.text("arch_index")
		p.whole(a.Index)
		p.text("arch_str")
		p.text(a.Text)
		p.text("all_results")
		p.dict(func() {
			for i := range runs {
				p.op('(')
				p.text(runs[i].Dataset)
				p.whole(runs[i].Seed)
				p.op('t')
				p.run(&runs[i])
			}
		})
		p.text("dataset_seed")
		p.dict(func() {
			for from := 0; from < len(runs); {
				to := from
				for to < len(runs) && runs[to].Dataset == runs[from].Dataset {
					to++
				}
				p.text(runs[from].Dataset)
				p.list(func() {
					for _, r := range runs[from:to] {
						p.whole(r.Seed)
					}
				})
				from = to
			}
		})
		p.text("clear_net_done")
		p.op(0x88)
	})
}

func (p *pickle) run(r *nats.Run) {
	p.dict(func() {
		for _, c := range []struct {
			key   string
			value func()
		}{
			{"name", func() { p.text(r.Dataset) }},
			{"train_acc1es", func() { p.epochs(r.TrainAcc) }},
			{"train_acc5es", func() { p.epochs(r.TrainTop5) }},
			{"train_losses", func() { p.epochs(r.TrainLoss) }},
			{"train_times", func() { p.epochs(r.TrainSeconds) }},
			{"params", func() { p.number(r.Params) }},
			{"flop", func() { p.number(r.FLOPs) }},
			{"seed", func() { p.text(fmt.Sprintf("%04d", r.Seed)) }},
			{"epochs", func() { p.whole(r.Epochs) }},
			{"latency", func() { p.latency(r.Latency) }},
			{"eval_names", func() {
				p.list(func() {
					for i := range r.Evals {
						p.text(r.Evals[i].Split)
					}
				})
			}},
			{"eval_acc1es", func() { p.evals(r, func(e *nats.Eval) []float64 { return e.Acc }) }},
			{"eval_losses", func() { p.evals(r, func(e *nats.Eval) []float64 { return e.Loss }) }},
			{"eval_times", func() { p.evals(r, nil) }},
			{"net_state_dict", func() { p.op('N') }},
		} {
			p.text(c.key)
			c.value()
		}
	})
}

// epochs writes {0: x, 1: x, …}, or None of nil.
func (p *pickle) epochs(xs []float64) {
	if xs == nil {
		p.op('N')
		return
	}
	p.dict(func() {
		for i, x := range xs {
			p.whole(i)
			p.number(x)
		}
	})
}

func (p *pickle) latency(xs []float64) {
	if xs == nil {
		p.op('N')
		return
	}
	p.list(func() {
		for _, x := range xs {
			p.number(x)
		}
	})
}

// evals writes {"split@epoch": x}: a result where there is one, or, of nil, the seconds.
func (p *pickle) evals(r *nats.Run, result func(*nats.Eval) []float64) {
	p.dict(func() {
		for i := range r.Evals {
			e := &r.Evals[i]
			if result == nil {
				for epoch, x := range e.Seconds {
					p.text(fmt.Sprintf("%s@%d", e.Split, epoch))
					p.number(x)
				}
				continue
			}
			for k, x := range result(e) {
				p.text(fmt.Sprintf("%s@%d", e.Split, e.Epochs[k]))
				p.number(x)
			}
		}
	})
}

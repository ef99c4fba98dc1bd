package plots

import (
	"slices"

	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// multiples are experiments as small multiples show them: those of one benchmark in one panel, with the same look for
// the same algorithm in all panels.
type multiples struct {
	groups [][]*trace.Set // by benchmark, in their order
	looks  looks
}

// mostColumns is the number of small panels that a text width of 17 cm has room for.
const mostColumns = 3

func newMultiples(sets []*trace.Set) (m multiples) {
	for _, s := range sets {
		at := slices.IndexFunc(m.groups, func(g []*trace.Set) bool {
			return g[0].Spec.Benchmark == s.Spec.Benchmark
		})
		if at < 0 {
			m.groups = append(m.groups, []*trace.Set{s})
		} else {
			m.groups[at] = append(m.groups[at], s)
		}
	}
	for _, g := range m.groups {
		for _, s := range g {
			for _, a := range s.Arms {
				m.looks.place(shown(g, s, a.Label), a.Baseline)
			}
		}
	}
	return m
}

// looks are the names of algorithms and of baselines: by its place among them a name looks the same in all panels.
type looks [2][]string

// place is the place of a name, from 1; a new one comes last.
func (l *looks) place(name string, baseline bool) int {
	all := &l[0]
	if baseline {
		all = &l[1]
	}
	if !slices.Contains(*all, name) {
		*all = append(*all, name)
	}
	return 1 + slices.Index(*all, name)
}

// give has the series of a panel look as their names do.
func (l *looks) give(p *Panel) {
	for i := range p.Series {
		if s := &p.Series[i]; !s.Twin {
			s.Hue = l.place(s.Name, s.Baseline)
		}
	}
}

// several says whether there are several benchmarks, so that panels have the names of theirs.
func (m multiples) several() bool { return len(m.groups) > 1 }

// title is the name of a group's panel: the benchmark's title, or its spec where others have the same title.
func (m multiples) title(of int) string {
	about := m.groups[of][0].About
	for i, g := range m.groups {
		if i != of && g[0].About.Title == about.Title {
			return m.groups[of][0].Spec.Benchmark
		}
	}
	return about.Title
}

// size is the number of algorithms that a reader has to tell apart.
func (m multiples) size() (n int) {
	if m.several() {
		return len(m.looks[0]) + len(m.looks[1])
	}
	for _, g := range m.groups {
		for _, s := range g {
			n += len(s.Arms)
		}
	}
	return n
}

// chart arranges panels, a row a metric where there are several metrics, and gives the algorithms their looks.
func (m multiples) chart(c *Chart) {
	if !m.several() {
		return
	}
	c.Columns = min(len(m.groups), mostColumns)
	for i := range c.Panels {
		m.looks.give(&c.Panels[i])
	}
}

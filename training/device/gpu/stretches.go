package gpu

import "slices"

// stretches share out a block of memory, in units of launch.Unit elements.
type stretches struct {
	free []stretch   // by place; no two of them touch
	used map[int]int // by place: how many units
}

type stretch struct{ at, units int }

func newStretches(units int) stretches {
	return stretches{free: []stretch{{0, units}}, used: map[int]int{}}
}

// take gives the shortest free stretch that is long enough, the first of equals: long ones stay whole for activations.
func (s *stretches) take(units int) (at int, ok bool) {
	best := -1
	for i, f := range s.free {
		if f.units >= units && (best < 0 || f.units < s.free[best].units) {
			best = i
		}
	}
	if best < 0 {
		return 0, false
	}
	f := &s.free[best]
	at = f.at
	f.at, f.units = f.at+units, f.units-units
	if f.units == 0 {
		s.free = slices.Delete(s.free, best, best+1)
	}
	s.used[at] = units
	return at, true
}

// give takes back what take gave at a place; nothing else is a stretch.
func (s *stretches) give(at int) bool {
	units, ok := s.used[at]
	if !ok {
		return false
	}
	delete(s.used, at)
	i, _ := slices.BinarySearchFunc(s.free, at, func(f stretch, at int) int { return f.at - at })
	s.free = slices.Insert(s.free, i, stretch{at, units})
	if i+1 < len(s.free) && s.free[i+1].at == at+units {
		s.free[i].units += s.free[i+1].units
		s.free = slices.Delete(s.free, i+1, i+2)
	}
	if i > 0 && s.free[i-1].at+s.free[i-1].units == at {
		s.free[i-1].units += s.free[i].units
		s.free = slices.Delete(s.free, i, i+1)
	}
	return true
}

// largest is the length of the longest free stretch.
func (s *stretches) largest() int {
	n := 0
	for _, f := range s.free {
		n = max(n, f.units)
	}
	return n
}

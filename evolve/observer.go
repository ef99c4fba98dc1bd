package evolve

import "sync"

// An Event is one thing that happened in work that takes long, such as an epoch that ended. Packages that work long
// document the types of their events; an observer switches on those that it knows and passes over all others.
type Event any

// An Observer hears of events while the work goes on, and changes nothing about it. Events, and what they point to, are
// valid during the call.
type Observer func(Event)

// Report reports an event to the observer, if there is one. Where events are frequent their maker asks first whether
// there is one.
func (o Observer) Report(e Event) {
	if o != nil {
		o(e)
	}
}

// OneAtATime is an observer for work on several goroutines: it passes on one event at a time.
func (o Observer) OneAtATime() Observer {
	if o == nil {
		return nil
	}
	var mu sync.Mutex
	return func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		o(e)
	}
}

// On is the observer of the events of one type.
func On[E any](hear func(E)) Observer {
	return func(e Event) {
		if x, ok := e.(E); ok {
			hear(x)
		}
	}
}

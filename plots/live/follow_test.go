package live

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// fake is a folder that a test changes: its stamp, its page and what is wrong with them.
type fake struct {
	at              string
	text            string
	wrong           error
	stamped, writes int
	takes           time.Duration // to write the page
	clock           time.Time
}

func (f *fake) follower() *follower {
	return &follower{
		stamp: func() (string, error) { f.stamped++; return f.at, nil },
		write: func() ([]byte, error) {
			f.writes++
			f.clock = f.clock.Add(f.takes)
			return []byte(f.text), f.wrong
		},
		now: func() time.Time { return f.clock },
	}
}

// The page is written once a change, however many ask for it, and the folder is looked at once a second.
func TestWritesOnceAChange(t *testing.T) {
	f := &fake{at: "a", text: "one"}
	follow := f.follower()
	var was string
	for i, step := range []struct {
		at, text        string
		after           time.Duration
		page            string
		stamped, writes int
		another         bool // another version than before
	}{
		{"a", "one", 0, "one", 1, 1, true},
		{"a", "one", 0, "one", 1, 1, false},
		{"b", "two", 999 * time.Millisecond, "one", 1, 1, false}, // the folder rests
		{"b", "two", time.Millisecond, "two", 2, 2, true},
		{"b", "two", time.Minute, "two", 3, 2, false},
		{"c", "two", time.Second, "two", 4, 3, false}, // touched, with the same page
	} {
		f.at, f.text, f.clock = step.at, step.text, f.clock.Add(step.after)
		now := follow.current()
		if string(now.page) != step.page || f.stamped != step.stamped || f.writes != step.writes ||
			(now.version != was) != step.another || now.trouble != "" {
			t.Errorf("step %d: page %q, version %s after %s, looked %d times, written %d times, trouble %q: want %+v",
				i, now.page, now.version, was, f.stamped, f.writes, now.trouble, step)
		}
		was = now.version
	}
}

// A page that takes long is written so rarely that it takes a tenth of the time.
func TestRestsAsItCosts(t *testing.T) {
	f := &fake{text: "page", takes: 2 * time.Second}
	follow := f.follower()
	for second := range 1000 {
		f.at = fmt.Sprint(second) // it changes all the time
		if at := time.Unix(int64(second), 0); at.After(f.clock) {
			f.clock = at
		}
		follow.current()
	}
	if f.writes < 45 || f.writes > 51 { // 1000 s, of which 2 s in 20 s
		t.Errorf("written %d times, want 50", f.writes)
	}
}

// A folder that cannot be read keeps the page that there was and is tried again, though nothing in it changes.
func TestTroublePasses(t *testing.T) {
	f := &fake{at: "a", text: "one"}
	follow := f.follower()
	good := follow.current()
	f.at, f.wrong, f.clock = "b", errors.New("cut\nin two"), f.clock.Add(time.Second)
	if now := follow.current(); string(now.page) != "one" || now.version != good.version || now.trouble != "cut in two" {
		t.Errorf("with trouble: %q, %s, %q", now.page, now.version, now.trouble)
	}
	f.text, f.wrong, f.clock = "two", nil, f.clock.Add(time.Second)
	if now := follow.current(); string(now.page) != "two" || now.trouble != "" {
		t.Errorf("after it: %q, %q", now.page, now.trouble)
	}
}

package program

import (
	"bytes"
	"strings"
	"sync"
)

// Kept is how much a [Tail] keeps, in bytes: what a person reads of a log that ended badly, and more than a line of
// results takes.
const Kept = 1 << 16

// Tail keeps the end of what is written to it, so that no flood fills the memory. It may be read while others write.
type Tail struct {
	mu   sync.Mutex
	text []byte // at most twice as long as what is kept, so that it is moved seldom
	all  int64  // bytes that were written
}

// Write takes all of p.
func (t *Tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all += int64(len(p))
	n := len(p)
	p = p[max(n-Kept, 0):]
	if len(t.text)+len(p) > 2*Kept {
		t.text = append(t.text[:0], t.text[len(t.text)-(Kept-len(p)):]...)
	}
	t.text = append(t.text, p...)
	return n, nil
}

// Text is the end of what was written, at most [Kept] bytes; before are the bytes that were written ahead of it.
func (t *Tail) Text() (text []byte, before int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	text = bytes.Clone(t.text[max(len(t.text)-Kept, 0):])
	return text, t.all - int64(len(text))
}

// LastLine is the last line that has more than blanks, without blanks around it; "" where there is none. whole says
// that the line began within what is kept.
func (t *Tail) LastLine() (line string, whole bool) {
	text, before := t.Text()
	text = bytes.TrimSpace(text)
	at := bytes.LastIndexByte(text, '\n') + 1
	return string(bytes.TrimSpace(text[at:])), at > 0 || before == 0
}

// linesShown and bytesShown are how much of a program's standard error stands in a message: where a Python traceback
// says what went wrong and where, and what fits a few lines of a terminal.
const (
	linesShown = 3
	bytesShown = 300
)

// Shown is the end of what was written as a message has room for it: the last lines in one, "" where nothing was.
func (t *Tail) Shown() string {
	text, before := t.Text()
	lines := strings.Split(strings.TrimSpace(strings.ToValidUTF8(string(text), "�")), "\n")
	cut := before > 0 || len(lines) > linesShown
	var all []string
	for _, line := range lines[max(len(lines)-linesShown, 0):] {
		all = append(all, strings.Join(strings.Fields(line), " "))
	}
	shown := strings.Join(all, " / ")
	if len(shown) > bytesShown {
		shown, cut = strings.ToValidUTF8(shown[len(shown)-bytesShown:], ""), true
	}
	if cut && shown != "" {
		shown = "…" + shown
	}
	return shown
}

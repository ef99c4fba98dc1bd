package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// maxLine is the most bytes of a line of standard input, its end not counted.
const maxLine = 1 << 16

// lines reads a text line by line. A last line needs no end.
type lines struct {
	in *bufio.Reader
	n  int // of the line that was read last, from 1
}

func newLines(r io.Reader) *lines { return &lines{in: bufio.NewReaderSize(r, maxLine)} }

// next returns a line without its end, \n or \r\n. Of one longer than maxLine it returns the beginning
// and an errLong, and the next call goes on behind it. At the end of the text the error is io.EOF.
func (l *lines) next() (string, error) {
	var text []byte
	some := false
	for {
		part, err := l.in.ReadSlice('\n')
		some = some || len(part) > 0
		// One byte more than may be kept, beside the two of the end, tells that the line is too long.
		text = append(text, part[:min(len(part), maxLine+3-len(text))]...)
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && !some:
			return "", err
		case err != nil && err != io.EOF:
			return "", fmt.Errorf("standard input, line %d: %w", l.n+1, err)
		}
		l.n++
		line := string(text)
		if whole, ended := strings.CutSuffix(line, "\n"); ended {
			line = strings.TrimSuffix(whole, "\r")
		}
		if len(line) > maxLine {
			return line[:maxLine], errLong
		}
		return line, nil
	}
}

// cleanLine is a line without blanks around it, and without the byte order mark that some editors put
// in front of a file.
func cleanLine(text string) string { return strings.TrimSpace(strings.TrimPrefix(text, "\ufeff")) }

var errLong = fmt.Errorf("line longer than %d bytes", maxLine)

// waiting says that a further line would have to be waited for, so that whoever writes a line and
// waits for the answer must get it now.
func (l *lines) waiting() bool { return l.in.Buffered() == 0 }

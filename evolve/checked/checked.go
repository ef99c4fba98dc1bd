package checked

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/amoeba-nas/amoeba/evolve"
)

// The last key of an object is crc: the CRC-32C, in eight lower-case hexadecimal digits, of all
// bytes before that key's first quote (Castagnoli's polynomial, RFC 3720 section 12.1). A CRC of 32
// bits finds every change within four neighbouring bytes, and of others all but one in 2³².
const (
	linePattern = `"crc":"%08x"}` + "\n"
	filePattern = `"crc": "%08x"` + "\n}\n"

	lineTail = len(linePattern) - len("%08x") + 8
	fileTail = len(filePattern) - len("%08x") + 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Each of the two is an [evolve.ErrInvalid].
var (
	// ErrNone is the error of an object without a checksum, as earlier builds wrote them.
	ErrNone error = fault("no checksum: an earlier build of amoeba wrote it")
	// ErrAltered is the error of bytes that differ from the written ones.
	ErrAltered error = fault("altered: its checksum is not right")
)

// Fault is an [evolve.ErrInvalid] whose text does not end in that word, for more to follow.
func Fault(format string, v ...any) error { return fault(fmt.Sprintf(format, v...)) }

type fault string

func (f fault) Error() string        { return string(f) }
func (f fault) Is(target error) bool { return target == evolve.ErrInvalid }

// Line is an object as one line, its end included. The value must be a JSON object with at least
// one key. A line that would be longer than [MaxLine] is refused, as nothing would read it.
func Line(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if text, err = seal(text, "}", ",", linePattern); err == nil && len(text) > MaxLine {
		err = Fault("a line of %d bytes, want at most %d", len(text), MaxLine)
	}
	return text, err
}

// Write writes an object as one [Line].
func Write(w io.Writer, v any) error {
	line, err := Line(v)
	if err != nil {
		return err
	}
	_, err = w.Write(line)
	return err
}

// File is an object as the whole of a file, indented.
func File(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return seal(b.Bytes(), "\n}\n", ",\n  ", filePattern)
}

// seal puts the checksum in place of an object's end.
func seal(text []byte, end, comma, pattern string) ([]byte, error) {
	head, ok := bytes.CutSuffix(text, []byte(end))
	if !ok || len(head) < 2 || head[0] != '{' {
		return nil, Fault("%.20s…: want an object with a key", text)
	}
	head = append(head, comma...)
	return fmt.Appendf(head, pattern, crc32.Checksum(head, castagnoli)), nil
}

// ParseLine reads a line, its end included, into v. Keys that v does not have are refused.
func ParseLine(text []byte, v any) error {
	return parse(text, lineTail, ",", linePattern, v)
}

// ParseFile reads the whole of a file into v, as [ParseLine] does.
func ParseFile(text []byte, v any) error {
	return parse(text, fileTail, ",\n  ", filePattern, v)
}

func parse(text []byte, tail int, comma, pattern string, v any) error {
	at := max(len(text)-tail, 0)
	head := text[:at]
	if string(text[at:]) != fmt.Sprintf(pattern, crc32.Checksum(head, castagnoli)) {
		if old(text) {
			return ErrNone
		}
		return ErrAltered
	}
	head, ok := bytes.CutSuffix(head, []byte(comma))
	if !ok {
		return fault("no key before the checksum")
	}
	return decode(append(bytes.Clone(head), '}'), v)
}

// old says whether a text is an object that never had a checksum: one that is altered is no JSON
// any more, or still ends in a text of eight characters.
func old(text []byte) bool {
	end := bytes.TrimRight(text, " \t\r\n}")
	last := end[max(len(end)-10, 0):]
	eight := len(last) == 10 && last[0] == '"' && bytes.IndexByte(last[1:], '"') == 8
	return !eight && json.Valid(text) && bytes.HasPrefix(text, []byte("{"))
}

// decode reads one value and no more, of keys that v has.
func decode(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fault(err.Error())
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fault("more than one value")
	}
	return nil
}

package pickle

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// Limits bound what a pickle may ask for. Every opcode takes at least one byte and makes
// at most one value, and no length is believed before that many bytes are there: memory
// is bounded by a small multiple of the input whatever the limits.
type Limits struct {
	Allow  []Global // the only classes and functions that may be named
	Stack  int      // values waiting on the stack; 0 = 65,536
	Depth  int      // containers inside containers; 0 = 256
	Values int      // values made, and names in the memo; 0 = 16,777,216
}

// Error says where a pickle is wrong.
type Error struct {
	Offset int // byte of the opcode, from 0
	Msg    string
}

func (e *Error) Error() string { return fmt.Sprintf("pickle: byte %d: %s", e.Offset, e.Msg) }

// Load reads one pickle that fills data. []byte values are parts of data, not copies, and
// what the pickle refers to twice is one value in two places. The result has no cycles.
// An error is an [*Error].
func Load(data []byte, l Limits) (any, error) {
	m := &machine{data: data, limits: l, allow: map[Global]bool{}, memo: map[uint64]any{}}
	m.limits.Stack = orDefault(l.Stack, 1<<16)
	m.limits.Depth = orDefault(l.Depth, 256)
	m.limits.Values = orDefault(l.Values, 1<<24)
	for _, g := range l.Allow {
		m.allow[g] = true
	}
	m.proto()
	for m.err == nil && !m.stopped {
		m.step()
	}
	if m.err != nil {
		return nil, m.err
	}
	return m.stack[0], nil
}

func orDefault(n, standard int) int {
	if n == 0 {
		return standard
	}
	return n
}

// machine is the pickle stack machine. The first failure stays in err; after it every
// helper returns a zero value, so that an opcode need not check each step.
type machine struct {
	data    []byte
	next    int    // byte to read next
	op      int    // byte of the current opcode
	name    string // its name
	stack   []any
	marks   []int // heights of stack at each MARK
	memo    map[uint64]any
	made    int
	limits  Limits
	allow   map[Global]bool
	stopped bool
	err     error
}

func (m *machine) fail(format string, v ...any) {
	if m.err == nil {
		m.err = &Error{m.op, m.name + ": " + fmt.Sprintf(format, v...)}
	}
}

// proto reads the opcode that every pickle since protocol 2 starts with.
func (m *machine) proto() {
	m.name = "PROTO"
	b := m.take(2)
	if m.err == nil && (b[0] != 0x80 || b[1] < 2 || b[1] > 5) {
		m.fail("starts with bytes %#02x %#02x, want 0x80 and a protocol 2..5", b[0], b[1])
	}
}

func (m *machine) step() {
	m.op, m.name = m.next, "opcode"
	b := m.take(1)
	if m.err != nil {
		return
	}
	o := ops[b[0]]
	if o.run == nil {
		m.fail("%#02x is not a known opcode of protocols 2..5 without extensions", b[0])
		return
	}
	m.name = o.name
	o.run(m)
}

// take returns the next n bytes of the input, without copying.
func (m *machine) take(n uint64) []byte {
	if left := uint64(len(m.data) - m.next); n > left {
		m.fail("wants %d bytes, %d are left", n, left)
	}
	if m.err != nil {
		return nil
	}
	b := m.data[m.next : m.next+int(n)]
	m.next += int(n)
	return b
}

// uint reads a little-endian number of up to 8 bytes.
func (m *machine) uint(bytes uint64) (n uint64) {
	for i, b := range m.take(bytes) {
		n |= uint64(b) << (8 * i)
	}
	return n
}

// block reads a length of so many bytes and then that much.
func (m *machine) block(lengthBytes uint64) []byte { return m.take(m.uint(lengthBytes)) }

func (m *machine) text(lengthBytes uint64) {
	b := m.block(lengthBytes)
	if !utf8.Valid(b) {
		m.fail("the text is not UTF-8")
	}
	m.push(string(b))
}

// line reads up to a newline.
func (m *machine) line() string {
	for i, b := range m.data[m.next:] {
		if b == '\n' {
			s := string(m.data[m.next : m.next+i])
			m.next += i + 1
			return s
		}
	}
	m.fail("a newline is missing")
	return ""
}

// long reads a two's complement number of n bytes.
func (m *machine) long(n uint64) {
	if n > 8 {
		m.fail("a whole number of %d bytes, at most 8 are supported", n)
		return
	}
	x := m.uint(n)
	if unused := 64 - 8*n; n > 0 {
		x = uint64(int64(x<<unused) >> unused)
	}
	m.push(int64(x))
}

func (m *machine) float() {
	var bits uint64
	for _, b := range m.take(8) {
		bits = bits<<8 | uint64(b)
	}
	m.push(math.Float64frombits(bits))
}

func (m *machine) push(v any) {
	m.made++
	switch {
	case m.err != nil:
	case m.made > m.limits.Values:
		m.fail("more than %d values", m.limits.Values)
	case len(m.stack) >= m.limits.Stack:
		m.fail("more than %d values on the stack", m.limits.Stack)
	default:
		m.stack = append(m.stack, v)
	}
}

// top returns the value last pushed since the last MARK.
func (m *machine) top() any {
	floor := 0
	if len(m.marks) > 0 {
		floor = m.marks[len(m.marks)-1]
	}
	if len(m.stack) <= floor {
		m.fail("the stack is empty")
	}
	if m.err != nil {
		return nil
	}
	return m.stack[len(m.stack)-1]
}

func (m *machine) pop() any {
	v := m.top()
	if m.err == nil {
		m.stack = m.stack[:len(m.stack)-1]
	}
	return v
}

// popN returns the last n values in the order in which they were pushed.
func (m *machine) popN(n int) []any {
	vs := make([]any, n)
	for i := n - 1; i >= 0; i-- {
		vs[i] = m.pop()
	}
	return vs
}

func (m *machine) mark() {
	if len(m.marks) >= m.limits.Stack {
		m.fail("more than %d marks", m.limits.Stack)
		return
	}
	m.marks = append(m.marks, len(m.stack))
}

// popMark returns what was pushed since the last MARK, which it takes away.
func (m *machine) popMark() []any {
	if len(m.marks) == 0 {
		m.fail("there is no MARK")
	}
	if m.err != nil {
		return nil
	}
	from := m.marks[len(m.marks)-1]
	m.marks = m.marks[:len(m.marks)-1]
	vs := append([]any(nil), m.stack[from:]...)
	m.stack = m.stack[:from]
	return vs
}

func (m *machine) put(i uint64) {
	v := m.top()
	if len(m.memo) >= m.limits.Values {
		m.fail("more than %d values in the memo", m.limits.Values)
	}
	if m.err == nil {
		m.memo[i] = v
	}
}

func (m *machine) get(i uint64) {
	v, ok := m.memo[i]
	if !ok && m.err == nil {
		m.fail("nothing was stored as %d", i)
	}
	m.push(v)
}

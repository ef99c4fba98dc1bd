package pickle

// opcode is one instruction: its name in Python's pickletools and what it does.
type opcode struct {
	name string
	run  func(*machine)
}

// ops are the opcodes that Python's own pickler writes in protocols 2 to 5 for data.
// Persistent identifiers, extension codes, out-of-band buffers, keyword arguments and the
// text opcodes of protocol 0 are missing on purpose.
var ops = [256]opcode{
	'N':  {"NONE", func(m *machine) { m.push(nil) }},
	0x88: {"NEWTRUE", func(m *machine) { m.push(true) }},
	0x89: {"NEWFALSE", func(m *machine) { m.push(false) }},
	'K':  {"BININT1", func(m *machine) { m.push(int64(m.uint(1))) }},
	'M':  {"BININT2", func(m *machine) { m.push(int64(m.uint(2))) }},
	'J':  {"BININT", func(m *machine) { m.push(int64(int32(m.uint(4)))) }},
	0x8a: {"LONG1", func(m *machine) { m.long(m.uint(1)) }},
	0x8b: {"LONG4", func(m *machine) { m.long(m.uint(4)) }},
	'G':  {"BINFLOAT", (*machine).float},

	0x8c: {"SHORT_BINUNICODE", func(m *machine) { m.text(1) }},
	'X':  {"BINUNICODE", func(m *machine) { m.text(4) }},
	0x8d: {"BINUNICODE8", func(m *machine) { m.text(8) }},
	'C':  {"SHORT_BINBYTES", func(m *machine) { m.push(m.block(1)) }},
	'B':  {"BINBYTES", func(m *machine) { m.push(m.block(4)) }},
	0x8e: {"BINBYTES8", func(m *machine) { m.push(m.block(8)) }},
	0x96: {"BYTEARRAY8", func(m *machine) { m.push(m.block(8)) }},

	'(':  {"MARK", (*machine).mark},
	')':  {"EMPTY_TUPLE", func(m *machine) { m.push(&Tuple{}) }},
	0x85: {"TUPLE1", func(m *machine) { m.push(&Tuple{m.popN(1)}) }},
	0x86: {"TUPLE2", func(m *machine) { m.push(&Tuple{m.popN(2)}) }},
	0x87: {"TUPLE3", func(m *machine) { m.push(&Tuple{m.popN(3)}) }},
	't':  {"TUPLE", func(m *machine) { m.push(&Tuple{m.popMark()}) }},
	']':  {"EMPTY_LIST", func(m *machine) { m.push(&List{}) }},
	'a':  {"APPEND", func(m *machine) { m.add(m.popN(1)) }},
	'e':  {"APPENDS", func(m *machine) { m.add(m.popMark()) }},
	'}':  {"EMPTY_DICT", func(m *machine) { m.push(&Dict{}) }},
	's':  {"SETITEM", func(m *machine) { m.set(m.popN(2)) }},
	'u':  {"SETITEMS", func(m *machine) { m.set(m.popMark()) }},
	0x8f: {"EMPTY_SET", func(m *machine) { m.push(&Set{}) }},
	0x90: {"ADDITEMS", func(m *machine) { m.addItems(m.popMark()) }},
	0x91: {"FROZENSET", func(m *machine) { m.push(&Set{m.popMark()}) }},

	'0':  {"POP", func(m *machine) { m.pop() }},
	'1':  {"POP_MARK", func(m *machine) { m.popMark() }},
	'2':  {"DUP", func(m *machine) { m.push(m.top()) }},
	'q':  {"BINPUT", func(m *machine) { m.put(m.uint(1)) }},
	'r':  {"LONG_BINPUT", func(m *machine) { m.put(m.uint(4)) }},
	0x94: {"MEMOIZE", func(m *machine) { m.put(uint64(len(m.memo))) }},
	'h':  {"BINGET", func(m *machine) { m.get(m.uint(1)) }},
	'j':  {"LONG_BINGET", func(m *machine) { m.get(m.uint(4)) }},

	'c':  {"GLOBAL", func(m *machine) { m.global(m.line(), m.line()) }},
	0x93: {"STACK_GLOBAL", (*machine).stackGlobal},
	'R':  {"REDUCE", (*machine).call},
	0x81: {"NEWOBJ", (*machine).call},
	'b':  {"BUILD", (*machine).build},
	0x95: {"FRAME", (*machine).frame},
	'.':  {"STOP", (*machine).stop},
}

func (m *machine) add(items []any) {
	switch to := m.top().(type) {
	case *List:
		to.Items = append(to.Items, items...)
	case *Object:
		to.List = append(to.List, items...)
	default:
		m.fail("appends to %s, want a list or an object", describe(to))
	}
}

func (m *machine) addItems(items []any) {
	to, ok := m.top().(*Set)
	if !ok {
		m.fail("adds to %s, want a set", describe(m.top()))
		return
	}
	to.Items = append(to.Items, items...)
}

func (m *machine) set(pairs []any) {
	if len(pairs)%2 != 0 {
		m.fail("%d keys and values, want pairs", len(pairs))
		return
	}
	switch to := m.top().(type) {
	case *Dict:
		to.Items = append(to.Items, pairs...)
	case *Object:
		to.Dict.Items = append(to.Dict.Items, pairs...)
	default:
		m.fail("sets a key of %s, want a dict or an object", describe(to))
	}
}

func (m *machine) global(module, name string) {
	g := Global{module, name}
	if !m.allow[g] {
		m.fail("the name %.100q is not allowed, want one of %v", g.String(), m.limits.Allow)
	}
	m.push(g)
}

func (m *machine) stackGlobal() {
	vs := m.popN(2)
	module, ok1 := vs[0].(string)
	name, ok2 := vs[1].(string)
	if !ok1 || !ok2 {
		m.fail("a name made of %s and %s, want two strings", describe(vs[0]), describe(vs[1]))
	}
	m.global(module, name)
}

// partial is a function with some arguments given; what it is of is in its state.
var partial = Global{"functools", "partial"}

// call records function(*args) or cls.__new__(cls, *args), which mean the same here. Of a
// partial it records the call of the function behind it.
func (m *machine) call() {
	vs := m.popN(2)
	g, ok1 := vs[0].(Global)
	if o, ok := vs[0].(*Object); ok && o.Global == partial {
		if s, ok := o.State.(*Tuple); ok && len(s.Items) > 0 {
			g, ok1 = s.Items[0].(Global)
		}
	}
	args, ok2 := vs[1].(*Tuple)
	if !ok1 || !ok2 {
		m.fail("calls %s with %s, want a name and a tuple", describe(vs[0]), describe(vs[1]))
		return
	}
	m.push(&Object{Global: g, Args: args.Items})
}

func (m *machine) build() {
	state := m.pop()
	o, ok := m.top().(*Object)
	switch {
	case !ok:
		m.fail("gives a state to %s, want an object", describe(m.top()))
	case o.State != nil:
		m.fail("gives a second state to %s", describe(o))
	default:
		o.State = state
	}
}

// frame checks that the announced frame is there; where it ends matters to no opcode.
func (m *machine) frame() {
	if n, left := m.uint(8), uint64(len(m.data)-m.next); n > left {
		m.fail("a frame of %d bytes, %d are left", n, left)
	}
}

func (m *machine) stop() {
	switch left := len(m.data) - m.next; {
	case len(m.stack) != 1 || len(m.marks) != 0:
		m.fail("%d values and %d marks are left, want one value", len(m.stack), len(m.marks))
	case left != 0:
		m.fail("%d bytes follow, want none", left)
	default:
		if err := checkShape(m.stack[0], m.limits.Depth); err != nil {
			m.fail("%v", err)
		}
	}
	m.stopped = true
}

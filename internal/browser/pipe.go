package browser

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// pipe is the protocol over Chromium's two pipes: messages in JSON, each ended by a zero byte.
type pipe struct {
	mu      sync.Mutex
	to      io.Writer
	last    int // number of the last command
	waiting map[int]chan message
	tabs    map[string]func(message) // hear the events of their sessions
	gone    error                    // why nothing is answered any more
}

// message is a command, its answer or an event.
type message struct {
	ID      int             `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

func newPipe(from io.Reader, to io.Writer) *pipe {
	p := &pipe{to: to, waiting: map[int]chan message{}, tabs: map[string]func(message){}}
	go p.read(from)
	return p
}

// read hands answers to the callers that wait for them and events to the tabs, until Chromium ends.
func (p *pipe) read(from io.Reader) {
	r := bufio.NewReader(from)
	for {
		text, err := r.ReadBytes(0)
		var m message
		if err == nil {
			err = json.Unmarshal(text[:len(text)-1], &m)
		}
		p.mu.Lock()
		if err != nil {
			p.gone = fmt.Errorf("chromium is gone: %w", err)
			for _, c := range p.waiting {
				close(c)
			}
			clear(p.waiting)
			p.mu.Unlock()
			return
		}
		if c := p.waiting[m.ID]; c != nil && m.ID != 0 {
			delete(p.waiting, m.ID)
			c <- m
		} else if hear := p.tabs[m.Session]; hear != nil {
			hear(m)
		}
		p.mu.Unlock()
	}
}

// call sends a command and decodes its answer into result, unless that is nil.
func (p *pipe) call(session, method string, params, result any) error {
	text, err := json.Marshal(params)
	if err != nil {
		return err
	}
	answer := make(chan message, 1)
	p.mu.Lock()
	err = p.gone
	if err == nil {
		p.last++
		p.waiting[p.last] = answer
		text, _ = json.Marshal(message{ID: p.last, Session: session, Method: method, Params: text})
		_, err = p.to.Write(append(text, 0))
	}
	p.mu.Unlock()
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	m, ok := <-answer
	switch {
	case !ok:
		return fmt.Errorf("%s: chromium ended", method)
	case m.Error != nil:
		return fmt.Errorf("%s: %s", method, m.Error.Message)
	case result == nil:
		return nil
	}
	return json.Unmarshal(m.Result, result)
}

// listen has a function hear the events of a session. It must not call back.
func (p *pipe) listen(session string, hear func(message)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tabs[session] = hear
}

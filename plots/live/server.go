package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/plots/page"
)

// Bounds of what clients may ask of the server. The times are for servers that other machines reach.
const (
	maxStreams     = 64               // pages that are open and seen at once
	maxConnections = 256              // each costs some 10 kB
	headerTime     = 5 * time.Second  // to send the head of a request, which has no body
	writeTime      = 10 * time.Second // to take what one answer or event holds
	idleTime       = time.Minute      // between two requests of a connection
	stopTime       = 3 * time.Second  // for answers under way when the server ends
	maxHeader      = 16 << 10
)

// Server shows one experiment's folder.
type Server struct {
	follower *follower
	name     string // a host's name under which the page may be asked for, besides localhost and addresses
	streams  atomic.Int64
	tick     time.Duration // between two looks of a stream at the page
}

// New is a server of the folder. One that holds no experiment now, or a damaged one, is the error of [lab.Follow]; what
// becomes of it later is shown. command is what a reader types for the page as a file.
func New(dir, command string) (*Server, error) {
	if _, err := lab.Follow(dir); err != nil {
		return nil, err
	}
	return &Server{follower: follow(dir, command), tick: lookEvery}, nil
}

// Serve answers until the context is done, which is no error, and closes the listener.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	var open atomic.Int64
	server := &http.Server{
		Handler: s, ReadHeaderTimeout: headerTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHeader,
		BaseContext:    func(net.Listener) context.Context { return ctx },
		ConnState: func(c net.Conn, is http.ConnState) {
			switch is {
			case http.StateNew:
				if open.Add(1) > maxConnections {
					c.Close()
				}
			case http.StateClosed, http.StateHijacked:
				open.Add(-1)
			}
		},
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		within, cancel := context.WithTimeout(context.Background(), stopTime)
		defer cancel()
		if server.Shutdown(within) != nil { // somebody does not take their answer
			_ = server.Close()
		}
	})
	err := server.Serve(l)
	if !errors.Is(err, http.ErrServerClosed) {
		stop()
		return err
	}
	<-ended
	return nil
}

// ServeHTTP answers one request. Requests that only read are answered, and only where they name this server: a page of
// somebody else's whose host name leads here (DNS rebinding) is refused, as it asks by that name.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", page.Policy(true)+"; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if r.ContentLength != 0 { // nothing here takes a body, and nobody waits for one
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(headerTime))
		h.Set("Connection", "close")
		http.Error(w, "want a request without a body", http.StatusBadRequest)
		return
	}
	switch {
	case !s.known(r.Host):
		http.Error(w, "this page is served as localhost and by addresses alone: an unknown host name could be "+
			"somebody else's page that wants to read it", http.StatusMisdirectedRequest)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "this server only shows", http.StatusMethodNotAllowed)
	case r.URL.Path == "/":
		s.page(w, r)
	case r.URL.Path == "/events" && r.Method == http.MethodGet:
		s.events(w, r)
	default:
		http.NotFound(w, r)
	}
}

// known says whether a host is one that nobody else's name can stand for: an address, localhost, or the name that the
// server was told to listen on. The port is whatever leads here, as through a tunnel of ssh.
func (s *Server) known(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return strings.EqualFold(name, "localhost") || s.name != "" && strings.EqualFold(name, s.name)
}

// page sends the page as it is now.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	now := s.follower.current()
	if now.version == "" {
		w.Header().Set("Refresh", "2") // seconds; there is no page yet that could ask
		http.Error(w, now.trouble, http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("ETag", `"`+now.version+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(now.page))
}

// events sends a stream of events until the reader leaves: "page" with the version of the page whenever that is
// another one, and "trouble" with a line whenever what the folder says cannot be shown, an empty one when it can again.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	if s.streams.Add(1) > maxStreams {
		s.streams.Add(-1)
		w.Header().Set("Retry-After", "10") // seconds
		http.Error(w, "too many readers at once", http.StatusServiceUnavailable)
		return
	}
	defer s.streams.Add(-1)
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	send := func(event, data string) error {
		if err := control.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", event, data); err != nil {
			return err
		}
		return control.Flush()
	}
	ticker := time.NewTicker(s.tick)
	defer ticker.Stop()
	var told state
	const aliveEvery = 15 // ticks, so that a reader that has left without a word is noticed
	for silent := 0; ; silent++ {
		now := s.follower.current()
		var err error
		switch {
		case now.version != told.version:
			err, silent = send("page", now.version), 0
		case now.trouble != told.trouble:
			err, silent = send("trouble", now.trouble), 0
		case silent >= aliveEvery:
			err, silent = send("alive", ""), 0
		}
		if err != nil {
			return
		}
		if now.version != told.version {
			told.version = now.version
		} else {
			told.trouble = now.trouble
		}
		select {
		case <-r.Context().Done():
			return
		case <-ticker.C:
		}
	}
}

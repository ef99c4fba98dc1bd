package live

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Address is where a server listens.
type Address struct{ host, port string }

// ParseAddress reads HOST:PORT. HOST is localhost, an address or another name of this machine; none means all of its
// addresses. The error wraps [evolve.ErrInvalid].
func ParseAddress(text string) (Address, error) {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return Address{}, fmt.Errorf("%q: want HOST:PORT, such as 127.0.0.1:8080: %w", text, evolve.ErrInvalid)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return Address{}, fmt.Errorf("%q: want a port from 0, which is any free one, to 65535: %w", text,
			evolve.ErrInvalid)
	}
	return Address{host, port}, nil
}

// Loopback says whether nobody but this machine reaches the address.
func (a Address) Loopback() bool {
	ip, err := netip.ParseAddr(a.host)
	return err == nil && ip.IsLoopback() || strings.EqualFold(a.host, "localhost")
}

func (a Address) String() string { return net.JoinHostPort(a.host, a.port) }

// Listen begins to listen, and has the server answer to the name that the address has. The error says what would be
// right.
func (s *Server) Listen(a Address) (net.Listener, error) {
	if _, err := netip.ParseAddr(a.host); err != nil {
		s.name = a.host
	}
	l, err := net.Listen("tcp", a.String())
	var why *net.OpError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s: another program listens there; name another port, or 0 for any free one: %w",
			a, evolve.ErrInvalid)
	case errors.As(err, &why):
		return nil, fmt.Errorf("%s: cannot listen there: %w", a, why.Err)
	}
	return l, err
}

// URL is the address of the page that a listener leads to, as a browser of this machine opens it.
func URL(l net.Listener) string {
	at, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return l.Addr().String()
	}
	host := at.IP.String()
	if at.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(at.Port)) + "/"
}

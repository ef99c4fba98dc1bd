package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	maxRedirects = 10 // as net/http has it
	// GitHub asks for a minute when it limits without saying for how long; who asks for
	// more than two is better asked again by hand.
	maxRetryAfter = 2 * time.Minute
	maxHeaders    = 64 << 10 // bytes
)

// newHTTP is the client of one file. Each of its steps fails before the default stall does,
// so that the error can say which it was.
func newHTTP() *http.Client {
	dialer := net.Dialer{Timeout: 10 * time.Second}
	return &http.Client{Transport: &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  20 * time.Second,
		MaxResponseHeaderBytes: maxHeaders,
		ForceAttemptHTTP2:      true,
		OnProxyConnectResponse: proxyAnswer,
	}}
}

// proxyAnswer puts the words of a proxy that refuses a tunnel into an error of its own.
func proxyAnswer(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	k := final
	if resp.StatusCode >= 500 {
		k = passing
	}
	return faultf(k, "the proxy %s answers %s: see HTTPS_PROXY and NO_PROXY", proxy.Redacted(), status(resp.StatusCode))
}

// boundRedirects returns a copy of a client that follows a few redirects, on the web only.
func boundRedirects(c *http.Client) *http.Client {
	bounded := *c
	bounded.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return faultf(final, "more than %d redirects", maxRedirects)
		}
		if err := webURL(req.URL); err != nil {
			return faultf(final, "redirected: %w", err)
		}
		if c.CheckRedirect != nil {
			return c.CheckRedirect(req, via)
		}
		return nil
	}
	return &bounded
}

// status writes a code in the standard's words; the server's own may be anything.
func status(code int) string {
	return strings.TrimSpace(fmt.Sprintf("status %d %s", code, http.StatusText(code)))
}

// refused is the fault of a status that brings no file.
func (t *transfer) refused(resp *http.Response) error {
	what := status(resp.StatusCode)
	if host := resp.Request.URL.Host; host != t.url.Host {
		what += " from " + host
	}
	switch code := resp.StatusCode; {
	case code == http.StatusTooManyRequests || code >= 500:
		return &fault{passing, fmt.Errorf("%s: the server is busy, try again later", what),
			retryAfter(resp.Header, time.Now())}
	case code == http.StatusNotFound || code == http.StatusGone:
		return faultf(final, "%s: the file is no longer published there", what)
	case code == http.StatusForbidden || code == http.StatusUnauthorized:
		return faultf(final, "%s: the server, or a proxy on the way, does not let this machine have it", what)
	case code == http.StatusProxyAuthRequired:
		return faultf(final, "%s: put the user and password of the proxy into HTTP_PROXY", what)
	}
	return faultf(final, "%s: the server gives no file", what)
}

// retryAfter reads the wait that a server asks for (RFC 9110, section 10.2.3), 0 for none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if s, err := strconv.ParseUint(text, 10, 32); err == nil {
		return min(time.Duration(s)*time.Second, maxRetryAfter)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

var rangeForm = regexp.MustCompile(`^bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)$`)

// contentRange reads the header of a partial answer (RFC 9110, section 14.4): the first
// byte's offset and the length of the whole, 0 when it is not sent.
func contentRange(text string) (first, total int64, ok bool) {
	m := rangeForm.FindStringSubmatch(text)
	if m == nil {
		return 0, 0, false
	}
	first, _ = strconv.ParseInt(m[1], 10, 64) // 18 digits fit
	last, _ := strconv.ParseInt(m[2], 10, 64)
	if m[3] == "*" {
		return first, 0, first <= last
	}
	total, _ = strconv.ParseInt(m[3], 10, 64)
	return first, total, first <= last && last < total
}

// broken is the fault of a request or a body that failed below HTTP.
func (t *transfer) broken(ctx context.Context, err error) error {
	if context.Cause(ctx) == errStalled {
		return faultf(passing, "no byte came for %v", t.stall)
	}
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	// Its URL may be a redirect's, with a signature that must not be printed.
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return faultf(final, "%w: when a proxy opens the connection, SSL_CERT_FILE must name its certificate", err)
	}
	e, _ := errors.AsType[*net.OpError](err)
	_, lookup := errors.AsType[*net.DNSError](err)
	switch {
	case e != nil && e.Op == "proxyconnect":
		return faultf(passing, "%w: see the proxy in HTTPS_PROXY, HTTP_PROXY and NO_PROXY", err)
	case lookup || e != nil && e.Op == "dial":
		return faultf(passing, "%w: is this machine online? Behind a proxy, set %s_PROXY",
			err, strings.ToUpper(t.url.Scheme))
	}
	return &fault{kind: passing, err: err}
}

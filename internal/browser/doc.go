// Package browser looks at pages in a headless Chromium for tests: what the page says on the console and asks of the
// network, its contrasts, the names of its controls, the order in which the Tab key reaches them. It speaks the
// DevTools protocol (https://chromedevtools.github.io/devtools-protocol/) over the pipe that Chromium offers for it,
// so that no port is open and no library is needed.
package browser

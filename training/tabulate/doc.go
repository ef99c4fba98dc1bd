// Package tabulate trains whole spaces: every architecture of a list with several seeds, every
// epoch kept. The folder of a build can be gone on with and refuses another protocol.
package tabulate

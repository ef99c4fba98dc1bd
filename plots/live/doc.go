// Package live serves the page of an experiment ([page]) to browsers while the experiment runs. It only reads the
// folder, keeps no lock on it, and looks at it only while somebody looks at the page.
//
// A page asks for the stream of events that the HTML standard calls server-sent, and asks for itself again when the
// stream says that it has changed: what is shown live is what [page.Write] writes, and nothing else.
package live

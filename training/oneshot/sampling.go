package oneshot

// How the command draws what each batch is trained along.
const (
	Uniform = "uniform" // the path of an architecture that the space samples
	Fair    = "fair"    // FairNAS's: each candidate of each edge once, and one step by the sum of all gradients
	Mixture = "mixture" // all candidates at once, each with the same share
)

// Samplings are these.
var Samplings = []string{Uniform, Fair, Mixture}

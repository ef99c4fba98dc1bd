// Package hyper is the space of ordinary hyper-parameters: numbers, whole numbers and choices, some of which apply only
// where another one was chosen, alone or beside the decisions of an architecture. A YAML file says what they are; every
// searcher that needs no list and no graph of a space searches it like one of architectures.
package hyper

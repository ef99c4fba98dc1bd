// Package notes is what a run that trains shared weights keeps of each epoch for figures: which candidates its
// architecture weights or its policy favour, and how sharply. Nothing goes on from it.
package notes

package training

// Version counts the changes that give a seed other numbers: of the arithmetic, the streams or
// the order of operations. Checkpoints and tables of another version are not mixed with this.
const Version = 1

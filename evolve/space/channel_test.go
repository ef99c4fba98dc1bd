package space

import "testing"

// Both published tables have every genome, in the order of the index.
func TestChannelTables(t *testing.T) {
	s := Channel{}
	for _, net := range []string{"resnet", "mobilenet"} {
		rows := sharedTable(t, "channelbench-macro", "channelbench_"+net+"_cifar10.csv.gz")
		if len(rows) != 16384 {
			t.Fatalf("%s: %d rows", net, len(rows))
		}
		for i, row := range rows {
			a, err := s.Parse(row[0])
			if err != nil {
				t.Fatal(err)
			}
			if s.Index(a) != i || s.At(i) != a {
				t.Fatalf("%s: %s is in row %d and has index %d", net, a, i, s.Index(a))
			}
		}
	}
}

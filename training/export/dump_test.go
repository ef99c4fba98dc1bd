package export
import ("testing";"os";"math/rand/v2")
func TestDump(t *testing.T){
 r := rand.New(rand.NewPCG(1,2))
 for _, s := range []string{"nb201","nb101","nasnet","darts"} {
  _, n := random(t, s, digits, r)
  f,_ := os.Create("/tmp/dump_"+s+".py")
  if err := PyTorch(f, n, s); err != nil { t.Fatal(err) }
  f.Close()
 }
}

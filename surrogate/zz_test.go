package surrogate
import ("testing";"context";"time";"github.com/amoeba-nas/amoeba/data")
func TestZZ(t *testing.T){
 tb,_,err:=data.ImportNB201("../../shared/data/raw"); if err!=nil{t.Fatal(err)}
 for _,o:=range []FitOptions{{Train:.8,Seed:1,Procs:2},{Train:.8,Seed:1,Permute:true,Procs:2},{Train:.05,Seed:1,Procs:2},{Train:.05,Seed:1,Procs:1},{Train:.3,Seed:1,Permute:true,Procs:2}}{
  b:=time.Now(); m,r,err:=FitNB201(context.Background(),tb,o); t.Log(o,time.Since(b),len(m),string(m)==string(nb201Model),err)
  for _,q:=range r.Targets{ t.Log(q.Name,q.R2,q.Tau) }
 }
 _,_,err=FitNB201(context.Background(),tb,FitOptions{Train:.9999,Seed:1,Procs:2}); t.Log(err)
}

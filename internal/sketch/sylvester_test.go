package sketch

import "testing"

func TestSylvester(t *testing.T) {
	b := open(t, find(t, "conditional Sylvester"))
	near(t, "round trip", b.out("round trip"), b.in["u"], 1e-11)
	b.jacobians("u", "forward", "forward log-det", 1e-9)
	b.jacobians("x", "inverse", "inverse log-det", 1e-8)
	b.gradients("loss", "grad ", 1e-8)
	gram := b.out("gram")
	for i, v := range gram {
		want := 0.
		if i%9%4 == 0 {
			want = 1
		}
		near(t, "QᵀQ", []float64{v}, []float64{want}, 1e-10)
	}
	if apart(b.out("forward")[:4], b.out("forward")[4:8]) == 0 {
		t.Error("rows do not differ")
	}
}

// Conditions far out bring the triangular matrices' diagonals near ±1, where the map is flattest: it stays invertible.
func TestSylvesterFarOut(t *testing.T) {
	b := open(t, find(t, "conditional Sylvester"))
	cond := make([]float64, len(b.in["context"]))
	for i := range cond {
		cond[i] = 50 * float64(1-i%3)
	}
	b = b.with(numbers{"context": cond})
	near(t, "round trip", b.out("round trip"), b.in["u"], 1e-9)
}

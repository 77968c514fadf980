package graph_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"diffeo/graph"
)

// mistake is one way to build a graph wrongly. The call that is wrong stands on the line of the row, where the error must point.
type mistake struct {
	op    graph.Op
	words string
	line  int
	f     func(b *graph.Builder)
}

func here() int {
	_, _, line, _ := runtime.Caller(1)
	return line
}

// Short names for the table.
type (
	bd   = *graph.Builder
	val  = graph.Value
	vals = []graph.Value
)

func boolean(b bd) val { return b.SharedInput("truth", graph.Bool) }
func key(b bd) val     { return b.SharedInput("key", graph.Uint32, 2) }
func vec(b bd) val     { return b.Input("vec", 4) }
func mat(b bd) val     { return b.Param("mat", 3, 4) }
func scalar(b bd) val  { return b.SharedInput("scalar", graph.Float) }
func lanes(b bd) val   { return graph.SpreadRows(vec(b), 3) }
func same(v vals) vals { return v }
func flags(b bd) val   { return graph.Greater(vec(b), b.Scalar(0)) }

func noHost(context.Context, int, [][]float64, [][]float64) error { return nil }

func noGrad(graph.CustomCall) (in, captured vals) { return nil, nil }

func hostValue(b bd) val { return graph.Host("secret", noHost, vals{vec(b)}, graph.Shape{})[0] }

func density(b bd) val {
	return graph.HostLogDensity("secret", vec(b), func(_, _ []float64) (float64, error) { return 0, nil })
}

// escaped is a value of a region that is over.
func escaped(b bd) (v val) {
	graph.If(boolean(b), func() vals { v = graph.Exp(vec(b)); return vals{v} }, func() vals { return vals{vec(b)} })
	return v
}

func loop(b bd) val {
	return graph.While(vals{vec(b)}, func(c vals) val { return graph.Less(graph.Sum(c[0]), b.Scalar(0)) }, square)[0]
}

func never(c vals) val { return graph.Less(graph.Sum(c[0]), graph.Sum(c[0])) }

func mistakes() []mistake {
	return []mistake{
		// Elementwise.
		{"exp", "needs float, has bool", here(), func(b bd) { graph.Exp(boolean(b)) }},
		{"not", "needs bool, has float", here(), func(b bd) { graph.Not(vec(b)) }},
		{"finite", "needs float, has uint32[2]", here(), func(b bd) { graph.Finite(key(b)) }},
		{"add", "needs two floats, has bool[] and float[4] row", here(), func(b bd) { graph.Add(boolean(b), vec(b)) }},
		{"add", "needs two floats, has bool[] and bool[]", here(), func(b bd) { graph.Add(b.ConstBool([]bool{false}), boolean(b)) }},
		{"and", "needs two bools", here(), func(b bd) { graph.And(boolean(b), vec(b)) }},
		{"mul", "shapes [4] and [3] do not broadcast", here(), func(b bd) { graph.Mul(vec(b), b.Param("p", 3)) }},
		{"add", "do not broadcast", here(), func(b bd) { graph.Add(vec(b), b.Zeros(3)) }},
		{"sub", "mixes groups of 1 and of 3 per row: bring one to the other by SpreadRows", here(), func(b bd) { graph.Sub(vec(b), lanes(b)) }},
		{"select", "the condition is float[4] row, not bool", here(), func(b bd) { graph.Select(vec(b), vec(b), vec(b)) }},
		{"select", "branches are float[4] row and bool[]", here(), func(b bd) { graph.Select(boolean(b), vec(b), boolean(b)) }},
		{"select", "do not broadcast", here(), func(b bd) { graph.Select(flags(b), vec(b), b.Param("p", 3)) }},
		{"zeros", "only floats have zeros, not bool[]", here(), func(b bd) { graph.ZerosLike(boolean(b)) }},

		// Sources.
		{"const", "3 numbers for shape [2]", here(), func(b bd) { b.Const([]float64{1, 2, 3}, 2) }},
		{"const", "1 truth values for shape [2]", here(), func(b bd) { b.ConstBool([]bool{true}, 2) }},
		{"const", "shape [-1,-2] has a negative axis", here(), func(b bd) { b.Const([]float64{1, 2}, -1, -2) }},
		{"input", `"x" was declared as input float[2] row and now as input float[3] row`, here(), func(b bd) { b.Input("x", 2); b.Input("x", 3) }},
		{"param", `"x" was declared as input`, here(), func(b bd) { b.Input("x", 2); b.Param("x", 2) }},
		{"param", "negative axis", here(), func(b bd) { b.Param("x", 2, -1) }},
		{"random", `the key of "noise" is float[4] row, not a shared uint32[2]`, here(), func(b bd) { graph.Random(vec(b), graph.Normal, "noise", 1) }},
		{"random", "-1 lanes per row", here(), func(b bd) { graph.Random(key(b), graph.Normal, "noise", -1) }},
		{"random", "negative axis", here(), func(b bd) { graph.Random(key(b), graph.Normal, "noise", 1, -2) }},

		// Absent values, and values out of place.
		{"use", "an absent value is used", here(), func(b bd) { graph.Add(vec(b), val{}) }},
		{"use", "an absent value is used", here(), func(b bd) { graph.Add(val{}, vec(b)) }},
		{"use", "an absent value is used", here(), func(bd) { graph.Neg(val{}) }},
		{"use", "an absent value is used", here(), func(bd) { graph.StopGradient(val{}) }},
		{"use", "an absent value is used", here(), func(b bd) { b.Output("y", val{}) }},
		{"use", "an absent value is used", here(), func(b bd) { b.Update(mat(b), val{}) }},
		{"use", "an absent value is used", here(), func(b bd) { graph.Gradient(graph.Sum(vec(b)), val{}) }},
		{"use", "an absent value is used", here(), func(b bd) { graph.Concat(0, vec(b), val{}) }},
		{"use", "an absent value is used", here(), func(b bd) { graph.Custom("c", vals{vec(b), {}}, same, noGrad) }},
		{"op", "all operands are absent", here(), func(bd) { graph.Custom("c", vals{}, same, noGrad) }},
		{"exp", "is used outside its region or builder", here(), func(b bd) { graph.Neg(escaped(b)) }},
		{"output", `"y" is computed inside a region: return it from the region instead`, here(), func(b bd) { b.Output("y", escaped(b)) }},
		{"output", `"y" is named twice`, here(), func(b bd) { b.Output("y", vec(b)); b.Output("y", vec(b)) }},
		{"update", "the target must be a parameter or a shared input", here(), func(b bd) { b.Update(vec(b), vec(b)) }},
		{"update", "the target must be a parameter or a shared input", here(), func(b bd) { b.Update(graph.Exp(mat(b)), mat(b)) }},
		{"update", `"mat" is float[3,4], the new value float[]`, here(), func(b bd) { b.Update(mat(b), b.Scalar(0)) }},
		{"update", `"mat" is updated twice`, here(), func(b bd) { b.Update(mat(b), mat(b)); b.Update(mat(b), mat(b)) }},
		{"update", `of "mat" is computed inside a region: return it`, here(), func(b bd) {
			var v val
			graph.If(boolean(b), func() vals { v = graph.Exp(mat(b)); return vals{v} }, func() vals { return vals{mat(b)} })
			b.Update(mat(b), v)
		}},

		// Views.
		{"broadcast", "shape [3,4] does not broadcast to [4]", here(), func(b bd) { graph.Broadcast(mat(b), 4) }},
		{"broadcast", "do not broadcast", here(), func(b bd) { graph.Broadcast(mat(b), 5, 4) }},
		{"broadcast", "shape [-1] has a negative axis", here(), func(b bd) { b.Zeros(-1) }},
		{"reshape", "shape [4] has 4 elements, [3] has 3", here(), func(b bd) { graph.Reshape(vec(b), 3) }},
		{"reshape", "shape [-2,-2] has a negative axis", here(), func(b bd) { graph.Reshape(vec(b), -2, -2) }},
		{"transpose", "[0 0] is not an order of the axes of [3,4]", here(), func(b bd) { graph.Transpose(mat(b), 0, 0) }},
		{"transpose", "[5 0] is not an order", here(), func(b bd) { graph.Transpose(mat(b), 5, 0) }},
		{"transpose", "[0] is not an order", here(), func(b bd) { graph.Transpose(mat(b), 0) }},
		{"slice", "2…5 of an axis of length 4", here(), func(b bd) { graph.Slice(vec(b), 0, 2, 5) }},
		{"slice", "3…1 of an axis", here(), func(b bd) { graph.Slice(vec(b), 0, 3, 1) }},
		{"slice", "axis 1 of float[4] row", here(), func(b bd) { graph.Slice(vec(b), 1, 0, 1) }},
		{"slice", "axis -1 of", here(), func(b bd) { graph.Slice(vec(b), -1, 0, 1) }},
		{"pad", "-1 and 0 zeros around", here(), func(b bd) { graph.Pad(vec(b), 0, -1, 0) }},
		{"pad", "0 and 1 zeros around bool[4] row", here(), func(b bd) { graph.Pad(flags(b), 0, 0, 1) }},
		{"concat", "of nothing", here(), func(bd) { graph.Concat(0) }},
		{"concat", "float[4] row beside float[3,4] along axis 0", here(), func(b bd) { graph.Concat(0, vec(b), mat(b)) }},
		{"concat", "beside", here(), func(b bd) { graph.Concat(0, vec(b), flags(b)) }},
		{"take", "position 4 of an axis of length 4", here(), func(b bd) { graph.Take(vec(b), 0, []int{0, 4}) }},
		{"take", "position -1 of", here(), func(b bd) { graph.Take(vec(b), 0, []int{-1}) }},
		{"put", "3 positions of 9 for float[4] row along axis 0", here(), func(b bd) { graph.Put(vec(b), 0, []int{0, 1, 2}, 9) }},
		{"put", "4 positions of -1 for", here(), func(b bd) { graph.Put(vec(b), 0, []int{0, 1, 2, 3}, -1) }},
		{"put", "position 7 of an axis of length 5", here(), func(b bd) { graph.Put(vec(b), 0, []int{0, 1, 2, 7}, 5) }},

		// Sums and products.
		{"sum", "of bool[4] row", here(), func(b bd) { graph.Sum(flags(b)) }},
		{"sum", "axes [0 0] of", here(), func(b bd) { graph.Sum(mat(b), 0, 0) }},
		{"sum", "axes [2] of", here(), func(b bd) { graph.Sum(mat(b), 2) }},
		{"maxover", "of float[0] row", here(), func(b bd) { graph.MaxOver(b.Input("none", 0), 0) }},
		{"maxover", "axis 2 of", here(), func(b bd) { graph.MaxOver(mat(b), 2) }},
		{"cumsum", "of bool[4] row", here(), func(b bd) { graph.CumSum(flags(b), graph.Cumulation{}) }},
		{"matmul", "float[3,4] times float[3,4]", here(), func(b bd) { graph.MatMul(mat(b), mat(b)) }},
		{"matmul", "float[4] row times", here(), func(b bd) { graph.MatMul(vec(b), mat(b)) }},
		{"conv", "filters float[3,4] on an image float[4] row", here(), func(b bd) { graph.Conv(mat(b), vec(b)) }},
		{"conv", "filters of 2×3 pixels", here(), func(b bd) { graph.Conv(b.Param("filters", 2, 1, 2, 3), b.Input("image", 1, 4, 4)) }},
		{"convrows", "both are per row", here(), func(b bd) {
			graph.ConvRows(b.Param("filters", 2, 4, 4), b.Input("image", 1, 4, 4), graph.Window{Height: 3, Width: 3})
		}},
		{"turnfilter", "filters are [O,C,height,width]", here(), func(b bd) { graph.Turn(mat(b)) }},
		{"trianglesolve", "with the matrix float[3,4] and the right side", here(), func(b bd) { graph.TriangularSolve(graph.Triangle{}, mat(b), vec(b)) }},
		{"matmulrows", "both operands are shared", here(), func(b bd) { graph.MatMulRows(mat(b), graph.Transpose(mat(b))) }},
		{"linear", "a matrix times a vector, not float[3,4] times float[3,4]", here(), func(b bd) { graph.Linear(mat(b), mat(b)) }},

		// Between rows.
		{"sumrows", "of float[3,4], which is not a per-row float", here(), func(b bd) { graph.SumRows(mat(b)) }},
		{"sumrows", "which is not a per-row float", here(), func(b bd) { graph.MeanRows(mat(b)) }},
		{"onrows", "float[4] row to 3 lanes a row", here(), func(b bd) { graph.OnRows(vec(b), 3) }},
		{"onrows", "to -1 lanes a row", here(), func(b bd) { graph.OnRows(mat(b), -1) }},
		{"spreadrows", "to groups of 0", here(), func(b bd) { graph.SpreadRows(vec(b), 0) }},
		{"groupsum", "groups of 2 in float[4] row×3", here(), func(b bd) { graph.GroupSum(lanes(b), 2) }},
		{"groupmax", "groups of 3 in float[3,4]", here(), func(b bd) { graph.GroupMax(mat(b), 3) }},

		// Regions.
		{"if", "the condition is float[], not one shared bool", here(), func(b bd) { graph.If(scalar(b), nil, nil) }},
		{"if", "the condition is bool[4] row, not one shared bool", here(), func(b bd) { graph.If(flags(b), nil, nil) }},
		{"if", "branches give 1 and 0 results", here(), func(b bd) { graph.If(boolean(b), func() vals { return vals{vec(b)} }, func() vals { return nil }) }},
		{"if", "result 0 is float[4] row in one branch and bool[4] row in the other", here(), func(b bd) {
			graph.If(boolean(b), func() vals { return vals{vec(b)} }, func() vals { return vals{flags(b)} })
		}},
		{"repeat", "the trip count is bool[] (at most 3), not one shared float", here(), func(b bd) { graph.Repeat(boolean(b), 3, vals{vec(b)}, nil) }},
		{"repeat", "(at most -1)", here(), func(b bd) { graph.Repeat(scalar(b), -1, vals{vec(b)}, nil) }},
		{"repeat", "1 values are carried, the body returns 0", here(), func(b bd) { graph.Repeat(scalar(b), 3, vals{vec(b)}, func(val, vals) vals { return nil }) }},
		{"repeat", "carried value 0 begins as float[4] row and goes on as float[] row", here(), func(b bd) {
			graph.Repeat(scalar(b), 3, vals{vec(b)}, func(_ val, c vals) vals { return vals{graph.Sum(c[0])} })
		}},
		{"while", "the condition is bool[2] row, not one bool or one for each element of every carried value", here(), func(b bd) {
			two := graph.Greater(b.Input("two", 2), b.Zeros(2))
			graph.While(vals{vec(b)}, func(c vals) val { return two }, square)
		}},
		{"while", "the condition is float[] row, not one bool", here(), func(b bd) { graph.While(vals{vec(b)}, func(c vals) val { return graph.Sum(c[0]) }, square) }},
		{"while", "1 values are carried, the body returns 2", here(), func(b bd) { graph.While(vals{vec(b)}, never, func(c vals) vals { return append(c[:1:1], c...) }) }},
		{"while", "a step cannot sum over them (sumrows at ", here(), func(b bd) {
			graph.While(vals{vec(b)}, never, func(c vals) vals { return vals{graph.Add(c[0], graph.SumRows(c[0]))} })
		}},
		{"while", "a step cannot sum over them (matmulrows at ", here(), func(b bd) { // inside another region
			graph.While(vals{vec(b)}, never, func(c vals) vals {
				return graph.If(boolean(b), func() vals {
					x := graph.Reshape(c[0], 1, 4)
					return vals{graph.Add(c[0], graph.Sum(graph.MatMulRows(graph.Transpose(x), x)))}
				}, func() vals { return c })
			})
		}},
		{"index", "the position is float[4] row, not one shared float", here(), func(b bd) { graph.Index(mat(b), vec(b)) }},
		{"index", "axis 0 of float[]", here(), func(b bd) { graph.Index(scalar(b), scalar(b)) }},
		{"index", "in an axis of length 0", here(), func(b bd) { graph.Index(b.Zeros(0, 2), scalar(b)) }},
		{"place", "the position is bool[], not one shared float", here(), func(b bd) { graph.Place(vec(b), boolean(b), 3) }},
		{"place", "in an axis of length 0", here(), func(b bd) { graph.Place(vec(b), scalar(b), 0) }},

		// Functions.
		{"custom", "c has no derivative: Composite differentiates its own ops", here(), func(b bd) { graph.Custom("c", vals{vec(b)}, same, nil) }},
		{"composite", "c uses a value from outside, made at ", here(), func(b bd) { graph.Composite("c", nil, vals{vec(b)}, func(vals) vals { return vals{mat(b)} }, nil) }},
		{graph.RationalQuadraticOp, "a spline of 0 bins", here(), func(b bd) { graph.RationalQuadratic(graph.SplineConfig{}, vec(b), mat(b)) }},
		{graph.RationalQuadraticOp, "points [4] with parameters [3,4]; 2 bins need 5 parameters a column", here(), func(b bd) {
			c := graph.SplineConfig{Bins: 2, Low: -1, High: 1, BinScale: 1, MinSlope: 0.1, MaxSlope: 9}
			graph.RationalQuadratic(c, vec(b), mat(b))
		}},
		{graph.AffineOp, "log-scales within ±0: the bound must lie above 0", here(), func(b bd) { graph.Affine(graph.AffineConfig{}, vec(b), mat(b)) }},
		{graph.AffineOp, "log-scales within ±81", here(), func(b bd) { graph.Affine(graph.AffineConfig{Bound: 81}, vec(b), mat(b)) }},
		{graph.AffineOp, "log-scale 7 is neither", here(), func(b bd) { graph.Affine(graph.AffineConfig{Scale: 7, Bound: 1}, vec(b), mat(b)) }},
		{graph.AffineOp, "points [4] with parameters [3,4]: a column needs 2", here(), func(b bd) {
			graph.Affine(graph.AffineConfig{Bound: 1}, vec(b), mat(b))
		}},
		{graph.NormalLogDensityOp, "points of shape [3,4]: it takes [D]", here(), func(b bd) { graph.NormalLogDensity(mat(b)) }},
		{"host", "secret has no per-row input", here(), func(b bd) { graph.Host("secret", noHost, vals{mat(b)}) }},
		{"host", "shape [-1] has a negative axis", here(), func(b bd) { graph.Host("secret", noHost, vals{vec(b)}, graph.Shape{-1}) }},

		// Derivatives.
		{"gradient", "of float[4] row, which is not one float", here(), func(b bd) { graph.Gradient(vec(b), vec(b)) }},
		{"gradient", "of bool[], which is not one float", here(), func(b bd) { graph.Gradient(boolean(b), vec(b)) }},
		{"gradient", "with respect to bool[]", here(), func(b bd) { graph.Gradient(graph.Sum(vec(b)), boolean(b)) }},
		{"gradient", "1 gradients for 2 results", here(), func(b bd) { graph.VJP(vals{vec(b), vec(b)}, vals{vec(b)}, vals{vec(b)}) }},
		{"gradient", "of result 0 is float[3,4], the result float[4] row", here(), func(b bd) { graph.VJP(vals{graph.Exp(vec(b))}, vals{mat(b)}, vals{vec(b)}) }},
		{"while", "has no derivative: give it one by Custom", here(), func(b bd) { graph.Gradient(graph.Sum(loop(b)), vec(b)) }},
		{"host", "secret is Go code and has no derivative: use HostLogDensity or Custom", here(), func(b bd) { graph.Gradient(hostValue(b), vec(b)) }},
		{"host", "secret is Go code and has a first derivative only", here(), func(b bd) { graph.Gradient(graph.Sum(graph.Gradient(density(b), vec(b))[0]), vec(b)) }},
		{"custom", "c: the derivative gives 0 and 0 gradients for 1 inputs and 0 captured values", here(), func(b bd) { graph.Gradient(graph.Sum(graph.Custom("c", vals{vec(b)}, square, noGrad)[0]), vec(b)) }},
		{"composite", "c: the derivative gives 0 gradients for 1 inputs", here(), func(b bd) {
			graph.Gradient(graph.Sum(graph.Composite("c", nil, vals{vec(b)}, square, noGrad)[0]), vec(b))
		}},
		{"custom", "c: the derivative gives no gradient for the parameters that the forward code uses (return them as captured)", here(), func(b bd) { graph.Gradient(graph.Sum(forgetful(b)), mat(b)) }},
		{"gradient", "inside a region with respect to the value made at", here(), func(b bd) {
			x := vec(b)
			y := graph.Sum(graph.Exp(x))
			graph.If(boolean(b), func() vals { return graph.Gradient(y, x) }, func() vals { return vals{x} })
		}},
		{"gradient", "inside a region with respect to the value made at", here(), func(b bd) { // by its name, inside
			y := graph.Sum(graph.Exp(vec(b)))
			graph.If(boolean(b), func() vals { return graph.Gradient(y, vec(b)) }, func() vals { return vals{vec(b)} })
		}},
		{"gradient", "which also enters through the value made at", here(), func(b bd) { // through two regions
			x := vec(b)
			graph.If(boolean(b), func() vals {
				y := graph.Sum(graph.Exp(x))
				return graph.If(boolean(b), func() vals { return graph.Gradient(y, x) }, func() vals { return vals{x} })
			}, func() vals { return vals{x} })
		}},
	}
}

// forgetful is a custom op that captures a parameter and gives no gradient for it.
func forgetful(b bd) val {
	forward := func(in vals) vals { return vals{graph.Linear(mat(b), in[0])} }
	d := func(c graph.CustomCall) (in, captured vals) { return vals{graph.ZerosLike(c.In[0])}, nil }
	return graph.Custom("c", vals{vec(b)}, forward, d)[0]
}

func TestMistakesAreExplained(t *testing.T) {
	_, file, _, _ := runtime.Caller(0)
	for _, m := range mistakes() {
		t.Run(string(m.op)+": "+m.words, func(t *testing.T) {
			e := buildError(t, m.f)
			if e.Op != m.op {
				t.Errorf("op %q, want %q", e.Op, m.op)
			}
			mentions(t, e, m.words, string(e.Op), e.Site)
			at, line, _ := strings.Cut(e.Site, ".go:")
			if n, err := strconv.Atoi(line); err != nil || at+".go" != file || n < m.line || n > m.line+4 {
				t.Errorf("the error points to %s, the mistake is at %s:%d", e.Site, filepath.Base(file), m.line)
			}
		})
	}
}

// TestEveryMistakeIsTried finds the messages of package graph in its source: the table must raise each of them.
func TestEveryMistakeIsTried(t *testing.T) {
	var raised []string
	for _, m := range mistakes() {
		raised = append(raised, buildError(t, m.f).Msg)
	}
	found := 0
	for where, format := range formats(t) {
		if strings.HasPrefix(format, "internal: ") { // a mistake of package graph itself
			continue
		}
		found++
		pattern := regexp.MustCompile("^" + regexp.MustCompile(`%[a-z]`).ReplaceAllString(regexp.QuoteMeta(format), ".*") + "$")
		tried := false
		for _, msg := range raised {
			tried = tried || pattern.MatchString(msg)
		}
		if !tried {
			t.Errorf("%s: no mistake of the table raises %q", where, format)
		}
	}
	if found < 50 {
		t.Errorf("only %d messages found: the search is broken", found)
	}
}

// formats lists the second arguments of all calls of Fail in package graph, by their places.
func formats(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	fset := token.NewFileSet()
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := parser.ParseFile(fset, path, source, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if id, ok := call.Fun.(*ast.Ident); !ok || id.Name != "Fail" {
				return true
			}
			lit, ok := call.Args[1].(*ast.BasicLit)
			if !ok {
				t.Fatalf("%s: the message is no literal", fset.Position(call.Pos()))
			}
			format, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			found[fset.Position(call.Pos()).String()] = format
			return true
		})
	}
	return found
}

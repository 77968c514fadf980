// Package importer takes over flows that were trained with other libraries: zuko, nflows and normflows. A checkpoint, the state dict that
// torch.save wrote (or a safetensors file), holds parameters by name and says nothing of what is computed with them; a specification,
// the library's constructor arguments as JSON, says that. Together they give a flow as recipe.Layers, and its weights.
//
//	state, err := importer.Load("flow.pt", importer.Options{})
//	flow, err := importer.New("zuko", []byte(`{"flow": "NSF", "features": 2, "hidden_features": [32, 32]}`), state)
//	m, err := model.FromLayers(flow.Layers, columns, nil, model.Float64)
//	err = flow.Fill(m.Params)
//
// The specification is believed for what the file does not say (activations, bounds of splines, floors of scales), and the file for what the
// library draws at random or stores besides (orders, permutations, masks). Every parameter must have the shape that the specification
// gives it, and every parameter of the file must have its place; what does not fit is an error that names it. docs/import.md lists the flows
// and arguments of each library.
//
// Hidden units of masked networks are sorted by their degrees, which changes no result but in rounding: so the engine samples an imported flow
// as fast as one of its own.
package importer

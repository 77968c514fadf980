package flowtest_test

import (
	"diffeo/flowtest"
	"diffeo/graph"
	"diffeo/nn"
)

// plainConditioners are the networks of couplings.
var plainConditioners = []described[conditionerRow]{
	{conditionerRow{"MLP", mlp, flowtest.Options{}},
		about{cost: "1 pass", use: "couplings"}},
	{conditionerRow{"residual", nn.Residual{Hidden: 9, Blocks: 1, Activation: "tanh"}, flowtest.Options{Context: 2}},
		about{paper: "1906.04032", cost: "1 pass", use: "couplings; deeper than an MLP can be"}},
	{conditionerRow{"parallel", nn.Parallel{Nets: []nn.Conditioner{mlp, nn.Residual{Hidden: 5, Blocks: 1, Activation: "tanh"}}}, flowtest.Options{Context: 1}},
		about{paper: "1605.08803", cost: "that of its parts", use: "shifts and scales by networks of their own"}},
	{conditionerRow{"periodic", nn.Periodic{Net: mlp}, flowtest.Options{}},
		about{paper: "2002.02428", cost: "1 pass", use: "angles as points on the circle"}},
	{conditionerRow{"sparse", nn.Sparse{Masks: [][][]bool{{{true, false, true}, {false, true, false}}, {{true, false}, {true, true}, {false, true}, {true, true}}}, Activation: "sigmoid"}, flowtest.Options{Context: 1, FixedColumns: true}},
		about{cost: "1 pass", use: "any given pattern of dependence"}},
}

// plainImageNets are the networks of couplings of images.
var plainImageNets = []described[imageNetRow]{
	{imageNetRow{"convolutions", convNet, flowtest.Options{Shape: graph.Shape{2, 3, 2}, Context: 1}},
		about{paper: "1807.03039", cost: "1 pass", use: "couplings of images"}},
	{imageNetRow{"residual convolutions", nn.ResidualConv{Hidden: 3, Blocks: 1, Activation: "tanh"}, flowtest.Options{Shape: graph.Shape{2, 3, 2}, Context: 2}},
		about{paper: "1605.08803", cost: "1 pass", use: "couplings of images; deeper, where couplings are few"}},
	{imageNetRow{"one convolution", nn.Convolution{}, flowtest.Options{Shape: graph.Shape{2, 2, 3}, Context: 1}},
		about{paper: "1807.03039", cost: "1 pass", use: "the prior of the channels that leave at a scale"}},
}

// plainMasks are the networks of autoregressive maps.
var plainMasks = []described[maskedRow]{
	{maskedRow{"MADE", made, flowtest.Options{}},
		about{paper: "1502.03509", cost: "1 pass, half of it zeros that are left out", use: "autoregressive maps"}},
	{maskedRow{"residual MADE", nn.ResidualMADE{Hidden: 9, Blocks: 1, Activation: "elu"}, flowtest.Options{Context: 2}},
		about{paper: "1906.04032", cost: "1 pass, half of it zeros that are left out", use: "autoregressive maps; deeper than a MADE can be"}},
	{maskedRow{"DAG", nn.DAG{Hidden: small, Activation: "tanh"}, flowtest.Options{}},
		about{paper: "2306.05415", cost: "1 pass", use: "autoregressive maps by a graph of parents"}},
}

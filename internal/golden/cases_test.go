package golden

import (
	"slices"
	"strings"
	"testing"

	"diffeo/importer"
)

// builders make our twin of a case.
var builders = map[string]func(c *goldenCase) built{
	"additive_zuko":                     additiveZuko,
	"affine_zuko":                       affineZuko,
	"affine_const_normflows":            affineConstNormflows,
	"permutation_nflows":                permutationNflows,
	"masked_mlp_zuko":                   maskedMLPZuko,
	"made_nflows_context":               madeNflows,
	"base_box_uniform_zuko":             boxUniformZuko,
	"base_diag_normal_normflows":        diagNormalNormflows,
	"maf_zuko":                          zukoFlow,
	"maf_zuko_context":                  zukoFlow,
	"maf_nflows":                        nflowsReady,
	"maf_flowjax":                       mafFlowjax,
	"realnvp_zuko_context":              zukoFlow,
	"coupling_flowjax_context":          couplingFlowjax,
	"rqs_zuko":                          rqsZuko,
	"rqs_nflows_linear_tails":           rqsNflowsTails,
	"rqs_nflows_unit_box":               rqsNflowsBox,
	"rqs_flowjax":                       rqsFlowjax,
	"nsf_zuko":                          zukoFlow,
	"nsf_zuko_context":                  zukoFlow,
	"maf_rqs_flowjax_context":           nsfFlowjax,
	"lu_linear_nflows":                  luNflows,
	"lu_linear_permute_normflows":       luPermuteNormflows,
	"lu_linear_zuko":                    luZuko,
	"nsf_nflows_coupling":               nflowsSplines,
	"nsf_nflows_autoregressive_context": nflowsSplines,
	"nsf_normflows_coupling":            normflowsSplineFlow,
	"nsf_normflows_context":             normflowsSplineFlow,
	"maf_nflows_context":                imported("nflows", nflowsConditionalSpec),
	"realnvp_nflows":                    nflowsReady,
	"realnvp_normflows":                 imported("normflows", normflowsSpec(normflowsRealNVP)),
	"iaf_normflows_context":             imported("normflows", normflowsSpec(normflowsIAF)),
	"actnorm_nflows":                    actNormNflows,
	"batchnorm_nflows":                  batchNormNflows,
	"linear_spline_nflows":              linearSplineNflows,
	"quadratic_spline_nflows_tails":     quadraticSplineNflows,
	"cubic_spline_nflows_box":           cubicSplineNflows,
	"circular_rqs_normflows":            circularNormflows,
	"circular_rqs_zuko":                 circularZuko,
	"circular_nsf_normflows_coupling":   imported("normflows", normflowsCircularSpec),
	"ncsf_zuko":                         zukoFlow,
	"base_gmm_normflows":                mixtureNormflows,
	"planar_normflows_tanh":             planarNormflows,
	"planar_normflows_leaky":            planarNormflows,
	"planar_flowjax_tanh":               planarFlowjax,
	"planar_flow_flowjax_leaky":         planarFlowFlowjax,
	"radial_normflows":                  radialNormflows,
	"sylvester_reference":               sylvesterReference,
	"triangular_spline_flowjax":         triangularSplineFlowjax,
	"bnaf_flowjax":                      bnafFlowjax,
	"qr_linear_nflows":                  qrNflows,
	"svd_linear_nflows":                 svdNflows,
	"householder_nflows":                householderNflows,
	"rotation_zuko":                     rotationZuko,
	"triangular_affine_flowjax":         triangularFlowjax,
	"conv1x1_nflows":                    convNflows,
	"conv1x1_normflows_lu":              convNormflows,
	"glow_normflows_8x8x1":              glowNormflows,
	"glow_normflows_8x8x3":              glowNormflows,
	"base_laplace_torch":                laplaceTorch,
	"base_logistic_flowjax":             logisticFlowjax,
	"base_full_normal_torch":            fullNormalTorch,
	"base_student_t_torch":              studentTorch,
	"base_von_mises_torch":              vonMisesTorch,
	"base_gmm_zuko_full":                fullMixtureZuko,
	"bernstein_zuko":                    bernsteinZuko,
	"bernstein_zuko_bounded":            bernsteinZuko,
	"bpf_zuko":                          zukoFlow,
	"sos_zuko":                          sosZuko,
	"sospf_zuko":                        zukoFlow,
	"gaussianization_zuko":              gaussianizationZuko,
	"gf_zuko":                           zukoFlow,
	"monotonic_mlp_zuko":                monotonicMLPZuko,
	"naf_zuko":                          zukoFlow,
	"umnn_zuko":                         umnnZuko,
	"unaf_zuko":                         zukoFlow,
}

// Whole flows of the other libraries, as they are imported.
var (
	zukoFlow            = imported("zuko", zukoSpec)
	nflowsReady         = imported("nflows", nflowsReadySpec)
	nflowsSplines       = imported("nflows", nflowsSplineSpec)
	normflowsSplineFlow = imported("normflows", normflowsSpec(normflowsSplines))
)

// notYet lists the cases whose family is not built. A name leaves this table when it enters the other.
var notYet = strings.Fields(`
cnf_zuko residual_normflows_d2
`)

// Every case of the folder is computed, or waits by name. One that is in neither table is taken for one of its family, and
// fails if it has none.
func TestGoldenCases(t *testing.T) {
	for _, name := range names(t, folder()) {
		build, waits := listed(name)
		c := load(t, name)
		if build == nil && !waits {
			like := family(t, c)
			if build, waits = listed(like); build == nil && !waits {
				t.Errorf("%s (%s) is in no table, and no known case was made by the same call", name, c.meta.Call)
				continue
			}
			t.Logf("%s is taken for one like %s", name, like)
		}
		if waits {
			t.Logf("not built yet: %s", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			c := load(t, name)
			m := build(c)
			for _, e := range ways {
				t.Run(e.name, func(t *testing.T) { c.verify(t, m, e) })
			}
		})
	}
}

// Every file of testdata is in one of the two tables, and every name in them is a file.
func TestEveryCaseIsKnown(t *testing.T) {
	known := map[string]int{}
	for name := range builders {
		known[name]++
	}
	for _, name := range notYet {
		known[name]++
	}
	for _, name := range names(t, "testdata") {
		if known[name] != 1 {
			t.Errorf("%s is in %d tables: it must be built, or listed in notYet", name, known[name])
		}
		delete(known, name)
	}
	for name := range known {
		t.Errorf("there is no file of the case %s", name)
	}
}

// notImported lists whole flows that recipe.Layers has no words for: those of images.
var notImported = strings.Fields(`glow_normflows_8x8x1 glow_normflows_8x8x3`)

// Every whole flow of a library that diffeo import knows is built as diffeo import builds it, but those that wait and those listed.
func TestEveryFlowIsImported(t *testing.T) {
	flows := 0
	for _, name := range names(t, "testdata") {
		c := loadFrom(t, "testdata", name)
		build, waits := listed(name)
		if c.meta.Kind != "flow" || waits || slices.Contains(notImported, name) || !slices.Contains(importer.Libraries(), c.meta.Library) {
			continue
		}
		flows++
		if _, ok := build(c).weights.(importedWeights); !ok {
			t.Errorf("%s (%s) is a flow of %s and not built by package importer", name, c.meta.Call, c.meta.Library)
		}
	}
	if flows < 20 {
		t.Errorf("only %d flows found", flows)
	}
}

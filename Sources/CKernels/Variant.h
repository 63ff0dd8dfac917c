// All kernels of one instruction set, CK_VARIANT, and their table. No guard: included once for each.
#include "Activations.h"
#include "GatedLinear.h"
#include "Gaussians.h"
#include "LagProducts.h"
#include "MatrixProducts.h"
#include "NeuronDraws.h"
#include "SignCounts.h"
#include "Sums.h"
#include "SymmetricInverse.h"
#include "NeuronSums.h"

static const struct ck_kernels CK(kernels) = {
    .name = CK_VARIANT_NAME,
    .exp = CK(exp),
    .tanh = CK(tanh),
    .erf = CK(erf),
    .softplus = CK(softplus),
    .relu = CK(relu),
    .product = CK(product),
    .product_of_few = CK(product_of_few),
    .gram = CK(gram),
    .symmetric_inverse = CK(symmetric_inverse),
    .hidden_inputs = CK(hidden_inputs),
    .hidden_tanh = CK(hidden_tanh),
    .response_products = CK(response_products),
    .hidden_gradient = CK(hidden_gradient),
    .add_two = CK(add_two),
    .sum = CK(sum),
    .dot = CK(dot),
    .triple_dot = CK(triple_dot),
    .add = CK(add),
    .lag_products = CK(lag_products),
    .right_signs = CK(right_signs),
    .gated_readout = CK(gated_readout),
    .gated_gradient = CK(gated_gradient),
    .subsets = CK(subsets),
    .tilt = CK(tilt),
    .words = CK(words),
    .normals = CK(normals),
};

#undef CK_VARIANT
#undef CK_VARIANT_NAME
#undef CK_TILE_ROWS

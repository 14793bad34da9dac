import ModelGraph

/// PyTorch's operators in terms of ours, by name, or by name and overload.
///
/// An operator that writes over its first operand has no entry of its own: `relu_` is `relu`.
/// To add an operator, add one line.
enum AtenTable {
  static let rules: [String: AtenRule] = [
    // Layers
    "linear": .linear,
    "conv1d": .convolution, "conv2d": .convolution, "conv3d": .convolution,
    "convolution": .convolution,
    "conv_transpose1d": .transposedConvolution, "conv_transpose2d": .transposedConvolution,
    "conv_transpose3d": .transposedConvolution,
    "batch_norm": .batchNormalization, "_native_batch_norm_legit": .batchNormalization,
    "layer_norm": .layerNormalization, "native_layer_norm": .layerNormalization,
    "group_norm": .groupNormalization, "instance_norm": .instanceNormalization,
    "rms_norm": .rootMeanSquareNormalization,
    "embedding": .embedding,
    "dropout": .dropout, "feature_dropout": .featureDropout,
    "alpha_dropout": .dropout, "native_dropout": .dropout,
    "scaled_dot_product_attention": .attention,

    // Products
    "matmul": .matrixProduct, "mm": .matrixProduct, "bmm": .matrixProduct,
    "addmm": .sumAndProduct, "baddbmm": .stackedSumAndProduct, "einsum": .einsum,
    "linalg_solve_triangular": .triangularSolve,

    // Pooling
    "max_pool1d": .maxPool, "max_pool2d": .maxPool, "max_pool3d": .maxPool,
    "max_pool2d_with_indices": .maxPool,
    "avg_pool1d": .averagePoolOfRows, "avg_pool2d": .averagePool, "avg_pool3d": .averagePool,
    "adaptive_avg_pool1d": .adaptiveAveragePool, "adaptive_avg_pool2d": .adaptiveAveragePool,
    "adaptive_avg_pool3d": .adaptiveAveragePool, "_adaptive_avg_pool2d": .adaptiveAveragePool,
    "adaptive_max_pool1d": .adaptiveMaxPool, "adaptive_max_pool2d": .adaptiveMaxPool,

    // Activations
    "relu": .unary("Relu"), "silu": .unary("Silu"), "mish": .unary("Mish"),
    "sigmoid": .unary("Sigmoid"), "tanh": .unary("Tanh"), "gelu": .gelu,
    "hardswish": .unary("HardSwish"), "hardsigmoid": .unary("HardSigmoid"),
    "relu6": .relu6, "hardtanh": .hardTanh, "leaky_relu": .unary("LeakyRelu"),
    "elu": .unary("Elu"), "celu": .unary("Celu"), "selu": .unary("Selu"),
    "softplus": .unary("Softplus"), "log_sigmoid": .unary("LogSigmoid"),
    "softsign": .unary("Softsign"), "prelu": .node("PRelu"), "glu": .gatedLinearUnit,
    "softmax": .softmax("Softmax"), "_softmax": .softmax("Softmax"),
    "log_softmax": .softmax("LogSoftmax"), "_log_softmax": .softmax("LogSoftmax"),
    "clamp": .clamping, "clamp_min": .clamping, "clamp_max": .clamping, "clip": .clamping,

    // Functions of each element
    "abs": .unary("Abs"), "neg": .unary("Neg"), "exp": .unary("Exp"), "log": .unary("Log"),
    "expm1": .unary("Expm1"),
    "sqrt": .unary("Sqrt"), "rsqrt": .unary("ReciprocalSquareRoot"),
    "reciprocal": .unary("Reciprocal"),
    "sin": .unary("Sin"), "cos": .unary("Cos"), "acos": .unary("Acos"), "erf": .unary("Erf"),
    "floor": .unary("Floor"), "ceil": .unary("Ceil"), "round": .unary("Round"),
    "sign": .unary("Sign"),
    "logical_not": .unary("Not"), "bitwise_not": .bitwise("Not", "BitwiseNot"),
    "isnan": .unary("IsNaN"), "isinf": .unary("IsInf"),

    // Arithmetic
    "add": .sum(sign: 1), "sub": .sum(sign: -1), "rsub": .reversedDifference,
    "mul": .product, "multiply": .product,
    "div": .quotient, "divide": .quotient, "true_divide": .quotient,
    "addcmul": .node("AddProduct"),
    "pow.Scalar": .unary("Exp"),
    "pow": .power, "square": .power, "minimum": .node("Min"), "maximum": .node("Max"),
    "remainder": .node("Mod"), "min.other": .node("Min"), "max.other": .node("Max"),

    // Comparisons
    "eq": .comparison("Equal"), "ne": .notEqual, "lt": .comparison("Less"),
    "le": .comparison("LessOrEqual"), "gt": .comparison("Greater"),
    "ge": .comparison("GreaterOrEqual"),
    "logical_and": .node("And"), "logical_or": .node("Or"),
    "bitwise_and": .bitwise("And", "BitwiseAnd"), "__and__": .bitwise("And", "BitwiseAnd"),
    "bitwise_or": .bitwise("Or", "BitwiseOr"), "__or__": .bitwise("Or", "BitwiseOr"),
    "where": .choice, "masked_fill": .maskedFill,

    // Reductions
    "mean": .reduction("ReduceMean"), "sum": .reduction("ReduceSum"),
    "amax": .reduction("ReduceMax"), "amin": .reduction("ReduceMin"),
    "prod": .reduction("ReduceProd"), "logsumexp": .reduction("ReduceLogSumExp"),
    "_weight_norm": .node("WeightNorm") { ["axis": .integer($0.integer("dim") ?? 0)] },
    "linalg_vector_norm": .reduction("ReduceL2"),
    "all": .reduction("ReduceMin"), "any": .reduction("ReduceMax"),
    "argmax": .argument("ArgMax"), "argmin": .argument("ArgMin"),
    "var": .variance(isRoot: false), "var_mean": .variance(isRoot: false),
    "std": .variance(isRoot: true), "std_mean": .variance(isRoot: true),
    "cumsum": .cumulativeSum, "topk": .largest,
    "max.dim": .extreme, "min.dim": .extreme,
    "max": .reduction("ReduceMax"), "min": .reduction("ReduceMin"), "median.dim": .extreme,
    "kthvalue": .extreme,

    // Views
    "view": .reshape, "reshape": .reshape, "_unsafe_view": .reshape, "view_as": .reshape,
    "reshape_as": .reshape,
    "flatten": .flatten, "unflatten": .reshape, "as_strided": .stridedView,
    "unsqueeze": .unsqueezing, "squeeze": .squeezing,
    "permute": .permutation, "transpose": .transposition, "t": .transposition,
    "swapaxes": .transposition, "numpy_T": .transposition,
    "expand": .expansion, "expand_as": .expansion, "broadcast_to": .expansion,
    "broadcast_tensors": .commonShape,
    "select": .selection, "slice": .slice, "narrow": .narrow,
    "split": .partition, "split_with_sizes": .partition, "chunk": .partition,
    "tensor_split": .partition, "unbind": .unbinding,
    "alias": .same, "detach": .unary("Detach"), "_assert_tensor_metadata": .same,
    "lift_fresh_copy": .lifted,

    // Copies
    "contiguous": .contiguous, "clone": .copy, "flip": .copy,
    "to": .conversion, "_to_copy": .conversion, "type_as": .conversion, "float": .conversion,
    "in_autocast": .unary("InPrecision") { _ in ["autocast": .integer(1)] },
    "diff": .differences, "unfold": .runs,
    "cat": .concatenation, "concat": .concatenation, "concatenate": .concatenation,
    "stack": .stack,
    "pad": .padding, "constant_pad_nd": .padding,
    "roll": .roll, "repeat": .repetition, "tile": .repetition, "meshgrid": .grid,
    "im2col": .shaped("Unfolded"), "col2im": .shaped("Folded"),
    "repeat_interleave": .indexRepetition, "tril": .unary("Trilu"), "triu": .unary("Trilu"),
    "index": .indexing, "index_select": .indexSelection, "gather": .gathering,
    "grid_sampler": .gridSampling, "pixel_shuffle": .pixelShuffle, "masked_select": .picking,
    "masked_scatter": .node("MaskedScatter"),
    "sort": .sorting, "argsort": .argumentSorting, "scatter": .scattering,
    "histc": .histogram, "grouped_mm_fallback": .groupedProduct, "_grouped_mm": .groupedProduct,
    "floor_divide": .node("FloorDivide"),

    // Complex numbers
    "polar": .node("Polar"), "view_as_complex": .unary("ViewAsComplex"),
    "view_as_real": .unary("ViewAsReal"),
    "upsample_nearest2d": .resizing, "upsample_bilinear2d": .resizing,
    "upsample_bicubic2d": .resizing, "_upsample_bicubic2d_aa": .resizing,
    "_upsample_bilinear2d_aa": .resizing, "_upsample_nearest_exact2d": .resizing,
    "upsample_nearest1d": .resizing, "upsample_nearest3d": .resizing,
    "upsample_linear1d": .resizing, "upsample_trilinear3d": .resizing,

    // New tensors
    "arange": .arange, "zeros": .filled, "ones": .filled, "full": .filled, "empty": .filled,
    "zeros_like": .filled, "ones_like": .filled, "full_like": .filled, "empty_like": .filled,
    "empty_permuted": .filled,
    "new_zeros": .filled, "new_ones": .filled, "new_full": .filled, "new_empty": .filled,
    "scalar_tensor": .filled, "rand": .filled, "randn": .filled,
    "fill": .overwriting, "zero": .overwriting, "copy": .writing, "index_put": .indexUpdate,
    "exponential": .overwriting, "uniform": .overwriting, "normal": .overwriting,
    "bernoulli": .bernoulli, "linspace": .filled, "rand_like": .filled, "randn_like": .filled,
    "eye": .filled, "one_hot": .filled,

    // Losses
    "cross_entropy_loss": .crossEntropy,
    "ctc_loss": .connectionistLoss,
    "mse_loss": .elementLoss("SquaredDifferenceLoss"),
    "l1_loss": .elementLoss("AbsoluteDifferenceLoss"),
    "smooth_l1_loss": .elementLoss("SmoothDifferenceLoss"),
    "huber_loss": .elementLoss("HuberLoss"),
    "binary_cross_entropy": .elementLoss("BinaryCrossEntropyLoss"),
    "binary_cross_entropy_with_logits": .elementLoss("BinaryCrossEntropyWithLogitsLoss"),
  ]
}

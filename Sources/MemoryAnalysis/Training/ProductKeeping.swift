import ModelGraph

/// A kernel whose results a selective policy may keep: products cost much time and little memory.
enum ProductKernel {
  case convolution, matrixProduct, matrixProductPlusRow, stackedProduct
  case efficientAttention, flashAttention

  /// The kernel by its name in a trace; `nil` if it is none of these.
  init?(kernel: String) {
    switch kernel {
    case "cudnn_convolution", "cudnn_convolution_transpose": self = .convolution
    case "mm": self = .matrixProduct
    case "addmm": self = .matrixProductPlusRow
    case "bmm": self = .stackedProduct
    case "_efficient_attention_forward": self = .efficientAttention
    case "_flash_attention_forward": self = .flashAttention
    default: return nil
    }
  }

  /// The operator that policies see, of `torch.ops.aten`.
  var operatorName: String {
    switch self {
    case .convolution: "convolution.default"
    case .matrixProduct: "mm.default"
    case .matrixProductPlusRow: "addmm.default"
    case .stackedProduct: "bmm.default"
    case .efficientAttention: "_scaled_dot_product_efficient_attention.default"
    case .flashAttention: "_scaled_dot_product_flash_attention.default"
    }
  }
}

/// What becomes of what products make while a node runs.
enum ProductKeeping {
  case none

  /// The storages are held: in the order of allocation, `nil` for scratch.
  case collecting([Int?])

  /// Products do not run; what they made comes back, with the references that were held.
  case returning(ArraySlice<Int?>)
}

extension TrainingMachine {
  /// The next storage that a product made when it ran; one of no bytes in place of scratch.
  mutating func nextProduct() -> Int {
    guard case .returning(var rest) = products else {
      return ledger.make(.zero, .workspace, named: "")
    }
    let next = rest.popFirst() ?? nil
    products = .returning(rest)
    return next ?? ledger.make(.zero, .workspace, named: "")
  }
}

/// What one node of a graph did in a forward pass.
struct NodeRun: Hashable {
  /// The kernels in their order.
  var kernels: [String] = []
  var saving = Saving.nothing

  /// What autograd saved last: if operands alone, the last kernel need not run again.
  enum Saving: Hashable {
    case nothing, operands, results
  }

  var products: [ProductKernel] { kernels.compactMap { ProductKernel(kernel: $0) } }
}

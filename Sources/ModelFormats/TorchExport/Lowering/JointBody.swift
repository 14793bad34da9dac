import ModelGraph

/// The forward pass of an export that goes on to gradients, or that was taken apart, in the operators that the module
/// calls.
///
/// `_export_forward_backward` takes operators apart before it differentiates them, as far as PyTorch's core operators,
/// and so does `run_decompositions`.
/// What of that changes what autograd keeps is put together again: dropout and normalizations, whose further results
/// only the file's own backward pass reads, attention, linear layers, some functions of each element, and the
/// cross-entropy.
/// Source: `torch/export/experimental/__init__.py`, `torch/_decomp/decompositions.py`, PyTorch 2.15.
struct JointBody {
  private var body: ExportedBody

  /// Reads the nodes that lead to a loss.
  init(_ joint: ExportedBody, loss: String) {
    body = joint
    body.outputs = [.tensor(loss)]
    compose(of: joint, loss)
  }

  /// Reads a program that `run_decompositions` took apart; `nil` if none of its operators says so.
  ///
  /// What works in place is not told then.
  init?(ofCoreOperators program: ExportedBody) {
    guard program.calls(\.isOfCore) else { return nil }
    body = program
    compose(of: nil, program.outputs.first?.tensorNames.first)
  }

  private mutating func compose(of joint: ExportedBody?, _ loss: String?) {
    keepWhatIsNeeded()
    if let loss { joinClassLoss(loss) }
    body.nodes = JointCompositions(body, of: joint).nodes
    keepWhatIsNeeded()
    body.nodes = body.nodes.map(\.whole)
  }

  var forward: ExportedBody { body }

  private mutating func keepWhatIsNeeded() {
    var needed = Set(body.outputs.flatMap(\.tensorNames))
    var kept: [ExportedNode] = []
    for node in body.nodes.reversed()
    where node.outputs.contains(where: { $0.map(needed.contains) ?? false }) {
      kept.append(node)
      needed.formUnion(node.tensorNames)
    }
    body.nodes = kept.reversed()
  }

  /// Writes the cross-entropy with classes as one node, if that is what leads to the loss.
  ///
  /// It is there as the logarithms of probabilities, of which those of the classes are gathered, unless a class is to
  /// be ignored, and their sum or mean.
  private mutating func joinClassLoss(_ loss: String) {
    guard let first = body.nodes.lastIndex(where: { $0.core == "_log_softmax" }),
      case let parts = body.nodes[first...],
      parts.dropFirst().allSatisfy({ Self.partsOfLoss.contains($0.core) }),
      let scores = parts.first?.tensor("self"), let classes = Self.classes(of: parts),
      let last = body.nodes.last, last.outputs == [loss]
    else { return }
    let made = Set(parts.flatMap { $0.outputs.compactMap(\.self) })
    let given = Set(parts.flatMap(\.tensorNames))
    guard given.subtracting(made) == [scores, classes] else { return }
    var node = last
    node.target = AtenTarget("torch.ops.aten.cross_entropy_loss.default")
    node.arguments = [
      ExportedNode.Argument(name: "self", value: .tensor(scores)),
      ExportedNode.Argument(name: "target", value: .tensor(classes)),
      ExportedNode.Argument(name: "reduction", value: .size(.number(last.core == "div" ? 1 : 2))),
    ]
    body.nodes[first...] = [node]
  }

  /// What the cross-entropy is taken apart into, after the logarithms of probabilities.
  private static let partsOfLoss: Set = [
    "alias", "ne", "scalar_tensor", "full", "where", "unsqueeze", "gather", "squeeze", "neg", "sum",
    "_to_copy", "div",
  ]

  /// The tensor of classes: what is compared with the class to ignore.
  private static func classes(of parts: ArraySlice<ExportedNode>) -> String? {
    guard parts.contains(where: { $0.core == "gather" }) else { return nil }
    let compared = Set(parts.filter { $0.core == "ne" }.compactMap { $0.tensor("self") })
    return compared.count == 1 ? compared.first : nil
  }
}

extension AtenTarget {
  /// Whether it is what PyTorch takes an operator of modules apart into.
  fileprivate var isOfCore: Bool {
    ExportedNode.wholes[name] != nil || name == "_softmax" || name == "_log_softmax"
  }
}

extension ExportedNode {
  /// Whether it copies what an operator in place writes over, which has no layout of its own.
  var copiesForBackward: Bool { core == "clone" && arguments.count == 1 }

  /// The operator's name without its overload.
  fileprivate var core: String { target.name }

  /// The call of the module that a core operator stands for, which has its first result alone.
  fileprivate var whole: ExportedNode {
    guard let (name, renamed) = Self.wholes[core] else { return self }
    var node = self
    node.target = AtenTarget("torch.ops.aten.\(name).default")
    node.outputs = Array(outputs.prefix(1))
    for index in node.arguments.indices {
      node.arguments[index].name = renamed[node.arguments[index].name] ?? node.arguments[index].name
    }
    return node
  }

  /// Modules' operators by the core operators they become, with the arguments that have another name there.
  fileprivate static let wholes: [String: (String, [String: String])] = [
    "native_dropout": ("dropout", [:]),
    "native_layer_norm": ("layer_norm", [:]),
    "native_group_norm": ("group_norm", ["group": "num_groups"]),
    "_native_batch_norm_legit": ("batch_norm", [:]),
    "_native_batch_norm_legit_functional": ("batch_norm", [:]),
    "_native_batch_norm_legit_no_training": ("batch_norm", [:]),
    "_scaled_dot_product_efficient_attention": (
      "scaled_dot_product_attention", ["attn_bias": "attn_mask"]
    ),
    "_scaled_dot_product_flash_attention": ("scaled_dot_product_attention", [:]),
    "_scaled_dot_product_flash_attention_for_cpu": ("scaled_dot_product_attention", [:]),
  ]
}

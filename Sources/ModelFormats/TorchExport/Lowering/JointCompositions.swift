import ModelGraph

/// What a module calls, put together of the core operators that PyTorch takes it apart into.
///
/// The node that makes the result becomes the call; what belonged to it is then read by nothing. The same written out
/// by the module itself is taken for the call too, as `x * sigmoid(x)`.
/// Source: `torch/_decomp/decompositions.py`, `ATen/native/transformers/attention.cpp`, PyTorch 2.15.
struct JointCompositions {
  private(set) var nodes: [ExportedNode]
  private let tensors: NameMap<ExportedTensor>
  private var makers: NameMap<Int> = [:]

  /// What is copied before an operator in place writes over it.
  private let copied: Set<String>

  /// The results that autograd is given when they are made; unknown without gradients.
  ///
  /// Those of operators in place are looked up in the backward pass.
  private let aliased: Set<String>?

  /// Longer chains of views are not followed.
  private static let maximumDepth = 4

  /// Composes the nodes of a body, which is a part of one with gradients if there is one.
  init(_ body: ExportedBody, of joint: ExportedBody?) {
    (nodes, tensors) = (body.nodes, body.tensors)
    copied = Set(joint?.nodes.filter(\.copiesForBackward).compactMap(\.operand) ?? [])
    let loss = body.nodes.last?.outputs
    aliased = joint.map { joint in
      let forward = joint.nodes.prefix { $0.outputs != loss }
      return Set(forward.filter { $0.target.name == "alias" }.compactMap(\.operand))
    }
    for (index, node) in nodes.enumerated() {
      for name in node.outputs.compactMap(\.self) { makers[name] = index }
    }
    for index in nodes.indices {
      if let call = call(nodes[index]) { nodes[index] = call }
    }
  }

  private func call(_ node: ExportedNode) -> ExportedNode? {
    composed(node) ?? overwriting(node)
  }

  private func composed(_ node: ExportedNode) -> ExportedNode? {
    switch node.target.name {
    case "div": hardActivation(node)
    case "mul": weighted(node)
    case "relu" where aliased != nil: rectified(node)
    case "view": attention(node) ?? rowwise(node) ?? reshaped(node)
    case "add": biased(node)
    case "index_select": rolled(node)
    case "permute": laidOut(node)
    default: nil
    }
  }

  /// The same in place, where an operator in place was taken for one that is not.
  private func overwriting(_ node: ExportedNode) -> ExportedNode? {
    guard node.overwrites(node.target.name) else { return nil }
    var node = node
    node.target = AtenTarget("torch.ops.aten.\(node.target.name)_.\(node.target.overload)")
    return node
  }
}

// MARK: Following names

extension JointCompositions {
  /// The node that makes a tensor, if it is one of an operator.
  private func maker(_ name: String?, _ operators: String...) -> ExportedNode? {
    guard let name, let index = makers[name], operators.contains(nodes[index].target.name) else {
      return nil
    }
    return nodes[index]
  }

  /// What stacks of matrices were made of: another shape or a copy of what was expanded.
  private func source(_ name: String?) -> String? {
    var name = name
    for _ in 0..<Self.maximumDepth {
      guard let node = maker(name, "view", "reshape", "expand", "clone") else { break }
      name = node.operand
      if node.target.name == "expand" { break }
    }
    return name
  }

  private func rank(_ name: String?) -> Int? { name.flatMap { tensors[$0]?.sizes.count } }

  private func haveOneShape(_ first: String?, _ second: String?) -> Bool {
    guard let first, let second else { return false }
    return tensors[first]?.sizes == tensors[second]?.sizes
  }
}

// MARK: Functions of each element

extension JointCompositions {
  /// `x * clamp(x + 3, 0, 6) / 6`, or the same without the first factor.
  private func hardActivation(_ node: ExportedNode) -> ExportedNode? {
    guard node.isGiven(6, as: "other"), let top = node.tensor("self") else { return nil }
    if let x = cutSum(top) { return node.calling("hardsigmoid", over: x, if: copied) }
    guard let product = maker(top, "mul"), let x = product.tensor("self"),
      cutSum(product.tensor("other")) == x
    else { return nil }
    return node.calling("hardswish", over: x, if: copied)
  }

  /// What stands in `clamp(clamp(x + 3, 0), 6)`.
  private func cutSum(_ name: String?) -> String? {
    guard let upper = maker(name, "clamp"), upper.isGiven(6, as: "max"),
      let lower = maker(upper.tensor("self"), "clamp"), lower.isGiven(0, as: "min"),
      let sum = maker(lower.tensor("self"), "add"), sum.isGiven(3, as: "other")
    else { return nil }
    return sum.tensor("self")
  }

  /// `x * sigmoid(x)`.
  private func weighted(_ node: ExportedNode) -> ExportedNode? {
    guard let x = node.tensor("self"),
      maker(node.tensor("other"), "sigmoid")?.tensor("self") == x
    else { return nil }
    return node.calling("silu", over: x, if: copied)
  }

  /// The rectification of what it writes over.
  private func rectified(_ node: ExportedNode) -> ExportedNode? {
    guard let aliased, let x = node.operand, let result = node.outputs.first ?? nil,
      !aliased.contains(result)
    else { return nil }
    return node.calling("relu_", [("self", .tensor(x))])
  }

  /// Rows picked by numbers that go round.
  private func rolled(_ node: ExportedNode) -> ExportedNode? {
    guard let x = node.tensor("self"), let axis = node.value("dim"), case .size(let axis) = axis,
      let turned = maker(node.tensor("index"), "fmod"),
      let sum = maker(turned.tensor("self"), "add"), maker(sum.tensor("self"), "arange") != nil
    else { return nil }
    return node.calling(
      "roll", [("self", .tensor(x)), ("shifts", .sizes([.number(1)])), ("dims", .sizes([axis]))])
  }
}

// MARK: Products

extension JointCompositions {
  /// A product of rows with a transposed weight, seen in the shape of the input.
  private func rowwise(_ node: ExportedNode) -> ExportedNode? {
    guard let product = maker(node.tensor("self"), "addmm", "mm"),
      let rows = maker(product.tensor("mat1") ?? product.tensor("self"), "view", "reshape"),
      let turned = maker(product.tensor("mat2"), "permute"), let weight = turned.operand,
      rank(weight) == 2, let x = rows.operand, rank(x) == rank(node.outputs.first ?? nil)
    else { return nil }
    let bias = product.target.name == "addmm" ? product.tensor("self") : nil
    return node.linear(x, weight, bias)
  }

  /// Another shape of a copy, which is made only where it must be.
  private func reshaped(_ node: ExportedNode) -> ExportedNode? {
    guard let copy = maker(node.operand, "clone"), !copy.copiesForBackward, let x = copy.operand,
      let size = node.value("size")
    else { return nil }
    return node.calling("reshape", [("self", .tensor(x)), ("shape", size)])
  }

  /// The sum of a product and the bias, which follows where rows do not lie densely on the processor.
  private func biased(_ node: ExportedNode) -> ExportedNode? {
    guard let product = maker(node.tensor("self"), "linear"), product.tensor("bias") == nil,
      let bias = node.tensor("other"), makers[bias] == nil, rank(bias) == 1,
      let x = product.tensor("input"), let weight = product.tensor("weight")
    else { return nil }
    return node.linear(x, weight, bias)
  }

  /// Attention that is copied to lie as the processor's kernel would lay it.
  private func laidOut(_ node: ExportedNode) -> ExportedNode? {
    guard let copy = maker(node.operand, "clone"), let turned = maker(copy.operand, "permute"),
      let call = maker(turned.operand, Self.attention),
      haveOneShape(turned.operand, node.outputs.first ?? nil)
    else { return nil }
    var node = node
    (node.target, node.arguments) = (call.target, call.arguments)
    return node
  }

  private static let attention = "scaled_dot_product_attention"

  /// Attention of two products and a softmax.
  private func attention(_ node: ExportedNode) -> ExportedNode? {
    guard let outer = maker(node.operand, "bmm"), let v = source(outer.tensor("mat2"))
    else { return nil }
    var weights = source(outer.tensor("self"))
    let drop = maker(weights, "native_dropout", "dropout")
    if let drop { weights = source(drop.operand) }
    // Rows that are masked whole become zeros.
    if let choice = maker(weights, "where") { weights = source(choice.tensor("other")) }
    guard let softmax = maker(weights, "_softmax") else { return nil }
    var scores = source(softmax.operand)
    let sum = maker(scores, "add")
    if let sum { scores = source(sum.operand) }
    guard let inner = maker(scores, "bmm"), let q = scaled(inner.tensor("self")),
      let right = scaled(inner.tensor("mat2")), let k = maker(right, "permute")?.operand
    else { return nil }
    let mask = sum?.tensor("other")
    return node.calling(
      Self.attention,
      [
        ("query", .tensor(q)), ("key", .tensor(k)), ("value", .tensor(v)),
        ("attn_mask", mask.map { .tensor(condition($0)) } ?? .none),
        ("dropout_p", .float(drop?.number("p") ?? 0)),
      ])
  }

  private func scaled(_ name: String?) -> String? {
    maker(source(name), "mul")?.operand
  }

  /// The booleans that a mask of zeros and negative infinities was made of, or the mask.
  private func condition(_ mask: String) -> String {
    guard let choice = maker(mask, "where"), let condition = choice.tensor("condition"),
      maker(choice.tensor("self"), "scalar_tensor") != nil,
      maker(choice.tensor("other"), "scalar_tensor") != nil
    else { return mask }
    return condition
  }
}

// MARK: Nodes

extension ExportedNode {
  fileprivate func value(_ name: String) -> ExportedArgument? {
    arguments.first { $0.name == name }?.value
  }

  fileprivate func number(_ name: String) -> Double? {
    switch value(name) {
    case .float(let number): number
    case .size(.number(let number)): Double(number)
    default: nil
    }
  }

  fileprivate func isGiven(_ number: Double, as name: String) -> Bool {
    self.number(name) == number
  }

  /// The call of another operator with the same result.
  fileprivate func calling(
    _ name: String, _ arguments: [(String, ExportedArgument)]
  ) -> ExportedNode {
    var node = self
    node.target = AtenTarget("torch.ops.aten.\(name).default")
    node.arguments = arguments.map { Argument(name: $0, value: $1) }
    return node
  }

  /// The call of a function of each element, which writes over what was copied before.
  fileprivate func calling(
    _ name: String, over x: String, if copied: Set<String>
  ) -> ExportedNode {
    let isInPlace = copied.contains(x) || overwrites(name)
    return calling(isInPlace ? "\(name)_" : name, [("self", .tensor(x))])
  }

  /// Whether it comes from an operator of a name that worked in place.
  fileprivate func overwrites(_ name: String) -> Bool {
    origin == name || origin == "relu6" && name == "hardtanh"
  }

  fileprivate func linear(_ x: String, _ weight: String, _ bias: String?) -> ExportedNode {
    calling(
      "linear",
      [
        ("input", .tensor(x)), ("weight", .tensor(weight)),
        ("bias", bias.map { .tensor($0) } ?? .none),
      ])
  }
}

import ModelGraph

/// Tensors that a live module makes on the host.
///
/// An export was traced where there is no other device, so it does not tell them from others.
struct HostTensors {
  /// The nodes that run on the host, by index.
  private(set) var nodes: Set<Int> = []

  /// What the device gets a copy of where it is first read, by name.
  private(set) var brought: Set<String> = []

  /// Single numbers, which kernels take from the host, by name.
  private(set) var scalars: Set<String> = []

  /// Single numbers that are made on the device all the same, by name.
  private(set) var deviceScalars: Set<String> = []

  init(_ body: ExportedBody, constants: Set<String>) {
    scalars = constants.filter { body.tensors[$0]?.sizes.isEmpty ?? false }
    if !scalars.isEmpty {
      deviceScalars = Self.deviceScalars(in: body)
      for (index, node) in body.nodes.enumerated() { noteScalar(node, index) }
    }
    guard body.nodes.contains(where: \.placesOnHost) else { return }
    let origins = TensorOrigins(body)
    var statements = Set<[PythonFrame]>()
    for node in body.nodes where node.placesOnHost {
      notePlaces(node, body, origins, &statements)
    }
    // What writes over parts of them in the same function runs there, too.
    for (index, node) in body.nodes.enumerated()
    where statements.contains(node.frames) && !nodes.contains(index) {
      let outputs = node.outputs.compactMap(\.self)
      let isBrought = outputs.contains { brought.contains($0) }
      guard !isBrought, outputs.allSatisfy({ origins.nodes[$0] != nil }) else { continue }
      nodes.insert(index)
    }
    keepWhatTheDeviceReads(body)
  }

  /// Notes what is computed of single numbers of the host alone, such as `torch.tensor(3.0).sqrt()`.
  private mutating func noteScalar(_ node: ExportedNode, _ index: Int) {
    let operands = node.tensorNames
    guard !operands.isEmpty, operands.allSatisfy({ scalars.contains($0) }), node.outputs.count == 1,
      let output = node.outputs.first, let output,
      node.isOnlyAssertion == false, !deviceScalars.contains(output)
    else { return }
    nodes.insert(index)
    scalars.insert(output)
  }

  /// The single numbers that attention of transformers puts in the place of scores, which it makes where
  /// the scores are: `torch.tensor(least, device=scores.device)`.
  private static func deviceScalars(in body: ExportedBody) -> Set<String> {
    var chosen = Set<String>()
    for node in body.nodes.reversed() where node.isOfTransformers {
      let name = node.target.name
      if name == "where" { chosen.formUnion([node.tensor("other")].compactMap(\.self)) }
      let isPassedOn = node.outputs.first.flatMap(\.self).map(chosen.contains) ?? false
      if name == "detach", isPassedOn { chosen.formUnion([node.tensor("self")].compactMap(\.self)) }
    }
    return chosen
  }

  /// Notes places that a table is read at, made without saying on which device.
  private mutating func notePlaces(
    _ node: ExportedNode, _ body: ExportedBody, _ origins: TensorOrigins,
    _ statements: inout Set<[PythonFrame]>
  ) {
    let indices = node.arguments.first { $0.name == "indices" }?.value.tensorNames ?? []
    for name in indices {
      guard let made = origins.nodes[name], let last = made.max() else { continue }
      nodes.formUnion(made)
      statements.formUnion(made.map { body.nodes[$0].frames }.filter { $0 != node.frames })
      nodes.remove(last)
      brought.insert(name)
    }
  }

  /// Leaves out what others read, too.
  private mutating func keepWhatTheDeviceReads(_ body: ExportedBody) {
    var read = Set(body.outputs.flatMap(\.tensorNames))
    for (index, node) in body.nodes.enumerated().reversed() where !node.isOnlyAssertion {
      let isRead = node.outputs.contains { $0.map { read.contains($0) } ?? false }
      guard !nodes.contains(index) || isRead else { continue }
      if node.outputs.contains(where: { $0.map { scalars.contains($0) } ?? false }) { continue }
      nodes.remove(index)
      if let output = node.outputs.first, let output, brought.contains(output) { continue }
      read.formUnion(node.tensorNames)
    }
  }
}

extension ExportedNode {
  fileprivate var isOnlyAssertion: Bool { target.isAssertion }

  /// Whether it reads a table at places that functions of its module make on the host: relative
  /// positions as in `torch.arange(n)[:, None]`, with no device named.
  fileprivate var placesOnHost: Bool {
    guard target.name == "index", let file = frames.last?.file else { return false }
    return Self.filesPlacingOnHost.contains(file)
  }

  private static let filesPlacingOnHost: Set = [
    "mvit.py", "vision_transformer_sam.py", "modeling_vitdet.py", "modeling_sam.py",
    "modeling_sam_hq.py", "modeling_got_ocr2.py", "modeling_seggpt.py", "modeling_slanext.py",
    "modeling_beit.py", "modeling_data2vec_vision.py",
  ]
}

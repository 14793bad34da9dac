/// Tensors that a live module makes on the host and brings to its device.
///
/// An export was traced where there is no other device. What is made of sizes alone and then sent to a
/// device, as in `torch.arange(n).to(x.device)`, was not there before.
struct HostTensors {
  /// The nodes that run on the host, by index.
  private(set) var nodes: Set<Int> = []

  /// The copies on the device, by name.
  private(set) var brought: Set<String> = []

  init() {}

  init(_ body: ExportedBody) {
    let origins = TensorOrigins(body)
    for node in body.nodes where node.movesToDevice {
      guard let output = node.outputs.first, let output,
        let operand = node.arguments.first?.value.tensorNames.first,
        let made = origins.nodes[operand]
      else { continue }
      brought.insert(output)
      nodes.formUnion(made)
    }
    guard !nodes.isEmpty else { return }
    keepWhatTheDeviceReads(body)
  }

  /// Leaves out what others read, too.
  private mutating func keepWhatTheDeviceReads(_ body: ExportedBody) {
    var read = Set(body.outputs.flatMap(\.tensorNames))
    for (index, node) in body.nodes.enumerated().reversed() {
      let isRead = node.outputs.contains { $0.map { read.contains($0) } ?? false }
      guard !nodes.contains(index) || isRead else { continue }
      nodes.remove(index)
      if let output = node.outputs.first, let output, brought.contains(output) { continue }
      read.formUnion(node.arguments.flatMap(\.value.tensorNames))
    }
  }
}

extension ExportedNode {
  fileprivate var movesToDevice: Bool {
    let target = AtenTarget(target)
    return target.name == "to" && arguments.contains { $0.name == "device" }
  }
}

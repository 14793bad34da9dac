import ModelGraph

/// Branches of residual blocks that stochastic depth drops at random, of which an export in evaluation holds nothing.
///
/// The list of all modules names those that drop. The first of each kind does so with a chance of zero, which is none.
/// Source: `StochasticDepth` of `ops/stochastic_depth.py` and the models that have it, torchvision 0.29.
struct DroppedBranches: Sendable {
  /// The branch that a node adds to what goes around it, by the node's index.
  private(set) var branches: [Int: String] = [:]

  init(_ body: ExportedBody, modules: [String]) {
    let blocks = Self.blocks(modules)
    guard !blocks.isEmpty, !body.nodes.contains(where: \.trains) else { return }
    var makers: [String: Int] = [:]
    for (index, node) in body.nodes.enumerated() {
      for case let name? in node.outputs { makers[name] = index }
      guard node.target.name == "add", blocks.contains(node.module),
        node.tensorNames.count == 2
      else { continue }
      // What goes around a branch is made before it.
      branches[index] = node.tensorNames.max { makers[$0] ?? -1 < makers[$1] ?? -1 }
    }
  }

  /// The paths of the modules that drop a branch.
  private static func blocks(_ modules: [String]) -> Set<String> {
    var kinds: Set<String> = []
    var blocks: Set<String> = []
    // What both names begin with, looked for first in the paths of all modules.
    for module in modules where module.containsBytes(of: "stochastic_d") {
      let parts = module.dottedParts
      guard let own = parts.last, names.contains(String(own)), let block = parts.dropLast().last
      else {
        continue
      }
      let isNumbered = block.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
      let isFirst = kinds.insert(isNumbered ? String(own) : "\(block).\(own)").inserted
      if !isFirst { blocks.insert(parts.dropLast().joined(separator: ".")) }
    }
    return blocks
  }

  private static let names: Set = ["stochastic_depth", "stochastic_dropout"]
}

extension ExportedNode {
  /// Whether it shows that its module trains.
  fileprivate var trains: Bool {
    target.name == "bernoulli"
      || arguments.contains {
        ($0.name == "train" || $0.name == "training") && $0.value == .boolean(true)
      }
  }
}

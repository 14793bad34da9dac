import MemoryPlanning
public import ModelGraph
import Operators

/// Finds where patches help: up to which node, and into how many.
///
/// Live bytes are counted as TinyEngine runs a network: functions of single elements and depthwise
/// convolutions work in place; the image is read patch by patch and not counted.
/// <https://github.com/mit-han-lab/tinyengine>
public struct PatchPlanner: Sendable {
  private let facts: GraphFacts
  private let bytesPerElement: @Sendable (DataType) -> Int
  private let windows: [SlidingWindow?]
  private let lastUses: [Int]
  private let work: [Int]

  /// The patches along an axis that are tried.
  private static let grids = 2...8

  /// Prepares a graph whose activations take a number of bytes for each element; as in the graph if not given.
  public init(_ graph: Graph, elementBytes: Int? = nil) {
    let facts = GraphFacts(graph)
    self.facts = facts
    bytesPerElement = { dataType in
      elementBytes ?? max(1, TensorType(dataType, [1]).byteCount.value)
    }
    windows = graph.nodes.indices.map { Self.window(of: $0, facts) }
    var lastUses = [Int](repeating: -1, count: graph.values.count)
    for (step, node) in graph.nodes.enumerated() {
      for use in facts.uses(of: node) { lastUses[use.index] = step }
    }
    for output in graph.outputs { lastUses[output.index] = graph.nodes.count }
    self.lastUses = lastUses
    work = graph.nodes.indices.map { facts.work(of: $0).multiplyAccumulates }
  }

  /// Running layer by layer, and what patches make of it: plans of which none beats another.
  public func plans() -> [PatchPlan] {
    let all = use(of: facts.graph.nodes.indices)
    var plans = [
      PatchPlan(
        lastNode: "", patches: 1, patchPeakBytes: 0, tailPeakBytes: all.peak,
        layerPeakBytes: all.layer, extraMACs: 0)
    ]
    var least = all
    for split in splits {
      let tail = use(of: split + 1..<facts.graph.nodes.count)
      // Of splits that leave as much to the rest, the first has the least to do by patches.
      guard tail.peak < least.peak || tail.layer < least.layer else { continue }
      least = MemoryUse(peak: min(tail.peak, least.peak), layer: min(tail.layer, least.layer))
      plans += Self.grids.compactMap { plan(upTo: split, $0, tail) }
    }
    return plans.sorted { $0.patches < $1.patches }
      .paretoFront(memory: \.peakBytes, price: \.extraMACs)
  }
}

/// The most bytes live at once, and the most that one node reads and makes.
private struct MemoryUse {
  var peak: Int
  var layer: Int
}

extension PatchPlanner {
  private static func window(of step: Int, _ facts: GraphFacts) -> SlidingWindow? {
    let node = facts.graph.nodes[step]
    guard node.outputs.compactMap(\.self).count == 1, let output = node.outputs.first ?? nil,
      facts.graph[output].type.tensorType?.shape.count == 4
    else { return nil }
    if SlidingWindow.operators.contains(node.operatorName) {
      let weight = node.inputs.element(at: 1).flatMap { facts.graph[$0].type.tensorType?.shape }
      return SlidingWindow(node, weight: weight)
    }
    let isPointwise = node.inputs.compactMap(\.self).allSatisfy { operand in
      guard !facts.isStored(operand), let shape = facts.graph[operand].type.tensorType?.shape,
        let made = facts.graph[output].type.tensorType?.shape
      else { return true }
      return shape.isEmpty || shape.count == 4 && shape.suffix(2) == made.suffix(2)
    }
    let overwrites = !(facts.definitions[step]?.overwrites.isEmpty ?? true)
    let isJoin = node.operatorName == "Concat" && node.attributes.integer("axis") == 1
    return isPointwise && (overwrites || isJoin || node.operatorName == "BatchNormalization")
      ? .pointwise : nil
  }

  /// The nodes after which one value alone goes on, and up to which all work on images.
  private var splits: [Int] {
    var splits: [Int] = []
    var open: Set<ValueID> = []
    for (step, node) in facts.graph.nodes.enumerated() {
      guard windows[step] != nil, case let output?? = node.outputs.first else { break }
      open.insert(output)
      open = open.filter { lastUses[$0.index] > step }
      if open == [output], inputsEnd(by: step) { splits.append(step) }
    }
    return splits
  }

  private func inputsEnd(by step: Int) -> Bool {
    facts.graph.inputs.allSatisfy { lastUses[$0.index] <= step }
  }

  private func plan(upTo split: Int, _ grid: Int, _ tail: MemoryUse) -> PatchPlan? {
    guard case let output?? = facts.graph.nodes[split].outputs.first,
      let shape = facts.graph[output].type.tensorType?.shape, shape[2] >= grid, shape[3] >= grid
    else { return nil }
    var most = MemoryUse(peak: 0, layer: 0)
    var macs = 0.0
    // Patches of the same sizes take the same bytes.
    var seen: Set<[Int]> = []
    for patch in ImageRegion(rows: 0..<shape[2], columns: 0..<shape[3]).patches(grid) {
      let regions = regions(of: output, patch, upTo: split)
      macs += self.macs(upTo: split, regions)
      let sizes = regions.sorted { $0.key < $1.key }.map(\.value.area)
      guard seen.insert(sizes).inserted else { continue }
      let use = use(of: 0..<split, regions)
      most = MemoryUse(peak: max(most.peak, use.peak), layer: max(most.layer, use.layer))
    }
    let whole = work[...split].reduce(0.0) { $0 + Double($1) }
    let result = bytes(of: output, nil)
    return PatchPlan(
      lastNode: facts.displayName(facts.graph.nodes[split]), patches: grid,
      patchPeakBytes: most.peak + result, tailPeakBytes: tail.peak,
      layerPeakBytes: max(most.layer + result, tail.layer),
      extraMACs: Int(min(max(0, macs - whole), 1e18)))
  }

  /// The part of every value that a part of the last one is made from.
  private func regions(
    of output: ValueID, _ region: ImageRegion, upTo split: Int
  ) -> [ValueID: ImageRegion] {
    var regions = [output: region]
    for step in (0...split).reversed() {
      let node = facts.graph.nodes[step]
      guard case let made?? = node.outputs.first, let wanted = regions[made],
        let window = windows[step]
      else { continue }
      for case let operand? in node.inputs where !facts.isStored(operand) {
        guard let shape = facts.graph[operand].type.tensorType?.shape, shape.count == 4 else {
          continue
        }
        let part = window.operandRegion(of: wanted, in: [shape[2], shape[3]])
        regions[operand] = regions[operand].map { $0.union(part) } ?? part
      }
    }
    return regions
  }

  private func macs(upTo split: Int, _ regions: [ValueID: ImageRegion]) -> Double {
    (0...split).reduce(0.0) { sum, step in
      guard case let output?? = facts.graph.nodes[step].outputs.first,
        let region = regions[output], let shape = facts.graph[output].type.tensorType?.shape
      else { return sum }
      return sum + Double(work[step]) * Double(region.area) / Double(max(1, shape[2] * shape[3]))
    }
  }
}

extension PatchPlanner {
  /// The bytes of a value, or of a part of it.
  private func bytes(of id: ValueID, _ regions: [ValueID: ImageRegion]?) -> Int {
    guard let type = facts.graph[id].type.tensorType else { return 0 }
    var elements = type.elementCount
    if let region = regions?[id] {
      elements = elements / max(1, type.shape[2] * type.shape[3]) * region.area
    }
    return min(elements, 1 << 50) * bytesPerElement(type.dataType)
  }

  /// The most bytes live while nodes run; what comes into them is live from the start.
  private func use(
    of steps: Range<Int>, _ regions: [ValueID: ImageRegion]? = nil
  ) -> MemoryUse {
    var sizes: [ValueID: Int] = [:]
    if let first = steps.first, regions == nil {
      for step in 0..<first {
        for case let id? in facts.graph.nodes[step].outputs where lastUses[id.index] >= first {
          sizes[id] = bytes(of: id, nil)
        }
      }
    }
    var live = sizes.values.reduce(0, +)
    var most = MemoryUse(peak: live, layer: 0)
    for step in steps { run(step, regions, &sizes, &live, &most) }
    return most
  }

  private func run(
    _ step: Int, _ regions: [ValueID: ImageRegion]?, _ sizes: inout [ValueID: Int],
    _ live: inout Int, _ most: inout MemoryUse
  ) {
    let node = facts.graph.nodes[step]
    var layer = Set(facts.uses(of: node)).reduce(0) { $0 + (sizes[$1] ?? 0) }
    var uses = Set(facts.uses(of: node).filter { lastUses[$0.index] == step })
    for case let output? in node.outputs where facts.isActivation(output) {
      let size = bytes(of: output, regions)
      if let taken = overwritten(by: node, step, size, sizes, uses) {
        // The output takes over the operand's bytes; what it does not need stays until the end.
        live += max(0, size - (sizes[taken] ?? 0))
        layer += max(0, size - (sizes[taken] ?? 0))
        sizes[output] = max(size, sizes[taken] ?? 0)
        sizes[taken] = nil
        uses.remove(taken)
      } else {
        live += size
        layer += size
        sizes[output] = size
      }
    }
    most = MemoryUse(peak: max(most.peak, live), layer: max(most.layer, layer))
    for case let output? in node.outputs where lastUses[output.index] < step { uses.insert(output) }
    for use in uses {
      live -= sizes[use] ?? 0
      sizes[use] = nil
    }
    shrink(node, regions, &sizes, &live)
  }

  /// Gives back what an output in place does not need of its operand's bytes.
  private func shrink(
    _ node: Node, _ regions: [ValueID: ImageRegion]?, _ sizes: inout [ValueID: Int],
    _ live: inout Int
  ) {
    for case let output? in node.outputs {
      guard let held = sizes[output] else { continue }
      let size = bytes(of: output, regions)
      live -= held - size
      sizes[output] = size
    }
  }

  /// An operand that dies here and whose place the output takes.
  private func overwritten(
    by node: Node, _ step: Int, _ size: Int, _ sizes: [ValueID: Int], _ dying: Set<ValueID>
  ) -> ValueID? {
    let definition = facts.definitions[step]
    var candidates = definition?.overwrites ?? []
    if definition?.isIdentityAtInference ?? false { candidates.append(0) }
    if definition?.layer(facts.call(node)) == .depthwiseConvolution { candidates.append(0) }
    if let aliases = definition?.aliases { candidates += aliases.map(\.input) }
    if node.operatorName == "BatchNormalization" { candidates.append(0) }
    return candidates.lazy.compactMap { node.inputs.element(at: $0) }
      .first { dying.contains($0) && sizes[$0] ?? -1 >= 0 && size <= sizes[$0] ?? 0 }
  }
}

import ModelGraph
import Operators

/// What one step computes and moves, from which its time is estimated.
struct StepWork: Hashable {
  /// The floating-point operations: the forward pass, twice as many backwards, and what is computed
  /// again.
  var operations = 0.0

  /// The multiply-accumulates that regions computed again add.
  var recomputedMultiplyAccumulates = 0

  /// The bytes moved: each tensor that is made is written once and read once.
  var bytes = 0.0

  init(of graph: Graph, _ run: TrainingTrace, _ strategy: Strategy) {
    let facts = GraphFacts(graph)
    let work = graph.nodes.indices.map { facts.work(of: $0) }
    let forward = work.reduce(.zero, +)
    let again = strategy.recomputation.regions(in: graph).flatMap { work[$0.nodes] }
      .reduce(.zero, +)
    recomputedMultiplyAccumulates = again.multiplyAccumulates
    let batches = Double(max(1, strategy.accumulatedBatches))
    operations = batches * (3 * Double(forward.operations) + Double(again.operations))
    for event in run.trace.events[run.events(ofStep: 1)] {
      guard case .allocate(let index) = event else { continue }
      bytes += 2 * Double(run.trace.allocations[Int(index)].bytes.value)
    }
    bytes *= batches / Double(strategy.playedBatches)
  }

  /// The seconds that a device needs at least and at most.
  ///
  /// At least the longer of computing and moving, at most both one after the other: the roofline of
  /// Williams, Waterman and Patterson, 2009.
  func seconds(on device: Device, _ precision: Precision) -> ClosedRange<Double>? {
    guard let roofline = device.roofline(precision) else { return nil }
    let computing = operations / roofline.operations
    let moving = bytes / roofline.bytes
    return max(computing, moving)...(computing + moving)
  }
}

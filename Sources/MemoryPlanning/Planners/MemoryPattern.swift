/// The planner of ONNX Runtime: in time order, into the gap that wastes least.
///
/// Unlike ``InTimeOrder`` it counts the room above the last live buffer, up to the height reached so
/// far, as a gap like the others.
/// <https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/core/framework/mem_pattern_planner.h>
public struct MemoryPattern: Planner {
  /// How often a live buffer is looked at before a faster planner takes over.
  private static let maximumComparisonCount = 8_000_000

  public init() {}

  public var name: String { "ONNX Runtime's memory pattern" }

  public func place(_ buffers: [Buffer]) -> Placement {
    var offsets = [Int](repeating: 0, count: buffers.count)
    var live: [Int] = []
    var height = 0
    var comparisons = 0
    for index in buffers.indices.sorted(by: { Self.starts(buffers[$0], before: buffers[$1]) })
    where buffers[index].isPlaced {
      let step = buffers[index].lifetime.lowerBound
      live.removeAll { buffers[$0].lifetime.upperBound <= step }
      comparisons += live.count
      guard comparisons <= Self.maximumComparisonCount else {
        return SegregatedFit().place(buffers)
      }
      var placed = live.map {
        PlacedRange(offset: offsets[$0], end: end(of: buffers[$0].byteCount, at: offsets[$0]))
      }
      placed.append(PlacedRange(offset: height, end: height))
      let offset = GapChoice.best.offset(for: buffers[index].byteCount, among: placed)
      let top = live.last.map { end(of: buffers[$0].byteCount, at: offsets[$0]) } ?? 0
      offsets[index] = offset == height ? top : offset
      height = max(height, end(of: buffers[index].byteCount, at: offsets[index]))
      let position = live.firstIndex { offsets[$0] > offsets[index] } ?? live.endIndex
      live.insert(index, at: position)
    }
    return Placement(buffers: buffers, offsets: offsets, planner: name)
  }

  private static func starts(_ a: Buffer, before b: Buffer) -> Bool {
    a.lifetime.lowerBound < b.lifetime.lowerBound
  }
}

/// Places buffers in the order in which they are made.
///
/// With the smallest gap this is what ONNX Runtime's memory pattern does.
/// <https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/core/framework/mem_pattern_planner.h>
public struct InTimeOrder: OrderedPlanner {
  public var gap: GapChoice

  public init(gap: GapChoice = .first) { self.gap = gap }

  public var name: String { gap == .best ? "in time order, smallest gap" : "in time order" }

  func order(_ buffers: [Buffer], _ overlaps: Overlaps) -> [Int] {
    Array(buffers.indices).sortedDescending { -buffers[$0].lifetime.lowerBound }
  }
}

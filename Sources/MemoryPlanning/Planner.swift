/// A way to place buffers in one arena.
public protocol Planner: Sendable {
  /// The name shown to people and in the JSON report, such as `greedy by size`.
  var name: String { get }

  func place(_ buffers: [Buffer]) -> Placement
}

/// Why there is nothing to plan.
public enum PlanError: Error, Hashable, Sendable {
  /// The model tells what to store, not what to run.
  case noGraph(format: String)

  /// A file of tasks says something else than it should, at a key and perhaps an index.
  case file(path: String, key: String, index: Int?, expected: String, found: String)

  /// How fast a device computes is not known, so that extra time cannot be told.
  case unknownSpeed(device: String)

  /// Only ONNX files can be written with their nodes in another order.
  case notReorderable(format: String)

  /// The file refers to data beside it, which would not be beside a file in another folder.
  case externalData(folder: String, target: String)
}

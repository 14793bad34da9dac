import ModelGraph

extension SizeLimit {
  /// The limits that app stores publish.
  public static let catalog: [SizeLimit] = []
}

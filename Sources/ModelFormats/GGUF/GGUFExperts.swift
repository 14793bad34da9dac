import ModelGraph

extension ExpertRouting {
  /// How experts are chosen, by the metadata of a GGUF file; `nil` if it has none.
  ///
  /// Keys: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>
  init?(gguf metadata: Attributes) {
    guard let name = metadata.string("general.architecture"),
      let count = metadata.integer("\(name).expert_count"), 1...(1 << 20) ~= count,
      let used = metadata.integer("\(name).expert_used_count"), 0...count ~= used
    else { return nil }
    self.init(count: count, used: used)
  }
}

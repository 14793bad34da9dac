import ModelGraph

/// A learned number for each head and each distance, far distances together in buckets.
///
/// Raffel et al., "Exploring the Limits of Transfer Learning", 2020. <https://arxiv.org/abs/1910.10683>
struct RelativePositions: Sendable {
  var buckets: Int
  var heads: Int
  var isCausal = false

  /// What is added to the scores, `[1, heads, queries, keys]`.
  func table(
    queries: Int, keys: Int, named name: String, in graph: inout GraphBuilder
  ) -> Variable {
    graph.scoped(name) { graph in
      let numbers = Embedding(buckets, heads)(
        bucketed(queries: queries, keys: keys, in: &graph), in: &graph)
      return graph.view(graph.permute(numbers, [2, 0, 1]), [1, heads, queries, keys])
    }
  }

  /// The bucket of every pair; half of the near distances have one of their own.
  private func bucketed(queries: Int, keys: Int, in graph: inout GraphBuilder) -> Variable {
    let rows = graph.view(graph.positions(count: queries), [queries, 1])
    let distance = graph.apply("Sub", graph.positions(count: keys), rows)
    let size = graph.apply("Abs", distance)
    let ratio = graph.scale(graph.cast(size, to: .float32), by: 1 / Double(max(1, buckets / 4)))
    let far = graph.cast(
      graph.scale(graph.apply("Log", ratio), by: Double(buckets / 4)), to: .int64)
    let isNear = graph.apply("Less", size, graph.constant([max(1, buckets / 4)]))
    let bucket = graph.apply("Where", isNear, size, far)
    guard !isCausal else { return bucket }
    let isAfter = graph.cast(
      graph.apply("Greater", distance, graph.constant([0])), to: .int64)
    return graph.add(graph.scale(isAfter, by: Double(buckets / 2)), bucket)
  }
}

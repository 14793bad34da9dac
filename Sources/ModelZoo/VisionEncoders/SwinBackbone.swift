import ModelGraph

/// The maps behind some stages of Swin, each normalized.
struct SwinBackbone: FeaturePyramid {
  var swin: ConfiguredSwin

  /// The stages whose maps are given, the first one counted as one.
  var stages: [Int]

  var widths: [Int] { stages.map { swin.features << ($0 - 1) } }

  func maps(of x: Variable, in graph: inout GraphBuilder) -> [Variable] {
    let all = graph.scoped("swin") { maps(behindStagesOf: x, in: &$0) }
    return zip(stages, widths).map { stage, width in
      let map = all[stage - 1]
      let tokens = graph.view(map, [map.size(0), map.size(1) * map.size(2), width])
      let normalized = LayerNorm(width).named("hidden_states_norms.stage\(stage)")(
        tokens, in: &graph)
      return graph.contiguous(graph.map(of: normalized, Extent(map.size(1), map.size(2))))
    }
  }

  private func maps(
    behindStagesOf x: Variable, in graph: inout GraphBuilder
  ) -> [Variable] {
    var map = graph.scoped("embeddings") { swin.embed(x, in: &$0) }
    var maps: [Variable] = []
    for stage in swin.depths.indices {
      let input = map
      map = graph.scoped("encoder.layers.\(stage)") { graph in
        let behind = swin.blocks(of: stage, input, in: &graph)
        maps.append(behind)
        guard stage < swin.depths.count - 1 else { return behind }
        return graph.scoped("downsample") { swin.merge(behind, swin.features << stage, in: &$0) }
      }
    }
    let tokens = graph.view(map, [map.size(0), map.size(1) * map.size(2), swin.outputs])
    _ = LayerNorm(swin.outputs, epsilon: swin.epsilon).named("layernorm")(tokens, in: &graph)
    return maps
  }

  init(_ c: Configuration, standard: ConfiguredSwin? = nil) throws(ConfigurationError) {
    if let standard { swin = standard } else { swin = try ConfiguredSwin(c, isSecond: false) }
    let last = swin.depths.count
    let names = try c.texts("out_features") ?? []
    let indices = try c.sizes("out_indices", in: 0...64) ?? []
    let named = names.compactMap { name in (1...last).first { "stage\($0)" == name } }
    stages = named.isEmpty ? indices : named
    if standard != nil, stages.isEmpty { stages = Array(1...last) }
    if stages.isEmpty { stages = [last] }
    guard stages.allSatisfy({ 1...last ~= $0 }) else {
      throw .contradiction("\(c.path)out_features and out_indices name stages from 1 to \(last)")
    }
  }
}

import ModelGraph

/// Self-attention with several heads, as PyTorch's module runs it on `[batch, length, features]`.
///
/// The module works on `[length, batch, features]` inside. With more than one sample that takes a
/// copy on the way in, which keeps the first product from adding its bias in one go, and one on the way out.
/// <https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html>
struct MultiheadAttention: Layer {
  let features: Int
  let heads: Int

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let (batch, length) = (x.size(0), x.size(1))
    let parts = projected(x, in: &graph)
    let selected = (0..<3).map { graph.select(parts, axis: 0, index: $0) }
    let split = selected.map { part in
      let rows = graph.view(part, [length, batch * heads, features / heads])
      return graph.transpose(rows, 0, 1)
    }
    let headed = split.map { graph.view($0, [batch, heads, length, features / heads]) }
    let mixed = graph.apply("ScaledDotProductAttention", headed[0], headed[1], headed[2])
    var joined = graph.permute(mixed, [2, 0, 1, 3])
    if batch > 1 { joined = graph.contiguous(joined) }
    let rows = graph.view(joined, [length * batch, features])
    let output = Linear(features, features).named("out_proj")(rows, in: &graph)
    let result = graph.transpose(graph.view(output, [length, batch, features]), 0, 1)
    graph.fastPath { native(x, in: &$0) }
    return result
  }

  /// The one function that the module calls where nobody differentiates.
  ///
  /// Source: `native_multi_head_attention_cuda` of `ATen/native/transformers/cuda/attention.cu`, where
  /// one kernel does the attention, PyTorch 2.15.
  private func native(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let (batch, length) = (x.size(0), x.size(1))
    let weight = graph.parameter("in_proj_weight", [3 * features, features])
    let bias = graph.parameter("in_proj_bias", [3 * features])
    let packed = graph.apply("Linear", x, weight, bias)
    let headed = graph.chunk(packed, into: 3, axis: 2).map { part in
      graph.transpose(graph.view(part, [batch, length, heads, features / heads]), 1, 2)
    }
    let mixed = graph.apply("ScaledDotProductAttention", headed[0], headed[1], headed[2])
    let joined = graph.view(graph.transpose(mixed, 1, 2), [batch, length, features])
    let output = Linear(features, features).named("out_proj")(joined, in: &graph)
    for variable in [packed, mixed] { graph.hold(variable, through: output) }
    return output
  }

  /// Queries, keys and values as `[3, length, batch, features]`.
  private func projected(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let weight = graph.parameter("in_proj_weight", [3 * features, features])
    let bias = graph.parameter("in_proj_bias", [3 * features])
    let (batch, length) = (x.size(0), x.size(1))
    let packed = graph.apply("Linear", graph.transpose(x, 0, 1), weight, bias)
    let split = graph.view(packed, [length, batch, 3, features])
    return graph.reorder(split, [2, 0, 1, 3])
  }
}

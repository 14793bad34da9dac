import ModelGraph

/// A router and the experts among which it chooses for every token, their weights in one tensor.
///
/// Shazeer et al., "Outrageously Large Neural Networks", 2017. <https://arxiv.org/abs/1701.06538>
struct MixtureOfExperts: Layer {
  var features: Int
  var inner: Int
  var routing: ExpertRouting
  var router = "gate"
  var routerBias = false

  /// A number for each expert by which the choice is corrected, kept as state.
  var correction: Correction?

  /// Tensors of the router and of the whole block that are kept but not trained.
  var routerState: [StateTensor] = []
  var blockState: [StateTensor] = []
  var experts = "experts"
  var layout = Layout.outputsFirst
  var bias = false

  /// Whether two maps up are packed into one, of which one gates the other.
  var isGated = true

  /// The narrower vectors that experts read and write; `nil` where they take the features as such.
  var latent: Latent?

  /// The experts that every token goes through, and how they are weighed.
  var shared: (any Layer)?
  var sharedName = "shared_expert"
  var hasSharedGate = false

  /// The names of a correction's tensor; a parameter in few families.
  struct Correction: Sendable {
    var name: String
    var isParameter = false

    /// Whether it stands in the block and not in the router.
    var isOutside = false
    var shape: Shape
  }

  /// A map down to so many features before the experts, and one back.
  struct Latent: Sendable {
    var features: Int
    var bias: Bool
  }

  /// The order of an expert's axes.
  enum Layout: Hashable, Sendable {
    case outputsFirst, inputsFirst
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    for tensor in blockState { tensor.declare(in: &graph) }
    if let correction, correction.isOutside { declare(correction, in: &graph) }
    let rows = graph.view(x, [-1, features])
    let scores = graph.scoped(router) { graph in
      if let correction, !correction.isOutside { declare(correction, in: &graph) }
      for tensor in routerState { tensor.declare(in: &graph) }
      return Linear(features, routing.count, bias: routerBias)(rows, in: &graph)
    }
    let mixed = mix(rows, scores, in: &graph)
    guard let shared else { return graph.view(mixed, x.shape) }
    var always = graph.scoped(sharedName) { shared(rows, in: &$0) }
    if hasSharedGate {
      let gate = Linear(features, 1, bias: false).named("shared_expert_gate")(rows, in: &graph)
      always = graph.multiply(graph.apply("Sigmoid", gate), always)
    }
    return graph.view(graph.add(mixed, always), x.shape)
  }

  private func mix(
    _ rows: Variable, _ scores: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let read = latent.map {
      Linear(features, $0.features, bias: $0.bias).named("fc1_latent_proj")(rows, in: &graph)
    }
    let mixed = graph.scoped(experts) { graph in
      graph.opaque(
        "MixtureOfExperts", [read ?? rows, scores] + weights(in: &graph),
        gives: [(read ?? rows).type], layer: .experts)[0]
    }
    guard let latent else { return mixed }
    return Linear(latent.features, features, bias: latent.bias).named("fc2_latent_proj")(
      mixed, in: &graph)
  }

  private func declare(_ correction: Correction, in graph: inout GraphBuilder) {
    if correction.isParameter {
      _ = graph.parameter(correction.name, correction.shape)
    } else {
      _ = graph.state(correction.name, .float32, correction.shape)
    }
  }

  private func weights(in graph: inout GraphBuilder) -> [Variable] {
    let (count, up) = (routing.count, isGated ? 2 * inner : inner)
    let features = latent?.features ?? features
    let name = isGated ? "gate_up_proj" : "up_proj"
    let isOutputsFirst = layout == .outputsFirst
    var weights = [
      graph.parameter(name, [count] + (isOutputsFirst ? [up, features] : [features, up])),
      graph.parameter(
        "down_proj", [count] + (isOutputsFirst ? [features, inner] : [inner, features])),
    ]
    if bias {
      weights.append(graph.parameter("\(name)_bias", [count, up]))
      weights.append(graph.parameter("down_proj_bias", [count, features]))
    }
    return weights
  }
}

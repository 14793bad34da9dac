import ModelGraph
import Synchronization

/// The bodies of one control-flow node, ready to be inferred by the node's rule.
final class BodyScope: BodyInference {
  private struct Body {
    var index: Int
    var graph: SymbolicGraph

    /// What is known of the values that the body takes from the graph around it.
    var captured: [ValueID: Inferred]
  }

  private struct State {
    /// The latest inference of each body, by index.
    var latest: [Int: GraphInference] = [:]
  }

  /// What starting an inference costs, in visits.
  private static let fixedCost = 32

  private let bodies: [String: Body]
  private let session: InferenceSession
  private let label: String
  private let depth: Int
  private let state = Mutex(State())

  init(of node: Node, in outer: GraphInference) {
    session = outer.session
    depth = outer.depth + 1
    label = node.label
    var bodies: [String: Body] = [:]
    for body in node.bodies where outer.source.bodies.indices.contains(body.index) {
      let graph = outer.source.bodies[body.index]
      bodies[body.attribute] = Body(
        index: body.index, graph: graph, captured: Self.captured(by: graph, in: outer))
    }
    self.bodies = bodies
  }

  private static func captured(
    by body: SymbolicGraph, in outer: GraphInference
  ) -> [ValueID: Inferred] {
    var captured: [ValueID: Inferred] = [:]
    for (index, value) in body.values.enumerated() {
      guard case .captured(let id) = value.role else { continue }
      captured[ValueID(index)] = outer.inferred(id)
    }
    return captured
  }

  func infer(_ attribute: String, inputs: [Inferred]) throws(ShapeError) -> [Inferred] {
    guard let body = bodies[attribute] else { throw .missingAttribute(attribute) }
    guard inputs.count <= body.graph.inputs.count else {
      throw .unsupported(
        "\(attribute) takes \(body.graph.inputs.count) inputs, not \(inputs.count)")
    }
    let cost = Self.fixedCost + body.graph.values.count + body.graph.nodes.count
    guard depth <= InferenceSession.maximumDepth, session.takeBodyVisits(cost) else {
      throw .unsupported("control flow is nested or repeated too much to be followed")
    }
    var inference = GraphInference(body.graph, session: session, depth: depth)
    inference.setInputs(body.captured)
    for (id, input) in zip(body.graph.inputs, inputs) { inference.set(id, input) }
    inference.run()
    let result = inference
    state.withLock { $0.latest[body.index] = result }
    return body.graph.outputs.map { result.inferred($0) }
  }

  func note(_ code: String, _ message: String) {
    session.report(Diagnostic(.note, code, message, at: label))
  }

  /// The bodies that were inferred, by index, as in their last iteration.
  var inferredBodies: [Int: GraphInference] { state.withLock { $0.latest } }
}

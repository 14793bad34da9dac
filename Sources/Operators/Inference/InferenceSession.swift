import ModelGraph
import Synchronization

/// What all graphs of one inference share: the operators, the symbols' sizes, limits and reports.
///
/// Bodies of control flow are inferred from inside the rules of their nodes, hence a class.
final class InferenceSession: Sendable {
  /// How much work a file may cause beyond one visit to each node of the main graph.
  struct Limits {
    /// Visits to nodes and values of bodies, over all iterations.
    var bodyVisits = 1_000_000

    /// Elements of contents that are kept.
    var keptElements = 1 << 22

    /// Elements that evaluations read and write.
    var evaluatedElements = 1 << 25
  }

  private struct State {
    var sizes: [String: Int]
    var log = DiagnosticLog()
    var resized: (count: Int, first: String)?
    var opaque: [OperatorName: (count: Int, first: String)] = [:]
    var limits = Limits()
  }

  /// The largest depth of control flow inside control flow.
  static let maximumDepth = 32

  let operators: OperatorCatalog

  /// Whether sizes that the file fixed were replaced, so that declared types no longer hold.
  let isResized: Bool
  private let state: Mutex<State>

  init(operators: OperatorCatalog, sizes: [String: Int], isResized: Bool = false) {
    self.operators = operators
    self.isResized = isResized
    state = Mutex(State(sizes: sizes))
  }

  var sizes: [String: Int] { state.withLock { $0.sizes } }

  /// Sets the size of a symbol that has none.
  func setSize(_ size: Int, of symbol: String) {
    state.withLock { $0.sizes[symbol] = $0.sizes[symbol] ?? size }
  }
}

// MARK: Limits

extension InferenceSession {
  /// Takes visits to a body from what is left; tells whether there were enough.
  func takeBodyVisits(_ count: Int) -> Bool {
    state.withLock { $0.limits.bodyVisits.take(count) }
  }

  func takeKeptElements(_ count: Int) -> Bool {
    state.withLock { $0.limits.keptElements.take(count) }
  }

  func takeEvaluatedElements(_ count: Int) -> Bool {
    state.withLock { $0.limits.evaluatedElements.take(count) }
  }
}

extension Int {
  fileprivate mutating func take(_ amount: Int) -> Bool {
    guard amount <= self else { return false }
    self -= amount
    return true
  }
}

// MARK: Reports

extension InferenceSession {
  func report(_ diagnostic: Diagnostic) {
    state.withLock { $0.log.add(diagnostic) }
  }

  /// Counts a node whose operator has no declaration.
  func reportOpaque(_ node: Node) {
    state.withLock { $0.opaque[node.operatorName, default: (0, node.label)].count += 1 }
  }

  /// Counts a node whose sizes were frozen and have been corrected.
  func reportResized(_ node: Node) {
    state.withLock { $0.resized = (($0.resized?.count ?? 0) + 1, $0.resized?.first ?? node.label) }
  }

  var diagnostics: [Diagnostic] {
    state.withLock { state in
      let opaque = state.opaque.sorted { $0.key.description < $1.key.description }
      let resized = state.resized.map(Self.resizedDiagnostic)
      return opaque.map(Self.diagnostic) + [resized].compactMap(\.self) + state.log.all
    }
  }

  private static func resizedDiagnostic(_ nodes: (count: Int, first: String)) -> Diagnostic {
    Diagnostic(
      .note, "rebatched",
      "sizes written down at export were corrected for the new ones (\(nodes.count) nodes)",
      at: nodes.first)
  }

  private static func diagnostic(
    of name: OperatorName, _ uses: (count: Int, first: String)
  ) -> Diagnostic {
    let nodes = uses.count == 1 ? "one node" : "\(uses.count) nodes"
    return Diagnostic(
      .warning, "opaqueOperator",
      "operator \(name) is not known; the outputs of \(nodes) have only the types the file states",
      at: uses.first)
  }
}

extension Node {
  /// The name in reports: the node's own, or the operator's.
  var label: String { name.isEmpty ? operatorName.description : name }
}

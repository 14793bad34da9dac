import ByteFormats
import ModelGraph
import Operators

/// The graph of an export as a source of graphs: for chosen symbols it is written in our operators.
///
/// All sizes follow from the symbols, so it is put into our words when they are known, and shapes
/// that nodes are given need no arithmetic in the graph.
struct ExportedGraph: GraphSource {
  let program: ExportedProgram
  var construction: Construction?
  private let facts: Deferred<ProgramFacts>

  /// How long variables of Python hold what nodes make, which takes as long to find as all else.
  private let variables: Deferred<PythonVariables>

  /// The program in our operators for the sizes of its symbols; where it has none, whatever the batch.
  private let lowered: Latest<[String: Int], Lowered>

  private struct Lowered: Sendable {
    var lowering: ProgramLowering
    var graph: SymbolicGraph
  }

  init(_ program: ExportedProgram) {
    self.program = program
    let facts = Deferred { ProgramFacts(program) }
    self.facts = facts
    variables = Deferred { PythonVariables(facts.value.body) }
    lowered = Latest { sizes in
      var lowering = ProgramLowering(program, facts.value, sizes: sizes)
      let graph = lowering.lowered()
      return Lowered(lowering: lowering, graph: graph)
    }
  }

  /// Begins to find what is not needed at first, beside what the caller goes on with.
  func prepare() { variables.begin() }

  func bind(_ bindings: Bindings) throws(BindingError) -> BoundGraph {
    let inputs = inputGraph
    let chosen = try inputs.bind(bindings)
    let lowered = lowered.value(for: chosen.sizes)
    var bound = try lowered.graph.bind(remaining(bindings, inputs))
    lowered.lowering.hold(variables.value, in: &bound.graph)
    bound.sizes = chosen.sizes
    bound.graph.construction = construction
    bound.graph.keptSingle = lowered.lowering.keptSingle
    bound.graph.namesLayerInputs = facts.value.nodes.value.namesLayerInputs
    bound.graph.namesLayerGradients = facts.value.nodes.value.namesLayerGradients
    bound.graph.namesLayerPositions = facts.value.nodes.value.namesLayerPositions
    bound.graph.libraryBlocks = facts.value.nodes.value.libraryBlocks.outer
    bound.graph.libraryInnerBlocks = facts.value.nodes.value.libraryBlocks.inner
    bound.diagnostics =
      chosen.diagnostics + exceededRanges(chosen.sizes) + gradientNote + lowered.lowering.notes
      + bound.diagnostics
    return bound
  }

  /// The inputs alone, from which the sizes of the symbols follow.
  private var inputGraph: SymbolicGraph {
    var graph = SymbolicGraph()
    graph.assumedSizes = program.hints
    for name in program.userInputs {
      graph.inputs.append(ValueID(graph.values.count))
      graph.values.append(
        SymbolicValue(name: name, declared: program.body.tensors[name]?.declared, role: .input))
    }
    return graph
  }

  /// The choices that no symbol has taken up, so that sizes the file fixed are replaced.
  private func remaining(_ bindings: Bindings, _ inputs: SymbolicGraph) -> Bindings {
    var bindings = bindings
    bindings.sizes = [:]
    let shapes = inputs.values.compactMap { value -> AxisSizes<Dimension>? in
      guard case .tensor(_, let dimensions?)? = value.declared else { return nil }
      return dimensions
    }
    if shapes.contains(where: { $0.first?.isSymbol ?? false }) { bindings.batch = nil }
    if shapes.contains(where: { $0.count == 2 && $0[1].isSymbol }) { bindings.sequence = nil }
    return bindings
  }

  /// Warnings for sizes for which PyTorch would refuse to run the program.
  private func exceededRanges(_ sizes: [String: Int]) -> [Diagnostic] {
    sizes.sorted { $0.key < $1.key }.compactMap { symbol, size in
      guard let range = program.ranges[symbol] else { return nil }
      let (lowest, highest) = (range.lowest ?? 0, range.highest ?? .max)
      guard size < lowest || size > highest else { return nil }
      let limit = size < lowest ? "at least \(lowest)" : "at most \(highest)"
      return Diagnostic(
        .warning, "sizeOutOfRange", "the program was exported for \(limit), not \(size)",
        at: symbol)
    }
  }

  private var gradientNote: [Diagnostic] {
    guard program.hasGradients else { return [] }
    return [
      Diagnostic(
        .note, "jointGraph",
        "the graph computes the loss and the gradients: it is read as far as the loss, and `train` works the "
          + "gradients out anew; it does not tell what Python's variables hold"
      )
    ]
  }
}

extension ExportedProgram {
  /// The tensors that the caller gives.
  var userInputs: [String] {
    body.inputNames.filter { stored[$0] == nil }
  }
}

extension Dimension {
  fileprivate var isSymbol: Bool {
    guard case .symbol = self else { return false }
    return true
  }
}

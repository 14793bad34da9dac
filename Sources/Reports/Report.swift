public import MemoryAnalysis
public import ModelGraph

/// The answer to what a model takes, ready to be written in any form.
///
/// A report holds what the analyses found and computes nothing itself.
public struct Report: Hashable, Sendable {
  /// The version of the tool that made it.
  public var version: String
  public var model: ModelSummary

  /// The graph at the chosen sizes; `nil` if the file carries none.
  public var graph: GraphSummary?
  public var store: StoreAnswer?
  public var run: RunAnswer?

  /// Whether the device has what a file without a graph is known to take: activations are not counted.
  public var device: DeviceFit?

  /// What a decoder keeps of the tokens it has seen; a part of what running takes.
  public var cache: CacheFootprint?
  public var train: TrainingFootprint?
  public var plan: PlanAnswer?

  /// What to change so that it fits; `nil` if that was not asked.
  public var fit: FitAnswer?

  /// The parts that were asked for; what was asked and is missing above cannot be known.
  public var sections: Set<SectionName>
  public var details: Set<Detail>
  public var diagnostics: [Diagnostic]

  public enum SectionName: String, Hashable, Sendable {
    case store, run, train, plan, fit
  }

  /// What is long and told only on demand.
  public enum Detail: String, Hashable, Sendable {
    case layers, values, explanations, lifetimes, arena
  }

  public init(
    version: String, model: ModelSummary, graph: GraphSummary? = nil, store: StoreAnswer? = nil,
    run: RunAnswer? = nil, train: TrainingFootprint? = nil, sections: Set<SectionName>,
    details: Set<Detail> = [],
    diagnostics: [Diagnostic] = []
  ) {
    self.version = version
    self.model = model
    self.graph = graph
    self.store = store
    self.run = run
    self.train = train
    self.sections = sections
    self.details = details
    self.diagnostics = diagnostics
  }

  /// Whether the device that was asked for has what running needs.
  public var deviceFit: DeviceFit? { run?.device ?? device }

  /// The derivations of all figures.
  public var explanations: [Explanation] {
    (store?.footprint.explanations ?? []) + (run?.footprint.explanations ?? [])
      + (cache?.explanations ?? [])
      + (train?.explanations ?? [])
  }
}

/// What a model is called and which sizes were chosen for it.
public struct ModelSummary: Hashable, Sendable {
  public var name: String
  public var source: String
  public var format: String

  /// Sizes by symbol, in alphabetical order.
  public var bindings: [Binding]

  public struct Binding: Hashable, Sendable {
    public var name: String
    public var size: Int

    public init(_ name: String, _ size: Int) {
      self.name = name
      self.size = size
    }
  }

  public init(name: String, source: String, format: String, bindings: [Binding] = []) {
    self.name = name
    self.source = source
    self.format = format
    self.bindings = bindings
  }
}

/// What goes into a graph and comes out.
public struct GraphSummary: Hashable, Sendable {
  public var nodeCount: Int
  public var inputs: [NamedType]
  public var outputs: [NamedType]

  /// Every value; empty unless asked for.
  public var values: [NamedType]

  public struct NamedType: Hashable, Sendable {
    public var name: String
    public var type: ValueType

    public init(_ name: String, _ type: ValueType) {
      self.name = name
      self.type = type
    }
  }

  public init(
    nodeCount: Int, inputs: [NamedType], outputs: [NamedType], values: [NamedType] = []
  ) {
    self.nodeCount = nodeCount
    self.inputs = inputs
    self.outputs = outputs
    self.values = values
  }
}

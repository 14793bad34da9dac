import MemoryAnalysis
public import ModelGraph
public import Reports

extension MemFit {
  /// Answers what is asked of a model.
  ///
  /// - Throws: ``BindingError`` if the chosen sizes contradict the model, ``TrainingError`` if a way
  ///   to train it is not modelled.
  public static func report(on model: Model, _ request: Request) throws -> Report {
    try report(on: model, request, store: nil)
  }

  /// Answers as ``report(on:_:)`` does; what the model stores is not counted again where it is known.
  static func report(
    on model: Model, _ request: Request, store: StoreFootprint?
  ) throws -> Report {
    let bound = try model.graph?.bind(request.bindings)
    var request = request
    if bound != nil, !request.sections.isDisjoint(with: [.run, .plan]) {
      request.runtime = try request.runtime(for: model)
    }
    var report = Report(
      version: version, model: summary(of: model, bound, request.bindings),
      graph: bound.map { GraphSummary($0.graph, withValues: request.details.contains(.values)) },
      sections: request.sections, details: request.details,
      diagnostics: model.diagnostics + (bound?.diagnostics ?? []))
    if request.sections.contains(.store) {
      let footprint = store ?? StoreFootprint(of: model, graph: bound?.graph)
      report.store = StoreAnswer(footprint, request)
      if footprint.parts.active == nil { report.diagnostics.append(.unknownRouting) }
    }
    if request.sections.contains(.train), let graph = bound?.graph {
      let footprint = try train(model, graph, request)
      report.train = footprint
      report.diagnostics += footprint.diagnostics
    } else if request.sections.contains(.train) {
      let message = "a \(model.format) file without a graph tells what to store, not how to train"
      report.diagnostics.append(Diagnostic(.warning, "noGraph", message, at: "train"))
    }
    if request.sections.contains(.plan) {
      guard let graph = bound?.graph else { throw PlanError.noGraph(format: model.format) }
      report.plan = plan(graph, request)
    }
    guard request.sections.contains(.run) else { return report }
    try request.checkWeightType()
    report.cache = model.cache.map {
      CacheFootprint(
        of: $0.forSource(bound?.sizes ?? [:]), batch: max(1, request.batchSize(of: bound?.graph)),
        request.cache)
    }
    if let graph = bound?.graph {
      if request.details.contains(.arena), report.plan == nil, !graph.nodes.isEmpty {
        report.plan = plan(request.arranged(graph), request.shortlyPlanned)
      }
      let weights = report.store?.footprint ?? store ?? StoreFootprint(of: model, graph: graph)
      report.run = RunAnswer(
        graph, weights: weights, report.cache, request, runtime: request.plannedRuntime,
        offlinePlan: model.metadata.integers("OfflineMemoryAllocation"))
    } else {
      report.device = request.device.map {
        DeviceFit(
          of: store ?? StoreFootprint(of: model), nil, report.cache, weightType: request.weightType,
          on: $0)
      }
      let message = "without a graph, the \(model.format) file tells what to store, not how to run"
      report.diagnostics.append(Diagnostic(.warning, "noGraph", message, at: "run"))
    }
    return report
  }

  private static func summary(
    of model: Model, _ bound: BoundGraph?, _ bindings: Bindings
  ) -> ModelSummary {
    var sizes = bound?.sizes ?? [:]
    if let batch = bindings.batch { sizes["batch"] = sizes["batch"] ?? batch }
    if let sequence = bindings.sequence { sizes["sequence"] = sizes["sequence"] ?? sequence }
    return ModelSummary(
      name: model.name, source: model.source, format: model.format,
      bindings: sizes.sorted { $0.key < $1.key }.map { ModelSummary.Binding($0.key, $0.value) })
  }
}

extension Diagnostic {
  fileprivate static let unknownRouting = Diagnostic(
    .note, "unknownRouting",
    "there are experts, but nothing says how many a token uses; active parameters are not known",
    at: "store")
}

extension GraphSummary {
  fileprivate init(_ graph: Graph, withValues: Bool) {
    func named(_ id: ValueID) -> NamedType { NamedType(graph[id].name, graph[id].type) }
    self.init(
      nodeCount: graph.nodes.count, inputs: graph.inputs.map(named),
      outputs: graph.outputs.map(named),
      values: withValues ? graph.values.map { NamedType($0.name, $0.type) } : [])
  }
}

extension StoreAnswer {
  fileprivate init(_ footprint: StoreFootprint, _ request: MemFit.Request) {
    let bytes = footprint.tensors.bytes
    self.init(
      footprint: footprint,
      cost: request.cost.map {
        StorageBill(cost: $0, bytes: bytes, amount: $0.amount(for: bytes))
      },
      limits: request.limits.map { limit in
        let stored = footprint.file ?? bytes
        return SizeVerdict(
          limit: limit, bytes: stored, fits: limit.allows(stored),
          fittingTypes: limit.sizesThatFit(footprint).map(\.dataType))
      })
  }
}

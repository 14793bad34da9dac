import ByteFormats
import MemoryAnalysis
public import ModelGraph
public import Reports

extension MemFit {
  /// Looks for what to change so that a model fits the requested device.
  ///
  /// All figures are those of the executors that ``report(on:_:)`` asks.
  ///
  /// - Throws: ``BindingError`` if the chosen sizes contradict the model, ``TrainingError`` if a way to train it is not
  ///   modelled.
  public static func fit(_ model: Model, _ request: Request) throws -> Report {
    var request = request
    let bound = try model.graph?.bind(request.bindings)
    let goal = goal(model, bound?.graph, request)
    request.device = request.device ?? Device.named(defaultTrainingDevice)
    var bare = request
    bare.sections = goal == .run ? [.run] : []
    var report = try self.report(on: model, bare)
    report.sections = [.fit]
    (report.run, report.cache, report.device) = (nil, nil, nil)
    guard let device = request.device else { return report }
    let answer =
      goal == .train
      ? try fitTraining(model, bound?.graph, request, device)
      : try fitRunning(model, bound?.graph, request, device)
    report.fit = answer
    return report
  }

  /// What a model is for: training where there is a graph and a GPU whose kernels are known.
  private static func goal(
    _ model: Model, _ graph: Graph?, _ request: Request
  ) -> FitAnswer.Goal {
    if let goal = request.fit.goal { return goal }
    let knows = request.device.map { $0.trainingEnvironment() != nil } ?? true
    let isTrainable = graph.map { !$0.nodes.isEmpty && !$0.isQuantized } ?? false
    return knows && isTrainable ? .train : .run
  }

  private static func fitTraining(
    _ model: Model, _ graph: Graph?, _ request: Request, _ device: Device
  ) throws -> FitAnswer {
    guard let graph else { throw TrainingError.nothingToTrain }
    let base = try trainingOutcome(of: model, graph, request)
    let ladders = TrainingRemedies(request: request, graph: graph, device: device).all
    return answer(
      model, graph, request, .train, device, base, ladders, axes: [.batch]
    ) { trainingOutcome(of: model, $0, given: (request.bindings, graph)) }
  }

  /// What a way to train takes; `nil` if it is none.
  ///
  /// A graph that is bound to some sizes already serves all requests for those.
  static func trainingOutcome(
    of model: Model, _ request: Request, given bound: (sizes: Bindings, graph: Graph)
  ) -> FitOutcome? {
    if request.bindings == bound.sizes {
      return try? trainingOutcome(of: model, bound.graph, request)
    }
    guard let graph = try? model.graph?.bind(request.bindings).graph else { return nil }
    return try? trainingOutcome(of: model, graph, request)
  }

  private static func trainingOutcome(
    of model: Model, _ graph: Graph, _ request: Request
  ) throws(TrainingError) -> FitOutcome {
    let setup = try TrainingSetup(graph, request)
    let outcome = try TrainingOutcome(
      of: setup.graph, tensors: model.tensors, setup.settings, on: setup.device,
      allocator: request.training.allocator)
    return FitOutcome(outcome, on: setup.device)
  }

  private static func fitRunning(
    _ model: Model, _ graph: Graph?, _ request: Request, _ device: Device
  ) throws -> FitAnswer {
    // No change of a request changes what the file stores.
    let store = StoreFootprint(of: model, graph: graph)
    guard let base = try runOutcome(of: model, request, store) else {
      throw PlanError.noGraph(format: model.format)
    }
    let ladders = RunRemedies(
      request: request, model: model, graph: graph, store: store, device: device
    ).all
    return answer(
      model, graph, request, .run, device, base, ladders,
      axes: model.cache == nil ? [.batch] : [.batch, .context]
    ) { changed in
      if let most = model.cache?.maximumContext, changed.cache.context ?? 0 > most { return nil }
      return try? runOutcome(of: model, changed, store)
    }
  }

  /// What running takes on the requested device, as ``report(on:_:)`` says.
  private static func runOutcome(
    of model: Model, _ request: Request, _ store: StoreFootprint
  ) throws -> FitOutcome? {
    var request = request
    request.sections = [.run]
    request.details = []
    return try report(on: model, request, store: store).deviceFit.map(FitOutcome.init)
  }

  private static func answer(
    _ model: Model, _ graph: Graph?, _ request: Request, _ goal: FitAnswer.Goal, _ device: Device,
    _ base: FitOutcome, _ ladders: [RemedyLadder], axes: Set<FitAnswer.Limit.Axis>,
    evaluate: @escaping @Sendable (Request) -> FitOutcome?
  ) -> FitAnswer {
    let untried = FitSearch(model, request, goal, base: base, evaluate: evaluate)
    let sizes = SizeLimits(model, graph, request, goal, current: base, evaluate: evaluate)
    let asked = FitAnswer.Limit.Axis.allCases.filter {
      axes.contains($0) || request.fit.limits.contains($0)
    }
    var (search, limits) = concurrently(
      { untried.trying(ladders) }, { asked.compactMap { sizes.limit($0) } })
    search.tryEach(of: largest(limits, sizes, request) + largerDevices(than: device, request))
    if !base.fits { search.tryCombinations() }
    return FitAnswer(
      goal: goal, device: device, current: search.current, changes: search.changes,
      smallest: base.fits ? nil : search.smallest, best: base.fits ? nil : search.best,
      front: search.front, limits: limits, tried: search.tried)
  }

  /// The largest batch that fits, as a change.
  private static func largest(
    _ limits: [FitAnswer.Limit], _ sizes: SizeLimits, _ request: Request
  ) -> [RemedyLadder] {
    guard let size = limits.first(where: { $0.axis == .batch })?.size,
      let current = sizes.sizes[.batch], size < current, !request.fit.kept.contains(.batch)
    else { return [] }
    let share = Double(size) / Double(current)
    return [
      RemedyLadder(
        steps: [
          Remedy(.batch, "the largest batch, \(size)", concern: "another batch", samples: share) {
            $0.bindings.setBatch(size)
          }
        ], isCombinable: false)
    ]
  }

  /// Devices of the kind with more memory, up to the first that fits.
  private static func largerDevices(than device: Device, _ request: Request) -> [RemedyLadder] {
    guard !request.fit.kept.contains(.device) else { return [] }
    let larger = Device.catalog.filter {
      $0.kind == device.kind && $0.usableMemory > device.usableMemory
    }.sorted { $0.usableMemory < $1.usableMemory }
    return [
      RemedyLadder(
        steps: larger.map { other in
          Remedy(.device, "another device: \(other.title)") { $0.device = other }
        }, isCombinable: false, isOnlyListedFitting: true)
    ]
  }
}

extension FitOutcome {
  fileprivate init(_ outcome: TrainingOutcome, on device: Device) {
    self.init(
      amounts: [Amount(needed: outcome.total, available: device.usableMemory)],
      least: outcome.least, fits: outcome.fits, seconds: outcome.seconds?.upperBound,
      recomputed: outcome.recomputedMultiplyAccumulates)
  }

  init(_ footprint: TrainingFootprint) {
    self.init(
      amounts: [Amount(needed: footprint.total, available: footprint.available)],
      least: footprint.least, fits: footprint.fits,
      seconds: footprint.seconds?.upperBound, recomputed: footprint.recomputedMultiplyAccumulates)
  }

  fileprivate init(_ fit: DeviceFit) {
    let memory = Amount(needed: fit.neededMemory, available: fit.device.usableMemory)
    let flash = fit.device.flash.map {
      Amount(needed: $0 - (fit.flashHeadroom ?? .zero), available: $0)
    }
    self.init(amounts: [memory] + [flash].compactMap(\.self), fits: fit.fits)
  }
}

extension Graph {
  /// Whether weights are integers, as in a file for inference.
  fileprivate var isQuantized: Bool {
    values.contains {
      $0.role == .parameter
        && [.int8, .uint8, .int4, .uint4].contains($0.type.tensorType?.dataType)
    }
  }
}

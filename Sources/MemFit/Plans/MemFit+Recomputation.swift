public import MemoryAnalysis
public import ModelGraph
public import Reports

extension MemFit {
  /// Plans what to compute again while a model is trained as requested.
  ///
  /// With a budget, the most bytes that a step may ask for, the cheapest plan alone that keeps to it; else
  /// the whole frontier. The report has the plans too, the cheapest first.
  ///
  /// - Throws: ``BindingError`` for wrong sizes, ``TrainingError`` for what is not modelled, ``PlanError``
  ///   if there is no graph or the speed of the device is not known.
  public static func recomputation(
    on model: Model, _ request: Request, price: RecomputationPrice = .time,
    form: RegionForm? = nil, within budget: Int? = nil
  ) throws -> (report: Report, plans: [RegionPlan]) {
    var bare = request
    bare.sections = []
    var report = try self.report(on: model, bare)
    guard let graph = try model.graph?.bind(request.bindings).graph else {
      throw PlanError.noGraph(format: model.format)
    }
    let setup = try TrainingSetup(graph, request)
    guard let roofline = setup.device.roofline(setup.settings.precision) else {
      throw PlanError.unknownSpeed(device: setup.device.name)
    }
    var plans = try RegionPlan.frontier(
      of: setup.graph, tensors: model.tensors, setup.settings, roofline, price: price,
      form: form, within: budget)
    if let budget { plans = Array(plans.filter { $0.peakBytes <= budget }.prefix(1)) }
    report.sections = [.plan]
    report.plan = PlanAnswer(recomputation: plans.map(RecomputationChoice.init))
    return (report, plans)
  }
}

extension RecomputationChoice {
  /// A plan for modules.
  fileprivate init(_ plan: RegionPlan) {
    self.init(
      peakBytes: plan.peakBytes, overhead: plan.overhead,
      isOptimal: plan.regions.isEmpty,
      recompute: plan.regions.map(\.name))
    extraWork = plan.extraWork
    regions = plan.regions
  }
}

public import MemoryAnalysis
public import ModelGraph
public import Reports

/// The road from a model file to its memory, as one function for every step.
///
/// ```swift
/// let model = try MemFit.open("resnet50.onnx")
/// let report = try MemFit.report(on: model, MemFit.Request(bindings: Bindings(batch: 32)))
/// print(TextForm(width: 100).write(report))
/// ```
public enum MemFit {
  public static let version = "0.1.0"

  /// What is asked of a model.
  public struct Request: Sendable {
    public var sections: Set<Report.SectionName>
    public var details: Set<Report.Detail>
    public var bindings: Bindings

    /// The runtime that is modelled; `nil` for the one that the format is made for.
    public var runtime: Runtime?
    public var device: Device?
    public var training: TrainingRequest

    /// At which context and in which type the cache of a decoder is asked for.
    public var cache = CacheRequest()

    /// The type in which weights are kept, and that in which is computed; those of the model if `nil`.
    public var weightType: DataType?
    public var activationType: DataType?
    public var cost: StorageCost?
    public var limits: [SizeLimit]
    public var plan: PlanRequest

    /// What to look for where the model is to fit the device.
    public var fit = FitRequest()

    public init(
      sections: Set<Report.SectionName> = [.store, .run], details: Set<Report.Detail> = [],
      bindings: Bindings = Bindings(), runtime: Runtime? = nil, device: Device? = nil,
      training: TrainingRequest = TrainingRequest(),
      cost: StorageCost? = nil, limits: [SizeLimit] = [], plan: PlanRequest = PlanRequest()
    ) {
      self.sections = sections
      self.details = details
      self.bindings = bindings
      self.runtime = runtime
      self.device = device
      self.training = training
      self.cost = cost
      self.limits = limits
      self.plan = plan
    }
  }
}

public import ArgumentParser
public import MemFit

// Words of the domain that can stand on the command line, by their raw values.

extension DataType: ExpressibleByArgument {
  /// None, since the help text would be drowned by them.
  public static var allValueStrings: [String] { [] }
}

extension LayerType: ExpressibleByArgument {}
extension TrainingRequest.Framework: ExpressibleByArgument {}
extension TrainingLoss: ExpressibleByArgument {}
extension TrainingEnvironment.AttentionKind: ExpressibleByArgument {}
extension Runtime: ExpressibleByArgument {}
extension InPlaceRule: ExpressibleByArgument {}
extension RecomputationPrice: ExpressibleByArgument {}
extension RegionForm: ExpressibleByArgument {}
extension ExecutionOrderOption: ExpressibleByArgument {}
extension ByteUnits: ExpressibleByArgument {}
extension Checkpointing: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
  public var defaultValueDescription: String { description }
}
extension AllocatorRecording.Moment: ExpressibleByArgument {}
extension LowRankAdapters: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
extension DataParallelism: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
extension FitAnswer.Goal: ExpressibleByArgument {}
extension FitAnswer.Limit.Axis: ExpressibleByArgument {}

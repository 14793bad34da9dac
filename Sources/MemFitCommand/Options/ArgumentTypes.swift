public import ArgumentParser
public import MemFit

// Words of the domain that can stand on the command line, by their raw values.

/// One of a few words.
///
/// The parser's own way of telling them asks the runtime for conformances, for each type anew: a twentieth of the time
/// of a small answer.
protocol Word: ExpressibleByArgument, CaseIterable, RawRepresentable<String> {}

extension Word {
  public static var allValueStrings: [String] { allCases.map { $0.rawValue } }

  /// None, since each word says itself what it means.
  public static var allValueDescriptions: [String: String] { [:] }
}

extension DataType: ExpressibleByArgument {
  /// None, since the help text would be drowned by them.
  public static var allValueStrings: [String] { [] }
}

extension LayerType: Word {}
extension TrainingRequest.Framework: Word {}
extension TrainingLoss: Word {}
extension TrainingEnvironment.AttentionKind: Word {}
extension Runtime: Word {}
extension InPlaceRule: Word {}
extension RecomputationPrice: Word {}
extension RegionForm: Word {}
extension ExecutionOrderOption: Word {}
extension ByteUnits: Word {}
extension Checkpointing: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
  public var defaultValueDescription: String { description }
}
extension AllocatorRecording.Moment: Word {}
extension LowRankAdapters: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
extension DataParallelism: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
extension FitAnswer.Goal: Word {}
extension FitAnswer.Limit.Axis: Word {}

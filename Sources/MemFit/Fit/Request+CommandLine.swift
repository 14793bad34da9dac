import MemoryAnalysis
import ModelGraph
import Reports

/// An option of the command line with its value; a flag where that is empty.
struct CommandOption: Hashable {
  var name: String
  var value: String

  init(_ name: String, _ value: String = "") {
    self.name = name
    self.value = value
  }

  var text: String { value.isEmpty ? name : "\(name) \(value.quotedForShell)" }
}

extension MemFit.Request {
  /// The command line that asks for this of a model.
  func commandLine(_ goal: FitAnswer.Goal, of model: Model) -> String {
    (["memfit", goal.rawValue, model.source.quotedForShell] + options(goal).map(\.text)
      + fit.repeatedArguments).joined(separator: " ")
  }

  /// The options that differ from those of another request, and those that are no longer there.
  func flags(_ goal: FitAnswer.Goal, insteadOf other: MemFit.Request) -> String {
    let known = Set(other.options(goal))
    let own = options(goal)
    let names = Set(own.map(\.name))
    let gone = other.options(goal).filter { !names.contains($0.name) }
    return (own.filter { !known.contains($0) }.map(\.text) + gone.map { "without \($0.name)" })
      .joined(separator: " ")
  }

  func options(_ goal: FitAnswer.Goal) -> [CommandOption] {
    var options = bindings.options
    if let device { options.append(CommandOption("--device", device.name)) }
    return options + (goal == .train ? training.options : runOptions)
  }

  private var runOptions: [CommandOption] {
    var options: [CommandOption] = []
    if let runtime { options.append(CommandOption("--runtime", runtime.rawValue)) }
    if let context = cache.context { options.append(CommandOption("--context", "\(context)")) }
    if let type = cache.dataType { options.append(CommandOption("--kv-type", type.rawValue)) }
    if let weightType { options.append(CommandOption("--weights", weightType.rawValue)) }
    if let activationType {
      options.append(CommandOption("--activations", activationType.rawValue))
    }
    if ordersNodes { options.append(CommandOption("--order", "planned")) }
    return options
  }
}

extension Bindings {
  fileprivate var options: [CommandOption] {
    var options: [CommandOption] = []
    if let batch { options.append(CommandOption("--batch", "\(batch)")) }
    if let sequence { options.append(CommandOption("--sequence", "\(sequence)")) }
    if let image {
      let side = "\(image.height)"
      options.append(
        CommandOption("--image", image.height == image.width ? side : "\(side)x\(image.width)"))
    }
    return options
      + sizes.sorted { $0.key < $1.key }.map { CommandOption("--set", "\($0.key)=\($0.value)") }
  }
}

extension TrainingRequest {
  fileprivate var options: [CommandOption] {
    var options: [CommandOption] = []
    let standard = TrainingRequest()
    func add(_ name: String, _ value: String, unless usual: String) {
      if value != usual { options.append(CommandOption(name, value)) }
    }
    options.append(CommandOption("--optimizer", optimizer))
    add("--precision", precision, unless: standard.precision)
    add("--loss", loss?.rawValue ?? "", unless: "")
    if sumsLosses { options.append(CommandOption("--auxiliary")) }
    add("--target-length", targetLength.map { "\($0)" } ?? "", unless: "")
    add("--attention", attention.rawValue, unless: standard.attention.rawValue)
    add("--checkpointing", checkpointing.description, unless: standard.checkpointing.description)
    add("--accumulate", "\(accumulatedBatches)", unless: "1")
    options += frozen.map { CommandOption("--frozen", $0.text) }
    add("--lora", adapters?.description ?? "", unless: "")
    add("--ddp", dataParallelism?.description ?? "", unless: "")
    if keepsGradients { options.append(CommandOption("--keep-gradients")) }
    if keepsEvaluation { options.append(CommandOption("--keep-evaluation")) }
    if isChannelsLast { options.append(CommandOption("--channels-last")) }
    if isExpandable { options.append(CommandOption("--allocator", "expandable")) }
    add("--allocator-settings", allocatorSettings, unless: "")
    add("--framework", framework.rawValue, unless: standard.framework.rawValue)
    if !hasWorkspace { options.append(CommandOption("--cublas-workspace", "none")) }
    return options
  }

  private var isExpandable: Bool {
    allocator.expandableSegments && !allocatorSettings.contains("expandable_segments")
  }
}

extension String {
  /// The text as a shell reads it as one word.
  var quotedForShell: String {
    let isPlain = utf8.allSatisfy { byte in
      byte.isASCIILetterOrDigit || "-_./:=,+@%".utf8.contains(byte)
    }
    guard !isPlain || isEmpty else { return self }
    return "'" + replacing("'", with: "'\\''") + "'"
  }
}

extension UInt8 {
  fileprivate var isASCIILetterOrDigit: Bool {
    switch self {
    case 48...57, 65...90, 97...122: true
    default: false
    }
  }
}

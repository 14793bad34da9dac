import MemoryAnalysis
import ModelGraph

/// The stacks that stand for Python's in a snapshot, innermost frame first.
struct SnapshotFrames {
  private let trace: Trace
  private let model: String

  /// What each kernel runs in, such as “steady step: backward”.
  private let titles: [String]

  init(_ recording: AllocatorRecording, model: String) {
    trace = recording.trace
    self.model = model
    var titles = Array(repeating: "", count: recording.trace.steps.count)
    for phase in recording.phases {
      for entry in recording.entries[phase.entries] {
        if let step = entry.step, titles[step].isEmpty { titles[step] = phase.title }
      }
    }
    self.titles = titles
  }

  /// The stack of a step; of `nil`, that of what goes before the first.
  func stack(ofStep step: Int?) -> PickleValue {
    guard let step else { return .shared(key: 0, .list([outermost("building the model")])) }
    return .shared(key: step + 1, .list(frames(trace.steps[step], titles[step], line: step + 1)))
  }

  /// The stack in which an allocation was made.
  ///
  /// A tensor made before the first step has its own name for the innermost frame.
  func stack(ofAllocation index: Int) -> PickleValue {
    let allocation = trace.allocations[index]
    guard allocation.step == nil else { return stack(ofStep: allocation.step) }
    let made = frame(allocation.category.rawValue, in: allocation.name, line: index + 1)
    let around = Self.modules(around: allocation.name).map { frame($0, in: model, line: 0) }
    return .list([made] + around + [outermost("building the model")])
  }

  private func frames(_ step: Trace.Step, _ title: String, line: Int) -> [PickleValue] {
    let own = frame(step.operatorName.description, in: step.node, line: line)
    let around = Self.modules(around: step.node).map { frame($0, in: model, line: 0) }
    return [own] + around + [outermost(title)]
  }

  private func outermost(_ title: String) -> PickleValue { frame(title, in: model, line: 0) }

  private func frame(_ name: String, in file: String, line: Int) -> PickleValue {
    ["name": .string(name), "filename": .string(file), "line": .integer(line)]
  }

  /// The paths of the modules that a node or tensor lies in, the innermost first.
  private static func modules(around path: String) -> [String] {
    let parts = path.split(separator: ".")
    return parts.indices.dropFirst().reversed().map {
      parts[..<$0].joined(separator: ".")
    }
  }
}

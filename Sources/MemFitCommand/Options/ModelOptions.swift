import ArgumentParser
import MemFit
import Synchronization

/// The model that is asked about, at which sizes, and how the answer is written.
struct ModelOptions: ParsableArguments {
  @Argument(
    help: "A model file, or the name of a built-in architecture.",
    completion: ModelCompletion.kind)
  var model: String

  @OptionGroup(title: "Sizes") var sizes: SizeOptions
  @OptionGroup(title: "Output") var output: OutputOptions
}

extension ModelOptions {
  /// Opens the model and answers the request about it at the chosen sizes.
  func report(_ request: MemFit.Request) throws -> Report {
    try output.report(on: model, at: sizes, request)
  }
}

extension OutputOptions {
  /// Opens a model and answers the request about it at some sizes.
  func report(
    on argument: String, at sizes: SizeOptions, _ request: MemFit.Request
  ) throws -> Report {
    try withModel(argument) { model in
      var request = request
      request.details.formUnion(format.details)
      request.bindings = try sizes.bindings(for: model)
      return try MemFit.report(on: model, request)
    }
  }

  /// Opens a model and does some work on it, telling of it and of what comes from a server if it takes long.
  func withModel<Result>(
    _ argument: String, _ work: (Model) throws -> Result
  ) throws -> Result {
    let reading = Reading(argument)
    return try ProgressLine.during({ reading.text }, isQuiet: quiet) {
      let model = try MemFit.open(argument) { reading.add($0) }
      // To take a model apart, tensor by tensor, takes as long as to read some; the process ends anyway.
      _ = Unmanaged.passRetained(Kept(model))
      return try work(model)
    }
  }

  /// Does some work on a model, telling of it if it takes long.
  func progress<Result>(_ model: String, _ work: () throws -> Result) rethrows -> Result {
    try ProgressLine.during({ "memfit: reading \(model)" }, isQuiet: quiet, work)
  }
}

/// A model that is read, and how much of it came from a server, for the progress line.
private final class Reading: Sendable {
  private let argument: String
  private let fetched = Atomic(0)

  init(_ argument: String) { self.argument = argument }

  func add(_ byteCount: Int) { fetched.wrappingAdd(byteCount, ordering: .relaxed) }

  var text: String {
    let bytes = ByteCount(fetched.load(ordering: .relaxed))
    return "memfit: reading \(argument)" + (bytes == .zero ? "" : ", \(bytes) fetched")
  }
}

/// A model that stays until the process ends.
private final class Kept {
  let model: Model

  init(_ model: Model) { self.model = model }
}

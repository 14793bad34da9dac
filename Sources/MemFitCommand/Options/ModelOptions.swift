import ArgumentParser
import MemFit

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
    try progress(argument) {
      let model = try MemFit.open(argument)
      var request = request
      request.details.formUnion(format.details)
      request.bindings = try sizes.bindings(for: model)
      return try MemFit.report(on: model, request)
    }
  }

  /// Does some work on a model, telling of it if it takes long.
  func progress<Result>(_ model: String, _ work: () throws -> Result) rethrows -> Result {
    try ProgressLine.during("memfit: reading \(model)", isQuiet: quiet, work)
  }
}

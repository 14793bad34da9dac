import ArgumentParser
import MemFit

/// Files to look at a training step with other tools.
struct RecordingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write a memory snapshot for PyTorch's memory_viz.", valueName: "file"),
    completion: .file(extensions: ["pickle"]))
  var snapshot: String?

  @Option(
    help: ArgumentHelp(
      "Where the snapshot ends: after the second step, or at its peak.", valueName: "moment"))
  var snapshotAt = AllocatorRecording.Moment.end

  @Option(
    help: ArgumentHelp("Write a trace for Perfetto or chrome://tracing.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var chromeTrace: String?
}

extension RecordingOptions {
  /// Writes the files that were asked for.
  func write(_ model: Model, _ request: MemFit.Request) throws {
    if let snapshot {
      let recorded = try MemFit.recording(on: model, request, until: snapshotAt)
      try Terminal.write(recorded.snapshot.pickle, toFile: snapshot)
    }
    if let chromeTrace {
      let recorded = try MemFit.recording(on: model, request)
      try Terminal.write(Array(recorded.chromeTrace.text.utf8), toFile: chromeTrace)
    }
  }
}

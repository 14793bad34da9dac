import ArgumentParser
import MemFit

/// What runs the model, and where.
struct RunOptions: ParsableArguments {
  @Option(help: "The runtime that is modelled (default: pytorch; litert for TFLite files).")
  var runtime: Runtime?

  @Option(
    help: "A device to fit (memfit devices); exit code 1 if it does not.",
    completion: .list(Device.catalog.map(\.name)))
  var device: String?

  func chosenDevice() throws -> Device? { try device.map(MemFit.device) }
}

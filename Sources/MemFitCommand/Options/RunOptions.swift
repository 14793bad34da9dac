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

  @OptionGroup var types: RunTypeOptions

  /// The same request with what is chosen here.
  func applied(to request: MemFit.Request) throws -> MemFit.Request {
    var request = request
    request.runtime = runtime
    request.device = try chosenDevice()
    request.cache = try types.cacheRequest()
    request.weightType = types.weights
    request.activationType = types.activations
    return request
  }

  func chosenDevice() throws -> Device? { try device.map(MemFit.device) }
}

/// The types that a model runs in, and what a decoder keeps.
struct RunTypeOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The tokens of a sequence that a decoder keeps; its longest context without it.",
      valueName: "tokens"))
  var context: Int?

  @Option(
    help: ArgumentHelp(
      "The type in which a decoder keeps keys and values: fp16, bf16, fp8, q8_0, q4_0, ….",
      valueName: "type"),
    transform: DataType.init(runtimeName:))
  var kvType: DataType?

  @Option(
    help: ArgumentHelp(
      "The type in which weights are kept, as after a conversion: fp16, int8, q4_K, ….",
      valueName: "type"),
    transform: DataType.init(runtimeName:))
  var weights: DataType?

  @Option(
    help: ArgumentHelp(
      "The type to compute in, as after a conversion: fp16, bf16, int8, ….", valueName: "type"),
    transform: DataType.init(runtimeName:))
  var activations: DataType?

  func cacheRequest() throws -> CacheRequest {
    if let context, context < 1 {
      throw ValidationError("--context must be at least 1, found \(context)")
    }
    return CacheRequest(context: context, dataType: kvType)
  }
}

extension DataType {
  /// Reads a type by the names that runtimes give it.
  init(runtimeName text: String) throws(RequestError) {
    let short: [String: DataType] = [
      "fp32": .float32, "f32": .float32, "fp16": .float16, "f16": .float16, "bf16": .bfloat16,
      "fp8": .float8E4M3FN, "fp8_e4m3": .float8E4M3FN, "fp8_e5m2": .float8E5M2, "iq4_nl": .iq4_NL,
    ]
    guard let type = short[text.lowercased()] ?? DataType(rawValue: text),
      type.layout.bytes > 0
    else {
      throw .malformed(
        text: text, expected: "a type of numbers",
        example: "fp16, bf16, fp8, int8, q8_0 or q4_0")
    }
    self = type
  }
}

import ArgumentParser
import MemFit

/// What runs the model, and where.
struct RunOptions: ParsableArguments {
  @Option(
    help: "A device to fit (memfit devices); exit code 1 if it does not.",
    completion: .list(Device.catalog.map(\.name)))
  var device: String?

  @OptionGroup var settings: RunSettingOptions

  /// The same request with what is chosen here.
  func applied(to request: MemFit.Request) throws -> MemFit.Request {
    var request = try settings.applied(to: request)
    request.device = try chosenDevice()
    return request
  }

  func chosenDevice() throws -> Device? { try device.map(MemFit.device) }
}

/// How a model runs: by which runtime, in which types and order, and what a decoder keeps.
struct RunSettingOptions: ParsableArguments {
  @Option(help: "The runtime that is modelled (default: pytorch; litert for TFLite files).")
  var runtime: Runtime?

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

  @Option(
    help: "The order of the nodes: as they stand, or that with the least peak which is found.")
  var order = OrderChoice.given

  enum OrderChoice: String, Word {
    case given, planned
  }

  /// The same request with what is chosen here.
  func applied(to request: MemFit.Request) throws -> MemFit.Request {
    if let context, context < 1 {
      throw ValidationError("--context must be at least 1, found \(context)")
    }
    var request = request
    request.runtime = runtime
    request.cache = CacheRequest(context: context, dataType: kvType)
    request.weightType = weights
    request.activationType = activations
    request.ordersNodes = order == .planned
    return request
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

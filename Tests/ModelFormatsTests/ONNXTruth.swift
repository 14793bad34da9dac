import ByteFormats
import Foundation
import ModelGraph
import TestSupport
import Testing

@testable import ModelFormats

/// What the reference tools say of ONNX's own operator tests.
struct BackendTruth: Decodable {
  var cases: [Case]

  struct Case: Decodable {
    var name: String

    /// The path of the model below the folder that holds `onnx/backend`.
    var path: String
    var ops: [String: Int]
    var inputs: [Value]
    var outputs: [Value]

    /// The operator that the test is about, as far as the number of uses tells.
    var mainOperator: String { ops.count == 1 ? ops.keys.first ?? "" : "several" }
  }

  struct Value: Decodable {
    var name: String
    var actual: Kind?
  }

  struct Kind: Decodable {
    var kind: String
    var dtype: String?
    var shape: [Int]?
    var elems: [Kind]?

    /// The type in the package's words; `nil` if the truth does not tell it.
    var type: ValueType? {
      switch kind {
      case "tensor":
        guard let dtype, let shape, let dataType = DataType(onnxName: dtype) else { return nil }
        return .tensor(dataType, shape)
      case "sequence":
        let types = (elems ?? []).map(\.type)
        return types.contains(nil) ? nil : .sequence(types.compactMap(\.self))
      case "none": return .optional(nil)
      default: return nil
      }
    }
  }
}

extension DataType {
  /// Makes the type of a name as ONNX or NumPy writes it.
  init?(onnxName: String) {
    let names: [String: DataType] = [
      "float": .float32, "double": .float64, "float8e4m3fn": .float8E4M3FN,
      "float8e4m3fnuz": .float8E4M3FNUZ, "float8e5m2": .float8E5M2,
      "float8e5m2fnuz": .float8E5M2FNUZ, "float8e8m0": .float8E8M0FNU,
      "float4e2m1": .float4E2M1FN, "float6e2m3": .float6E2M3FN, "float6e3m2": .float6E3M2FN,
      "object": .string,
    ]
    let name = onnxName.lowercased()
    guard let type = names[name] ?? DataType(rawValue: name) else { return nil }
    self = type
  }
}

/// What ONNX Runtime says of every node output of an exported model.
struct ExportTruth: Decodable {
  var name: String
  var input: [[Int]]
  var nodeOutputs: [NodeOutput]

  /// The initializers by data type.
  var initializers: [String: TensorCount]

  struct NodeOutput: Decodable {
    var operatorName: String
    var name: String
    var type: TensorType?

    init(from decoder: any Decoder) throws {
      var fields = try decoder.unkeyedContainer()
      operatorName = try fields.decode(String.self)
      name = try fields.decode(String.self)
      let dataType = try fields.decode(String.self)
      let shape = try fields.decode([Int].self)
      type = DataType(onnxName: dataType).map { TensorType($0, shape) }
    }
  }
}

/// How many tensors of a data type there are, and how many elements in them.
struct TensorCount: Decodable {
  var elements: Int
  var tensors: Int
}

extension TestFiles {
  static func decode<Truth: Decodable>(_ type: Truth.Type, at path: String) throws -> Truth {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// The names of the initializers of the outermost graph.
  static func initializerNames(of path: String) throws -> Set<String> {
    let model = try ModelMessage(ProtobufMessage(MappedFile(path: path)))
    var graph = try #require(model.graph)
    var names: Set<String> = []
    while let field = try graph.next() {
      if field.number == 5 { names.insert(try TensorMessage(try field.message()).name) }
    }
    return names
  }

  /// The folder that holds `onnx/backend`, unpacked from the corpus into a temporary one.
  ///
  /// Set `MEMFIT_BACKEND` to the path of an unpacked `onnx/backend` to save the unpacking.
  static func unpackedBackend(corpus: String) throws -> String {
    if let path = ProcessInfo.processInfo.environment["MEMFIT_BACKEND"] {
      return URL(fileURLWithPath: path).appendingPathComponent("../..").standardized.path
    }
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("memfit-backend-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let tar = Process()
    tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    tar.arguments = ["tar", "-xJf", "\(corpus)/onnx/backend.tar.xz", "-C", folder.path]
    try tar.run()
    tar.waitUntilExit()
    return folder.path
  }
}

/// What went otherwise than the truth says, by operator.
struct FailureReport {
  private var reasons: [String: [String]] = [:]

  var count: Int { reasons.values.map(\.count).reduce(0, +) }

  mutating func add(_ operatorName: String, _ reason: String) {
    reasons[operatorName, default: []].append(reason)
  }

  /// The failures, the operators with most of them first.
  var description: String {
    reasons.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.map { name, reasons in
      "\(name): \(reasons.count)\n" + reasons.sorted().map { "  \($0)\n" }.joined()
    }.joined()
  }
}

import ModelGraph
import TestSupport

@testable import Operators

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One node that ONNX Runtime ran: `Tests/Fixtures/Operators/cases.json`.
struct RuntimeCase: Decodable {
  var `operator`: String
  var version: Int
  var attributes: [String: Attribute]
  var inputs: [Operand?]
  var outputs: [Operand]

  struct Attribute: Decodable {
    var integer: Int?
    var float: Double?
    var string: String?
    var integers: [Int]?
    var floats: [Double]?
    var strings: [String]?
  }

  struct Operand: Decodable {
    var type: String
    var shape: [Int]
    var integers: [Int]?
    var floats: [Double]?
  }

  static func all() throws -> [RuntimeCase] {
    let bytes = try TestFiles.bytes(of: TestFiles.fixture("Operators/cases.json"))
    return try JSONDecoder().decode([RuntimeCase].self, from: Data(bytes))
  }
}

extension RuntimeCase {
  var name: OperatorName {
    let parts = self.operator.split(separator: ":").map(String.init)
    return OperatorName(parts[parts.count - 1], domain: parts.count > 1 ? parts[0] : "")
  }

  var call: OperatorCall {
    var attributes: Attributes = [:]
    for (name, attribute) in self.attributes { attributes[name] = attribute.value }
    return OperatorCall(
      inputs.map { $0.map { .tensor($0.tensorType) } }, values: inputs.map { $0?.value },
      attributes: attributes, version: version, outputCount: outputs.count)
  }
}

extension RuntimeCase.Attribute {
  var value: AttributeValue? {
    if let integer { return .integer(integer) }
    if let float { return .float(float) }
    if let string { return .string(string) }
    if let integers { return .integers(integers) }
    if let floats { return .floats(floats) }
    return strings.map { .strings($0) }
  }
}

extension RuntimeCase.Operand {
  var tensorType: TensorType {
    let names: [String: DataType] = [
      "FLOAT": .float32, "DOUBLE": .float64, "INT8": .int8, "INT32": .int32, "INT64": .int64,
      "UINT8": .uint8, "BOOL": .bool,
    ]
    return TensorType(names[type] ?? .complex32, shape)
  }

  var value: TensorValue? {
    if let integers { return TensorValue(tensorType, .integers(integers)) }
    return floats.map { TensorValue(tensorType, .floats($0)) }
  }
}

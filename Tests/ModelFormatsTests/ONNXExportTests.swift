import ByteFormats
import Foundation
import ModelGraph
import Operators
import TestSupport
import Testing

@testable import ModelFormats

/// Exported models: the inferred type of every node output against ONNX Runtime's.
@Suite struct ONNXExportTests {
  @Test(.enabled(if: TestFiles.corpus != nil))
  func `node outputs of PyTorch's exports equal ONNX Runtime's`() throws {
    let corpus = try #require(TestFiles.corpus)
    let folder = "\(corpus)/onnx/export"
    let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/truth").sorted()
    var report = FailureReport()
    var count = 0
    #expect(files.count >= TestFiles.comparisons(26))
    for file in files {
      let truth = try TestFiles.decode(ExportTruth.self, at: "\(folder)/truth/\(file)")
      let graph = try #require(
        try ONNX.readGraph(MappedFile(path: "\(folder)/\(truth.name).onnx")).graph)
      let types = Self.types(of: graph, inputs: truth.input)
      for output in truth.nodeOutputs {
        count += 1
        let found = types[output.name]
        guard found != output.type.map(ValueType.tensor) else { continue }
        report.add(
          truth.name,
          "\(output.operatorName) \(output.name): \(output.type.map(\.description) ?? "?"),"
            + " inferred \(found.map { "\($0)" } ?? "nothing")")
      }
    }
    print("\(count) node outputs, \(report.count) differ\n\(report.description)")
    #expect(report.count == 0)
  }

  @Test(.enabled(if: TestFiles.corpus != nil))
  func `initializers of PyTorch's exports are all counted`() throws {
    let folder = try #require(TestFiles.corpus) + "/onnx/export"
    let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/truth").sorted()
    #expect(files.count >= TestFiles.comparisons(26))
    for file in files {
      let truth = try TestFiles.decode(ExportTruth.self, at: "\(folder)/truth/\(file)")
      let path = "\(folder)/\(truth.name).onnx"
      let names = try TestFiles.initializerNames(of: path)
      let tensors = try ONNX.readGraph(MappedFile(path: path)).model.tensors
        .filter { names.contains($0.name) }
      for (dataType, expected) in truth.initializers {
        let found = tensors.filter { $0.type.dataType == DataType(onnxName: dataType) }
        #expect(found.count == expected.tensors, "\(truth.name) \(dataType)")
        #expect(
          found.map(\.type.elementCount).reduce(0, +) == expected.elements,
          "\(truth.name) \(dataType)")
      }
    }
  }

  @Test(.enabled(if: TestFiles.corpus != nil))
  func `node outputs of light models equal ONNX Runtime's`() throws {
    let corpus = try #require(TestFiles.corpus)
    let truths = try TestFiles.decode(
      [String: ShippedTruth].self, at: "\(corpus)/onnx/shipped_truth.json")
    var report = FailureReport()
    var count = 0
    #expect(truths.count >= TestFiles.comparisons(9))
    for (path, truth) in truths.sorted(by: { $0.key < $1.key }) {
      let graph = try #require(try ONNX.readGraph(MappedFile(path: "\(corpus)/\(path)")).graph)
      #expect(graph.inputs.count == truth.inputs.count, "\(path)")
      let types = Self.types(of: graph, inputs: [])
      for (name, expected) in truth.ortNodeOutputs {
        count += 1
        guard types[name] != expected.type.map(ValueType.tensor) else { continue }
        report.add(path, "\(name): \(expected), inferred \(types[name].map { "\($0)" } ?? "?")")
      }
    }
    print("\(count) node outputs, \(report.count) differ\n\(report.description)")
    #expect(report.count == 0)
  }

  /// The inferred types by name, the declared ones taken away, for the sizes of the inputs.
  private static func types(
    of graph: SymbolicGraph, inputs: [[Int]]
  ) -> [String: ValueType] {
    var graph = graph
    for index in graph.values.indices where graph.values[index].role == .activation {
      graph.values[index].declared = nil
    }
    var sizes: [String: Int] = [:]
    for (input, shape) in zip(graph.inputs, inputs) {
      guard case .tensor(_, let dimensions?)? = graph.values[input.index].declared else { continue }
      for case (.symbol(let name), let size) in zip(dimensions, shape) { sizes[name] = size }
    }
    guard let bound = try? graph.bind(Bindings(sizes: sizes)) else { return [:] }
    return Dictionary(bound.graph.values.map { ($0.name, $0.type) }) { first, _ in first }
  }
}

/// What ONNX Runtime says of a model that came with a package.
private struct ShippedTruth: Decodable {
  var ortNodeOutputs: [String: Output]

  /// The inputs that are no initializers.
  var inputs: [Input]

  struct Input: Decodable {
    init(from decoder: any Decoder) throws { _ = try decoder.unkeyedContainer() }
  }

  struct Output: Decodable, CustomStringConvertible {
    var dataType: String
    var shape: [Int]

    init(from decoder: any Decoder) throws {
      var fields = try decoder.unkeyedContainer()
      dataType = try fields.decode(String.self)
      shape = try fields.decode([Int].self)
    }

    var type: TensorType? { DataType(onnxName: dataType).map { TensorType($0, shape) } }
    var description: String { "\(dataType)\(shape)" }
  }
}

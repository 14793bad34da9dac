import ByteFormats
import ModelGraph
import Operators
import TestSupport
import Testing

@testable import ModelFormats

/// Quantised models: every element that the file holds is counted, in the type it is stored in.
@Suite struct ONNXQuantizationTests {
  @Test(.enabled(if: TestFiles.corpus != nil))
  func `tensors of quantised models are those of the file`() throws {
    let corpus = try #require(TestFiles.corpus)
    let truth = try TestFiles.decode(QuantTruth.self, at: "\(corpus)/onnx/quant_truth.json")
    #expect(!truth.files.isEmpty)
    for (path, file) in truth.files {
      let (model, graph) = try ONNX.readGraph(MappedFile(path: "\(corpus)/\(path)"))
      #expect(model.diagnostics == [], "\(path)")
      // The truth counts initializers only, not the tensors of Constant nodes.
      let names = try TestFiles.initializerNames(of: "\(corpus)/\(path)")
      let initializers = model.tensors.filter { names.contains($0.name) }
      for (dataType, expected) in file.initializers {
        let type = try #require(DataType(onnxName: dataType))
        let found = initializers.filter { $0.type.dataType == type }
        #expect(found.count == expected.tensors, "\(path) \(dataType)")
        let elements = found.map(\.type.elementCount).reduce(0, +)
        #expect(elements == expected.elements, "\(path) \(dataType)")
      }
      let bound = try #require(graph).bind(Bindings())
      let unknown = bound.graph.values.filter { $0.type == .unknown }.map(\.name)
      #expect(unknown == [], "\(path)")
    }
  }

  /// The exporter had written equal biases once, which leaves 1,233,288 of 1,235,496 parameters.
  @Test(.enabled(if: TestFiles.corpus != nil))
  func `a quantised network has the parameters of the original`() throws {
    let path = try #require(TestFiles.corpus) + "/onnx/quant/squeezenet1_1.qdq_int8.onnx"
    let model = try ONNX.readGraph(MappedFile(path: path)).model
    let parameters = model.tensors.filter { $0.role == .parameter }
    #expect(parameters.map(\.type.elementCount).reduce(0, +) == 1_233_288)
  }
}

/// What the corpus says of its quantised models.
private struct QuantTruth: Decodable {
  var files: [String: File]

  struct File: Decodable {
    var initializers: [String: TensorCount]
  }
}

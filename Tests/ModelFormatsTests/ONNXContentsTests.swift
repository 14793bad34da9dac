import ByteFormats
import Foundation
import ModelGraph
import TestSupport
import Testing

@testable import ModelFormats
@testable import Operators

/// The small contents that follow from ONNX's own tests' inputs must be those that came out.
@Suite struct ONNXContentsTests {
  @Test(.enabled(if: TestFiles.corpus != nil))
  func `contents that are computed equal those of ONNX's own tests`() throws {
    let corpus = try #require(TestFiles.corpus)
    let truth = try TestFiles.decode(BackendTruth.self, at: "\(corpus)/onnx/backend_truth.json")
    let folder = try TestFiles.unpackedBackend(corpus: corpus)
    var compared = 0
    for test in truth.cases where !Self.random.contains(where: test.name.contains) {
      let path = "\(folder)/\(test.path)"
      let data =
        path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        .joined(separator: "/") + "/test_data_set_0"
      guard let graph = try? ONNX.readGraph(MappedFile(path: path)).graph else { continue }
      for (index, found) in try contents(of: graph, data).enumerated() {
        guard let found, let expected = Self.tensor(at: "\(data)/output_\(index).pb") else {
          continue
        }
        compared += 1
        #expect(
          Self.agree(found, expected), "\(test.name): \(found.contents), not \(expected.contents)")
      }
    }
    print("\(compared) outputs' contents compared")
    #expect(compared > 300)
  }

  /// Tests whose output is drawn at random.
  private static let random = ["bernoulli", "random", "training_dropout"]

  private func contents(of graph: SymbolicGraph, _ folder: String) throws -> [TensorValue?] {
    var values: [String: TensorValue] = [:]
    for (index, id) in graph.inputs.enumerated() {
      values[graph.values[id.index].name] = Self.tensor(at: "\(folder)/input_\(index).pb")
    }
    guard let inputs = try? InputBinding(of: graph, Bindings(inputs: values)) else { return [] }
    let session = InferenceSession(operators: .standard, sizes: inputs.sizes)
    var inference = GraphInference(graph, session: session)
    inference.setInputs(inputs.inputs)
    inference.run()
    return graph.outputs.map { inference.inferred($0).contents }
  }

  private static func tensor(at path: String) -> TensorValue? {
    try? ONNX.readTensor(MappedFile(path: path))
  }

  private static func agree(_ a: TensorValue, _ b: TensorValue) -> Bool {
    guard a.type == b.type else { return false }
    if let x = a.integers, let y = b.integers { return x == y }
    if let x = a.strings, let y = b.strings { return x == y }
    guard let x = a.numbers, let y = b.numbers, x.count == y.count else { return false }
    let tolerance = a.type.dataType == .float32 || a.type.dataType == .float64 ? 1e-5 : 1e-2
    return zip(x, y).allSatisfy {
      $0 == $1 || $0.isNaN && $1.isNaN || abs($0 - $1) <= tolerance * (1 + abs($1))
    }
  }
}

import ByteFormats
import Foundation
import ModelGraph
import Operators
import TestSupport
import Testing

@testable import ModelFormats

/// ONNX's own operator tests: types that follow from the inputs must equal those that came out.
@Suite struct ONNXBackendTests {
  @Test(.enabled(if: TestFiles.corpus != nil))
  func `inferred types equal those of ONNX's own tests`() throws {
    let corpus = try #require(TestFiles.corpus)
    let truth = try TestFiles.decode(
      BackendTruth.self, at: "\(corpus)/onnx/backend_truth.json")
    let folder = try TestFiles.unpackedBackend(corpus: corpus)
    var report = FailureReport()
    for test in truth.cases {
      if let reason = Self.failure(of: test, in: folder) {
        report.add(test.mainOperator, "\(test.name): \(reason)")
      }
    }
    #expect(truth.cases.count == 2024)
    #expect(report.count == 0, "\(report.description)")
  }

  /// Why the types of a case differ from the truth, first without and then with the inputs' values.
  private static func failure(of test: BackendTruth.Case, in folder: String) -> String? {
    do {
      let path = "\(folder)/\(test.path)"
      let graph = try graph(atPath: path)
      let first = Outcome(graph, try graph.bind(Bindings()), test)
      if first.differences.isEmpty { return nil }
      if first.isContradiction { return first.differences.joined(separator: "; ") }

      let bindings = bindings(of: graph, test, besides: path)
      let second = Outcome(graph, try graph.bind(bindings), test)
      return second.differences.isEmpty ? nil : second.differences.joined(separator: "; ")
    } catch {
      return "\(error)"
    }
  }

  private struct Outcome {
    var differences: [String] = []

    /// Whether a type came out, from inputs of known size, that is not the true one.
    var isContradiction = false

    init(_ graph: SymbolicGraph, _ bound: BoundGraph, _ test: BackendTruth.Case) {
      let isOpen = graph.inputs.contains {
        graph.values[$0.index].declared?.resolved([:]) == nil
      }
      for (id, output) in zip(bound.graph.outputs, test.outputs) {
        let found = bound.graph[id].type
        guard let expected = output.actual?.type, !found.agrees(with: expected) else { continue }
        let reason = bound.diagnostics.map(\.message).joined(separator: ", ")
        differences.append("\(output.name) is \(expected), inferred \(found) \(reason)")
        if !found.isPartlyUnknown, !isOpen { isContradiction = true }
      }
    }
  }

  /// The graph, the types it declares for its outputs taken away.
  private static func graph(atPath path: String) throws -> SymbolicGraph {
    var graph = try #require(try ONNX.readGraph(MappedFile(path: path)).graph)
    for output in graph.outputs where graph.values[output.index].role == .activation {
      graph.values[output.index].declared = nil
    }
    return graph
  }

  private static func bindings(
    of graph: SymbolicGraph, _ test: BackendTruth.Case, besides path: String
  ) -> Bindings {
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
    var bindings = Bindings()
    for (index, input) in test.inputs.enumerated() {
      guard let declared = graph.declaredType(ofInput: input.name),
        let file = try? MappedFile(path: "\(folder)/test_data_set_0/input_\(index).pb")
      else { continue }
      if case .tensor = declared {
        bindings.inputs[input.name] = try? ONNX.readTensor(file)
      } else {
        bindings.composites[input.name] = try? ONNX.readComposite(file, as: declared)
      }
    }
    return bindings
  }
}

extension ValueType {
  /// Whether the types are the same, an optional that is there counting as what it holds.
  fileprivate func agrees(with actual: ValueType) -> Bool {
    switch (self, actual) {
    case (.optional(nil), .optional(nil)): true
    case (.optional(let wrapped?), let actual): wrapped.agrees(with: actual)
    case (.sequence(let elements), .sequence(let actual)):
      elements.count == actual.count && zip(elements, actual).allSatisfy { $0.agrees(with: $1) }
    default: self == actual
    }
  }

  fileprivate var isPartlyUnknown: Bool {
    switch self {
    case .unknown, .sequence, .optional: true
    case .tensor: false
    }
  }
}

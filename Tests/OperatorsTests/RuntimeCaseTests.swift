import ModelGraph
import Testing

@testable import Operators

/// What ONNX Runtime made of single nodes, against the declarations.
@Suite struct RuntimeCaseTests {
  @Test func `types of outputs are those that ONNX Runtime makes`() throws {
    let cases = try RuntimeCase.all()
    #expect(cases.count > 550)
    for (index, runtime) in cases.enumerated() {
      let definition = try #require(OperatorCatalog.standard[runtime.name], "\(runtime.name)")
      let expected = runtime.outputs.map { ValueType.tensor($0.tensorType) }
      let found = Result { () throws(ShapeError) in try definition.shape(runtime.call) }
      #expect(found == .success(expected), "case \(index): \(runtime)")
    }
  }

  @Test func `small contents are those that ONNX Runtime computes`() throws {
    var checked = 0
    for runtime in try RuntimeCase.all() where runtime.outputs[0].value != nil {
      let definition = try #require(OperatorCatalog.standard[runtime.name])
      let outputs = try definition.shape(runtime.call)
      let found = try definition.evaluation?(runtime.call, outputs: outputs).first ?? nil
      let value = try #require(found, "\(runtime)")
      let expected = try #require(runtime.outputs[0].value)
      #expect(value.type == expected.type)
      #expect(isClose(value, expected), "\(runtime): found \(value.contents)")
      checked += 1
    }
    #expect(checked > 200)
  }

  private func isClose(_ a: TensorValue, _ b: TensorValue) -> Bool {
    if let x = a.integers, let y = b.integers { return x == y }
    guard let x = a.numbers, let y = b.numbers, x.count == y.count else { return false }
    return zip(x, y).allSatisfy { $0 == $1 || abs($0 - $1) <= 2e-6 * max(abs($0), abs($1)) }
  }
}

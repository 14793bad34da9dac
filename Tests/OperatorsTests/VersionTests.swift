import ModelGraph
import Testing

@testable import Operators

/// What changed its meaning from one version of the operator set to another.
@Suite struct VersionTests {
  /// The examples of `Add` in version 6.
  ///
  /// <https://onnx.ai/onnx/operators/onnx__Add.html>
  @Test(
    arguments: [
      ([], nil), ([5], nil), ([4, 5], nil), ([3, 4], 1), ([2], 0),
    ] as [(Shape, Int?)])
  func `before version 7 the second operand lies within the first`(b: Shape, axis: Int?) throws {
    var attributes: Attributes = ["broadcast": .integer(1)]
    attributes["axis"] = axis.map { .integer($0) }
    let call = OperatorCall(
      [.tensor(.float32, [2, 3, 4, 5]), .tensor(.float32, b)], attributes: attributes, version: 6)
    #expect(try OperatorDefinition.add.shape(call) == [.tensor(.float32, [2, 3, 4, 5])])
  }

  @Test func `contents of old broadcasts are aligned at the axis`() throws {
    let call = OperatorCall(
      [.tensor(.int64, [2, 3]), .tensor(.int64, [2])],
      values: [
        TensorValue(TensorType(.int64, [2, 3]), .integers([1, 2, 3, 4, 5, 6])),
        TensorValue([10, 20]),
      ],
      attributes: ["broadcast": .integer(1), "axis": .integer(0)], version: 6)
    let sum = try OperatorDefinition.add.evaluation?(call, outputs: [.tensor(.int64, [2, 3])])
    #expect(sum?.first??.integers == [11, 12, 13, 24, 25, 26])
  }

  @Test func `a misaligned old broadcast is an error`() {
    let call = OperatorCall(
      [.tensor(.float32, [2, 3]), .tensor(.float32, [3])],
      attributes: ["broadcast": .integer(1), "axis": .integer(0)], version: 6)
    #expect(throws: ShapeError.self) { try OperatorDefinition.add.shape(call) }
  }

  @Test(arguments: [(1, DataType.float32), (7, .float32), (10, .bool), (22, .bool)])
  func `the mask of dropout is boolean since version 10`(version: Int, mask: DataType) throws {
    let call = OperatorCall([.tensor(.float32, [2, 3])], version: version, outputCount: 2)
    let types = try OperatorDefinition.dropout.shape(call)
    #expect(types == [.tensor(.float32, [2, 3]), .tensor(mask, [2, 3])])
  }

  @Test func `axes of a reduction whose operand is not known are not known`() {
    let call = OperatorCall([.tensor(.float32, [2, 3]), .tensor(.int64, [1])])
    #expect(throws: ShapeError.dependsOnContents(1)) {
      try OperatorDefinition.reduceSum.shape(call)
    }
  }

  @Test(arguments: [(1, 5, [1, 5, 1]), (7, 3, [1, 3, 1]), (14, 1, [1, 1, 1])])
  func `batch normalization has as many outputs as are asked for`(
    version: Int, outputs: Int, _: [Int]
  ) throws {
    let channels = ValueType.tensor(.float32, [4])
    let call = OperatorCall(
      [.tensor(.float32, [2, 4, 3, 3]), channels, channels, channels, channels],
      version: version, outputCount: outputs)
    let types = try OperatorDefinition.batchNormalization.shape(call)
    let rest = Array(repeating: channels, count: outputs - 1)
    #expect(types == [.tensor(.float32, [2, 4, 3, 3])] + rest)
  }

  @Test func `the Fourier axis moved from an attribute to an operand`() throws {
    let signal = ValueType.tensor(.float32, [2, 10, 6, 1])
    let old = OperatorCall([signal], attributes: ["onesided": .integer(1)], version: 17)
    #expect(
      try OperatorDefinition.fourierTransform.shape(old) == [.tensor(.float32, [2, 6, 6, 2])])
    let new = OperatorCall([signal], attributes: ["onesided": .integer(1)], version: 20)
    #expect(
      try OperatorDefinition.fourierTransform.shape(new) == [.tensor(.float32, [2, 10, 4, 2])])
  }
}

import ModelGraph
import Testing

@testable import Operators

@Suite struct WindowTests {
  /// The examples of ONNX's and PyTorch's documentation.
  @Test(arguments: [
    (input: 224, kernel: 7, stride: 2, dilation: 1, before: 3, after: 3, roundsUp: false, 112),
    (112, 3, 2, 1, 1, 1, false, 56),
    (50, 3, 2, 1, 0, 0, false, 24),
    (4, 3, 2, 1, 0, 0, true, 2),
    (4, 3, 2, 1, 0, 0, false, 1),
    (2, 1, 2, 1, 0, 0, true, 1),
    (4, 2, 1, 2, 0, 0, false, 2),
    (7, 1, 1, 1, 0, 0, false, 7),
    (5, 2, 3, 1, 0, 1, true, 2),
  ])
  func `windows are counted`(
    input: Int, kernel: Int, stride: Int, dilation: Int, before: Int, after: Int, roundsUp: Bool,
    expected: Int
  ) throws {
    let found = try windowOutputSize(
      input: input, kernel: kernel, stride: stride, dilation: dilation, before: before,
      after: after, roundsUp: roundsUp)
    #expect(found == expected)
  }

  @Test func `a window larger than the padded input is an error`() {
    #expect(throws: ShapeError.self) { try windowOutputSize(input: 4, kernel: 7, stride: 1) }
    #expect(throws: ShapeError.self) { try windowOutputSize(input: 4, kernel: 2, stride: 0) }
  }

  @Test func `sizes beyond all bounds are errors, not traps`() {
    let sizes = [Int.max, .min, 1 << 40, -1, 0, 3]
    for kernel in sizes {
      for dilation in sizes {
        for pad in sizes {
          _ = try? windowOutputSize(
            input: 7, kernel: kernel, stride: 1, dilation: dilation, before: pad, after: pad,
            roundsUp: true)
        }
      }
    }
  }

  @Test func `a convolution says what does not fit`() {
    let channels = OperatorCall([
      .tensor(.float32, [1, 3, 8, 8]), .tensor(.float32, [4, 2, 3, 3]),
    ])
    #expect(
      throws: ShapeError.incompatible(
        rule: "channels do not match the weight with group 1",
        shapes: [[1, 3, 8, 8], [4, 2, 3, 3]])
    ) { try OperatorDefinition.convolution.shape(channels) }
    let large = OperatorCall([.tensor(.float32, [1, 3, 2, 2]), .tensor(.float32, [4, 3, 3, 3])])
    #expect(
      throws: ShapeError.incompatible(
        rule: "the window is larger than the padded input", shapes: [[3], [2]])
    ) { try OperatorDefinition.convolution.shape(large) }
  }
}

import ModelGraph
import Testing

@testable import Operators

@Suite struct WorkTests {
  /// PyTorch's own counter gives 8,178,368,512 operations for ResNet-50 at batch 1.
  ///
  /// `torch.utils.flop_counter.FlopCounterMode`; a multiply-accumulate is two operations.
  @Test func `resnet50 takes 4.089 billion multiply-accumulates`() throws {
    var total = try convolution(3, 64, kernel: 7, stride: 2, size: 224)
    var channels = 64
    var size = 56
    for (stage, blocks) in [3, 4, 6, 3].enumerated() {
      let width = 64 << stage
      for block in 0..<blocks {
        let stride = block == 0 && stage > 0 ? 2 : 1
        total += try convolution(channels, width, kernel: 1, stride: 1, size: size)
        total += try convolution(width, width, kernel: 3, stride: stride, size: size)
        if block == 0 {
          total += try convolution(channels, 4 * width, kernel: 1, stride: stride, size: size)
        }
        size /= stride
        total += try convolution(width, 4 * width, kernel: 1, stride: 1, size: size)
        channels = 4 * width
      }
    }
    let linear = OperatorDefinition.generalMatrixProduct
    let call = OperatorCall(
      [.tensor(.float32, [1, 2048]), .tensor(.float32, [1000, 2048]), .tensor(.float32, [1000])],
      attributes: ["transB": .integer(1)])
    total += linear.work(call, outputs: try linear.shape(call)).multiplyAccumulates
    #expect(total == 4_089_184_256)
  }

  /// The operations that PyTorch's counter gives, halved.
  @Test func `other products count as PyTorch counts them`() throws {
    let product = OperatorDefinition.matrixProduct
    #expect(try work(product, [2, 12, 128, 64], [2, 12, 64, 128]) == 2 * 12 * 128 * 64 * 128)
    #expect(try work(.transposedConvolution, [1, 64, 28, 28], [64, 32, 2, 2]) == 6_422_528)
    let attention = [Shape](repeating: [2, 12, 128, 64], count: 3)
    #expect(try work(.attention, attention[0], attention[1], attention[2]) == 50_331_648)
  }

  @Test func `work beyond all bounds saturates`() {
    let call = OperatorCall([.tensor(.float32, [1 << 47]), .tensor(.float32, [1 << 47])])
    let work = OperatorDefinition.matrixProduct.work(call, outputs: [.tensor(.float32, [1 << 47])])
    #expect(work.operations == .max)
  }

  private func work(_ definition: OperatorDefinition, _ inputs: Shape...) throws -> Int {
    let call = OperatorCall(inputs.map { .tensor(.float32, $0) })
    return definition.work(call, outputs: try definition.shape(call)).multiplyAccumulates
  }

  private func convolution(
    _ channels: Int, _ filters: Int, kernel: Int, stride: Int, size: Int
  ) throws -> Int {
    let pad = AttributeValue.integers(Array(repeating: kernel / 2, count: 4))
    let call = OperatorCall(
      [
        .tensor(.float32, [1, channels, size, size]),
        .tensor(.float32, [filters, channels, kernel, kernel]),
      ],
      attributes: ["strides": .integers([stride, stride]), "pads": pad])
    let definition = OperatorDefinition.convolution
    return definition.work(call, outputs: try definition.shape(call)).multiplyAccumulates
  }
}

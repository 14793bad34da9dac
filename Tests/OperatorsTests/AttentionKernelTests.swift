import ModelGraph
import Testing

@testable import Operators

/// The kernel of attention that PyTorch picks (`Validation/training/attention_kernels.py`): what `torch._fused_sdp_choice` of 2.15 with cuDNN 9.26 answered for tensors
/// `[2, 4, length, size]` of `bfloat16` with a gradient, on devices of compute capability 8.0, 9.0, 10.0, 10.3 and 12.0.
@Suite struct AttentionKernelTests {
  typealias Kernel = TrainingEnvironment.AttentionKind

  /// What is asked.
  struct Question: CustomTestStringConvertible, Sendable {
    var queries = 64
    var keys = 64
    var size = 64
    var valueSize: Int?
    var type = DataType.bfloat16
    var drops = false
    var isCausal = false
    var mask: Shape?
    var maskNeedsGradient = false

    /// Which of queries, keys and values have rows that do not lie together.
    var transposed: [Int] = []

    var testDescription: String { "\(self)" }
  }

  private func kernel(_ question: Question, on computeCapability: Int) -> Kernel {
    let environment = TrainingEnvironment(
      computeCapability: computeCapability, multiprocessors: 108, threadsPerMultiprocessor: 2048,
      matrixProductWorkspace: 0, fusedProductWorkspace: 0)
    let lengths = [question.queries, question.keys, question.keys]
    let sizes = [question.size, question.size, question.valueSize ?? question.size]
    var layouts = zip(lengths, sizes).map {
      TensorLayout(TensorType(question.type, [2, 4, $0, $1]))
    }
    for index in question.transposed {
      let length = lengths[index]
      layouts[index] = TensorLayout(
        layouts[index].type,
        strides: [4 * length * sizes[index], length * sizes[index], 1, length])
    }
    layouts += question.mask.map { [TensorLayout(TensorType(question.type, $0))] } ?? []
    let dispatcher = Dispatcher(
      operands: layouts,
      needingGradients: layouts.indices.map { $0 < 3 || question.maskNeedsGradient },
      environment: environment, recordsGradients: true)
    return dispatcher.attentionKernel(
      AttentionOperands(
        q: dispatcher.operand(0), k: dispatcher.operand(1), v: dispatcher.operand(2),
        mask: question.mask == nil ? nil : dispatcher.operand(3), drops: question.drops,
        isCausal: question.isCausal))
  }

  @Test(
    arguments: [
      (Question(), .flash, .cuDNN),
      (Question(drops: true), .flash, .flash),
      (Question(drops: true, isCausal: true), .flash, .flash),
      (Question(isCausal: true), .flash, .cuDNN),
      (Question(type: .float16), .flash, .cuDNN),
      (Question(type: .float16, drops: true), .flash, .flash),
      (Question(type: .float32), .efficient, .efficient),
      (Question(mask: [2, 1, 64, 64]), .efficient, .cuDNN),
      (Question(mask: [64, 64]), .efficient, .cuDNN),
      (Question(mask: [4, 64, 64]), .efficient, .efficient),
      (Question(drops: true, mask: [2, 1, 64, 64]), .efficient, .efficient),
      (Question(mask: [2, 4, 64, 64], maskNeedsGradient: true), .efficient, .efficient),
      (Question(transposed: [0]), .math, .math),
      (Question(transposed: [2]), .math, .math),
      (Question(transposed: [0, 1, 2]), .math, .math),
    ] as [(Question, Kernel, Kernel)])
  func `dropout, masks, types and layouts`(question: Question, usual: Kernel, newer: Kernel) {
    #expect([80, 120].map { kernel(question, on: $0) } == [usual, usual])
    #expect([90, 100, 103].map { kernel(question, on: $0) } == [newer, newer, newer])
  }

  @Test(
    arguments: [
      (1, 1, .flash, .flash), (1, 64, .flash, .cuDNN), (2, 3, .flash, .cuDNN),
      (64, 1, .flash, .flash), (63, 63, .flash, .cuDNN), (64, 77, .flash, .cuDNN),
    ] as [(Int, Int, Kernel, Kernel)])
  func `lengths`(queries: Int, keys: Int, usual: Kernel, newer: Kernel) {
    let question = Question(queries: queries, keys: keys)
    #expect(kernel(question, on: 80) == usual)
    #expect(kernel(question, on: 90) == newer)
  }

  @Test(
    arguments: [
      (1, 1, .flash, .flash), (1, 64, .efficient, .cuDNN), (2, 1, .efficient, .efficient),
      (2, 2, .flash, .cuDNN), (64, 1, .efficient, .efficient), (64, 128, .efficient, .cuDNN),
    ] as [(Int, Int, Kernel, Kernel)])
  func `lengths where the future is hidden`(
    queries: Int, keys: Int, usual: Kernel, newer: Kernel
  ) {
    let question = Question(queries: queries, keys: keys, isCausal: true)
    #expect(kernel(question, on: 80) == usual)
    #expect(kernel(question, on: 90) == newer)
  }

  @Test(
    arguments: [
      (8, 8, .flash, .cuDNN), (60, 60, .flash, .flash), (120, 120, .flash, .cuDNN),
      (128, 128, .flash, .cuDNN), (136, 136, .flash, .flash), (192, 192, .flash, .flash),
      (256, 256, .flash, .cuDNN), (264, 264, .efficient, .efficient),
      (64, 8, .efficient, .cuDNN), (64, 128, .efficient, .cuDNN), (64, 136, .efficient, .efficient),
      (128, 64, .efficient, .cuDNN), (192, 128, .efficient, .cuDNN),
      (192, 64, .efficient, .efficient), (256, 128, .efficient, .efficient),
    ] as [(Int, Int, Kernel, Kernel)])
  func `widths of heads`(size: Int, valueSize: Int, usual: Kernel, newer: Kernel) {
    let question = Question(size: size, valueSize: valueSize)
    #expect(kernel(question, on: 80) == usual)
    #expect(kernel(question, on: 90) == newer)
  }
}

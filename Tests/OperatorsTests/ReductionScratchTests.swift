import ModelGraph
@testable import Operators
import Testing

/// The scratch of sums against what PyTorch's kernels asked the allocator for.
@Suite struct ReductionScratchTests {
  private static let a100 = TrainingEnvironment(
    computeCapability: 80, multiprocessors: 108, threadsPerMultiprocessor: 2048,
    matrixProductWorkspace: 0)

  /// Seen in the recorded steps of VGG-16, ViT-B/16, GPT-2 and BERT on 108 multiprocessors.
  private static let seen: [(shape: Shape, axes: Set<Int>, staging: Int, semaphores: Int)] = [
    ([32, 128, 112, 112], [0, 2, 3], 2048, 512),
    ([32, 64, 224, 224], [0, 2, 3], 3328, 256),
    ([6304, 3072], [0], 113_246_208, 96),
    ([6304, 768], [0], 38_928_384, 24),
    ([4096, 30522], [0], 15_627_264, 1908),
    ([4096, 2304], [0], 75_497_472, 72),
    ([32, 1000], [0], 0, 0),
  ]

  @Test(arguments: seen) func `staging is what the kernel takes`(
    shape: Shape, axes: Set<Int>, staging: Int, semaphores: Int
  ) {
    let layout = TensorLayout(TensorType(.float32, shape))
    let scratch = ReductionScratch(layout, over: axes, on: Self.a100)
    #expect(scratch.stagingByteCount == staging)
    #expect(scratch.semaphoreByteCount == semaphores)
  }
}

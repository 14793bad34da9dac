import Foundation
import ModelGraph
import ModelZoo
import Operators
import TestSupport
import Testing

@testable import MemoryAnalysis

@Suite struct DataParallelismTests {
  private struct Truth: Decodable {
    var cases: [Case]
  }

  private struct Case: Decodable {
    var sizes: [Int]
    var halves: [Bool]
    var limits: [Int]
    var buckets: [[Int]]
  }

  @Test func `buckets hold the tensors that PyTorch's hold`() throws {
    let url = TestFiles.fixture("PyTorch/bucket_assignments.json")
    let truth = try JSONDecoder().decode(Truth.self, from: Data(TestFiles.bytes(of: url)))
    #expect(truth.cases.count == 40)
    for known in truth.cases {
      let types = zip(known.sizes, known.halves).map { size, isHalf in
        TensorType(isHalf ? .bfloat16 : .float32, [size])
      }
      let ours = GradientBuckets.assignment(of: types, limits: known.limits, isSorted: true)
      #expect(ours == known.buckets)
    }
  }

  @Test func `what is spelled is what is read`() {
    for text in ["1", "8", "8:views", "4:views,bucket=50,unused,no-buffers"] {
      #expect(DataParallelism(text)?.description == text)
    }
    for text in ["", "0", "-1", "8:", "8:view", "8:bucket=0", "8:views,", "99999999999999999999"] {
      #expect(DataParallelism(text) == nil)
    }
  }

  /// Source: `Validation/training/torchvision_truth.json`, PyTorch 2.15 on stand-in CUDA libraries.
  @Test func `Inception trains with its auxiliary classifier`() throws {
    let model = try #require(ModelZoo.model(named: "inception_v3"))
    let graph = try #require(model.graph).bind(Bindings(batch: 8)).graph
    let environment = TrainingEnvironment(
      computeCapability: 80, multiprocessors: 108, threadsPerMultiprocessor: 2048,
      matrixProductWorkspace: 8_519_680)
    let settings = TrainingSettings(optimizer: .sgd, environment: environment)
    let ours = try TrainingMeasurement(
      EagerTraining(settings).trace(of: graph, tensors: model.tensors))
    #expect(ours.savedActivations == 777_915_400)
    #expect(ours.steady.requested == 922_146_824)
    #expect(ours.steady.allocated == 939_301_888)
    #expect(ours.steady.reserved == 1_149_239_296)
  }
}

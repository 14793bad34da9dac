public import ModelGraph

/// The scratch that a reduction kernel takes to share one sum among several blocks.
///
/// When too few outputs would leave multiprocessors idle, several blocks work at one output and meet
/// in a staging buffer; a semaphore for each column of blocks says who is last.
/// Source: `setReduceConfig` of `ATen/native/cuda/Reduce.cuh`, PyTorch 2.15; checked against the
/// binary.
struct ReductionScratch {
  private(set) var stagingByteCount = 0
  private(set) var semaphoreByteCount = 0

  private static let warp = 32
  private static let maximumThreads = 512
  private static let vectorSize = 4

  /// Finds the scratch of a sum over axes.
  init(_ layout: TensorLayout, over axes: Set<Int>, on device: TrainingEnvironment) {
    let problem = Problem(layout, axes)
    guard problem.outputs > 0, problem.inputs > 0 else { return }
    var outputVector = 1
    var isInputVectorized = false
    var (d0, d1) =
      problem.reducesFastest
      ? (problem.inputs, problem.outputs) : (problem.outputs, problem.inputs)
    if problem.fastestStride == 1 {
      if problem.reducesFastest {
        isInputVectorized = d0 > 128 && problem.axisCount == 1
        if isInputVectorized { d0 /= Self.vectorSize }
      } else {
        outputVector = problem.outputVector(atMost: Self.vectorSize)
        d0 /= outputVector
      }
    }
    let threads = Self.maximumThreads / outputVector
    let (p0, p1) = (min(d0, threads).floorPowerOfTwo, min(d1, threads).floorPowerOfTwo)
    var width = min(p0, Self.warp)
    let height = min(p1, threads / width)
    width = min(p0, threads / height)

    var (stepInput, stepOutput) = problem.reducesFastest ? (width, 1) : (1, width)
    let splitsAcrossWarps =
      problem.inputs.dividedRoundingUp(by: stepInput) >= min(height * 16, 256)
    if splitsAcrossWarps { stepInput *= height } else { stepOutput *= height }
    let values = problem.inputs.dividedRoundingUp(by: stepInput)
    let grid = (problem.outputs / outputVector).dividedRoundingUp(by: stepOutput)
    let target =
      device.multiprocessors * (device.threadsPerMultiprocessor / max(1, width * height))
    guard splitsAcrossWarps, values >= 256, grid > 0, grid <= target else { return }

    let blocks = min(
      max(target.dividedRoundingUp(by: grid), values.dividedRoundingUp(by: 256)),
      values.dividedRoundingUp(by: 16))
    guard blocks > 1 else { return }
    let accumulator =
      [.float64, .int64].contains(layout.dataType) ? 8 : layout.dataType == .bool ? 1 : 4
    stagingByteCount = saturatingProduct(accumulator, problem.outputs, blocks)
    if !problem.reducesFastest {
      stagingByteCount = saturatingProduct(stagingByteCount, width, outputVector)
    }
    semaphoreByteCount = 4 * grid
  }
}

extension TrainingEnvironment {
  /// The scratch that the sum, or the norm, along some axes of a dense tensor takes, in bytes.
  public func reductionScratch(of type: TensorType, over axes: Set<Int>) -> [Int] {
    let scratch = ReductionScratch(TensorLayout(type), over: axes, on: self)
    return [scratch.stagingByteCount, scratch.semaphoreByteCount].filter { $0 > 0 }
  }

  /// The scratch that the sum, or the norm, of all elements of a tensor takes, in bytes.
  public func reductionScratch(ofAll type: TensorType) -> [Int] {
    let layout = TensorLayout(TensorType(type.dataType, [type.elementCount]))
    let scratch = ReductionScratch(layout, over: [0], on: self)
    return [scratch.stagingByteCount, scratch.semaphoreByteCount].filter { $0 > 0 }
  }
}

/// A reduction with its axes merged and sorted as `TensorIterator` does.
private struct Problem {
  let inputs: Int
  let outputs: Int
  let axisCount: Int
  let reducesFastest: Bool
  let fastestStride: Int
  private let reduced: [Axis]
  private let kept: [Axis]

  private struct Axis {
    var size: Int
    var stride: Int
  }

  init(_ layout: TensorLayout, _ axes: Set<Int>) {
    let all = layout.shape.indices.filter { layout.shape[$0] != 1 }
    func merged(_ indices: [Int]) -> [Axis] {
      let sorted = indices.map { Axis(size: layout.shape[$0], stride: layout.strides[$0]) }
        .sorted { $0.stride < $1.stride }
      return sorted.reduce(into: []) { merged, axis in
        if let last = merged.last, saturatingProduct(last.size, last.stride) == axis.stride {
          merged[merged.count - 1].size *= axis.size
        } else {
          merged.append(axis)
        }
      }
    }
    reduced = merged(all.filter(axes.contains))
    kept = merged(all.filter { !axes.contains($0) })
    inputs = reduced.map(\.size).elementCount
    outputs = kept.map(\.size).elementCount
    axisCount = reduced.count + kept.count
    let (first, other) = (reduced.first?.stride, kept.first?.stride)
    reducesFastest = kept.isEmpty || (first ?? .max) < (other ?? .max)
    fastestStride = (reducesFastest ? first : other) ?? 1
  }

  /// How many outputs one thread computes: they must divide the size and every other stride.
  func outputVector(atMost maximum: Int) -> Int {
    var size = maximum
    func divides(_ number: Int) -> Bool { number % size == 0 }
    while size > 1 {
      let others = reduced + kept.dropFirst()
      if divides(kept.first?.size ?? 1), others.allSatisfy({ divides($0.stride) }) { break }
      size /= 2
    }
    return size
  }
}

extension Int {
  /// The largest power of two that is not above; 1 for what is not positive.
  var floorPowerOfTwo: Int {
    self < 1 ? 1 : 1 << (Int.bitWidth - 1 - leadingZeroBitCount)
  }
}

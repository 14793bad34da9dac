import ModelGraph
import ModelZoo
import Testing

@testable import MemoryAnalysis

/// The figures of MCUNetV2 for MobileNetV2 (<https://arxiv.org/abs/2110.15352>), which follow from shapes.
@Suite struct PatchPlannerTests {
  @Test func `MobileNetV2 in int8 goes from 1372 to 196 kilobytes`() throws {
    let model = try #require(ModelZoo.model(named: "mobilenet_v2"))
    let graph = try #require(try model.graph?.bind(Bindings()).graph)
    let plans = PatchPlanner(graph, elementBytes: 1).plans()
    let whole = try #require(plans.first)
    #expect(whole.peakBytes == 112 * 112 * (16 + 96))
    #expect(whole.extraMACs == 0)
    #expect(whole.layerPeakBytes == 112 * 112 * (16 + 96))
    // What runs in one piece after the patches: the paper's 172 kB, and what a skip connection holds.
    let small = try #require(plans.first { $0.peakBytes == 28 * 28 * (32 + 192 + 32) })
    #expect(small.lastNode.hasPrefix("features.4"))
    #expect(small.extraMACs > 0)
    #expect(zip(plans, plans.dropFirst()).allSatisfy { $0.peakBytes > $1.peakBytes })
    #expect(zip(plans, plans.dropFirst()).allSatisfy { $0.extraMACs < $1.extraMACs })
  }

  @Test func `a window of three with a step of two needs a row more than twice as many`() throws {
    let node = Node(
      "Conv",
      attributes: [
        "kernel_shape": .integers([3, 3]), "strides": .integers([2, 2]),
        "pads": .integers([1, 1, 1, 1]),
      ])
    let window = try #require(SlidingWindow(node, weight: nil))
    let region = ImageRegion(rows: 0..<4, columns: 4..<8)
    let operand = window.operandRegion(of: region, in: [16, 16])
    #expect(operand == ImageRegion(rows: 0..<8, columns: 7..<16))
  }

  @Test func `patches of one layer add the work of their borders`() throws {
    var maker = GraphMaker()
    let x = maker.input("x", [1, 1, 8, 8])
    let wide = maker.node(
      "Conv", x, maker.parameter("w", [16, 1, 3, 3]), gives: "wide", [1, 16, 8, 8],
      attributes: ["kernel_shape": .integers([3, 3]), "pads": .integers([1, 1, 1, 1])])
    let narrow = maker.node(
      "Conv", wide, maker.parameter("v", [1, 16, 3, 3]), gives: "narrow", [1, 1, 4, 4],
      attributes: [
        "kernel_shape": .integers([3, 3]), "pads": .integers([1, 1, 1, 1]),
        "strides": .integers([2, 2]),
      ])
    let y = maker.node("GlobalAveragePool", narrow, gives: "y", [1, 1, 1, 1])
    let plans = PatchPlanner(maker.finished(y), elementBytes: 1).plans()
    #expect(plans.first?.peakBytes == 16 * 64 + 16)
    let halves = try #require(plans.first { $0.patches == 2 })
    // The first layer's patches are 4 and 5 rows high: 81 of 64 places.
    #expect(halves.extraMACs == (81 - 64) * 16 * 9)
    #expect(halves.patchPeakBytes == 16 * 25 + 16)
  }
}

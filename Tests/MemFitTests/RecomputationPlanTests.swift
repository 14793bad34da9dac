import Testing

@testable import MemFit

@Suite struct RecomputationPlanTests {
  private func plans(
    _ name: String, batch: Int, image: Int, within budget: Int? = nil
  ) throws -> [RegionPlan] {
    let model = try MemFit.open(name)
    let size = Bindings.ImageSize(height: image, width: image)
    let request = MemFit.Request(bindings: Bindings(batch: batch, image: size))
    return try MemFit.recomputation(on: model, request, within: budget).plans
  }

  @Test func `peaks fall and times rise along the frontier, as the executor has it`() throws {
    let plans = try plans("resnet18", batch: 256, image: 64)
    #expect(plans.count >= 3)
    #expect(plans.first?.regions.isEmpty == true)
    #expect(zip(plans, plans.dropFirst()).allSatisfy { $0.peakBytes > $1.peakBytes })
    #expect(zip(plans, plans.dropFirst()).allSatisfy { $0.overhead < $1.overhead })
    // One forward pass again at most: a third of a step whose backward pass is twice as long.
    #expect(plans.allSatisfy { $0.overhead <= 1.0 / 3 + 1e-9 })
    for plan in plans {
      let ends = zip(plan.regions, plan.regions.dropFirst())
      #expect(ends.allSatisfy { $0.nodes.upperBound <= $1.nodes.lowerBound })
    }
  }

  @Test func `a plan for a budget keeps to it, and is written as code`() throws {
    let all = try plans("vgg11", batch: 1024, image: 64)
    let least = try #require(all.last)
    let most = try #require(all.first)
    let budget = (least.peakBytes + most.peakBytes) / 2
    let plan = try #require(try plans("vgg11", batch: 1024, image: 64, within: budget).first)
    #expect(plan.peakBytes <= budget)
    let code = CheckpointCode(plan, model: "vgg11").text
    #expect(code.contains("from torch.utils.checkpoint import ("))
    for region in plan.regions {
      let paths = region.modules.map { "\"\($0)\"" }.joined(separator: ", ")
      #expect(code.contains("    ([\(paths)], {"))
    }
    #expect(try plans("vgg11", batch: 1024, image: 64, within: 1).isEmpty)
  }
}

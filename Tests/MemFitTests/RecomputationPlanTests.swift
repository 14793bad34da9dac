import Testing

@testable import MemFit
@testable import MemoryAnalysis

@Suite struct RecomputationPlanTests {
  private func plans(
    _ name: String, batch: Int, image: Int, form: RegionForm? = nil, within budget: Int? = nil
  ) throws -> [RegionPlan] {
    let model = try MemFit.open(name)
    let size = Bindings.ImageSize(height: image, width: image)
    let request = MemFit.Request(bindings: Bindings(batch: batch, image: size))
    return try MemFit.recomputation(on: model, request, form: form, within: budget).plans
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

  @Test(arguments: RegionForm.allCases)
  func `a plan for a budget keeps to it, and is written as code`(_ form: RegionForm) throws {
    let all = try plans("vgg11", batch: 1024, image: 64, form: form)
    let least = try #require(all.last)
    let most = try #require(all.first)
    let budget = (least.peakBytes + most.peakBytes) / 2
    let within = try plans("vgg11", batch: 1024, image: 64, form: form, within: budget)
    let plan = try #require(within.first)
    #expect(plan.peakBytes <= budget)
    let code = CheckpointCode(plan, model: "vgg11").text
    #expect(code.contains("from torch.utils.checkpoint import ("))
    #expect(!plan.regions.isEmpty)
    for region in plan.regions { #expect(code.contains("    (\(words(region.place)), {")) }
    #expect(try plans("vgg11", batch: 1024, image: 64, form: form, within: 1).isEmpty)
  }

  private func words(_ place: PlannedRegion.Place) -> String {
    switch place {
    case .modules(let paths): "[\(paths.map { "\"\($0)\"" }.joined(separator: ", "))]"
    case .calls(let first, let next, _): "\(words(first)), \(next.map(words) ?? "None")"
    }
  }

  private func words(_ place: CallPlace) -> String {
    switch place {
    case .before(let path): "\"\(path)\""
    case .after(let path): "After(\"\(path)\")"
    }
  }

  @Test func `the second step alone is what two steps in a row end with`() throws {
    let model = try MemFit.open("squeezenet1_1")
    let bound = try #require(model.graph).bind(Bindings(batch: 2))
    for optimizer in ["adam", "sgd:momentum", "adafactor"] {
      var training = TrainingRequest()
      training.optimizer = optimizer
      let setup = try TrainingSetup(bound.graph, MemFit.Request(training: training))
      var settings = setup.settings
      settings.strategy.recomputation = Recomputation([.init(nodes: 3..<9, name: "part")])
      let steady = SteadyTraining(setup.settings, graph: setup.graph, tensors: model.tensors)
      let both = EagerTraining(settings).trace(of: setup.graph, tensors: model.tensors)
      #expect(steady.trace(settings.strategy.recomputation).steadyPeak == both.steadyPeak)
    }
  }

  @Test func `ReLU6 keeps its result, and the code says so`() throws {
    let plan = try #require(try plans("mobilenet_v2", batch: 4, image: 64).last)
    #expect(plan.bounded.count == 35)
    let code = CheckpointCode(plan, model: "mobilenet_v2").text
    for path in plan.bounded { #expect(code.contains("    \"\(path)\",\n")) }
  }
}

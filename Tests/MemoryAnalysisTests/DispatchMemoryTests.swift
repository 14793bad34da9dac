import ModelGraph
import ModelZoo
import Operators
import Testing

@testable import MemoryAnalysis

/// What one call dispatched is taken for another only if that finds the same.
@Suite struct DispatchMemoryTests {
  private static let layout = TensorLayout(TensorType(.float32, [2, 3, 4, 4]))

  private static let question = DispatchQuestion(
    operands: [layout, layout], needsGradients: [true, false], parameters: [1], casts: [:],
    autocast: nil, writtenBase: nil)

  private static func changed(_ change: (inout DispatchQuestion) -> Void) -> DispatchQuestion {
    var question = question
    change(&question)
    return question
  }

  @Test(arguments: [
    changed { $0.operands[1] = TensorLayout(channelsLast: layout.type) },
    changed { $0.operands[1] = TensorLayout(TensorType(.float16, layout.shape)) },
    changed { $0.operands.removeLast() }, changed { $0.needsGradients = [true, true] },
    changed { $0.parameters = [] }, changed { $0.casts = [0: 1] },
    changed { $0.autocast = .bfloat16 }, changed { $0.writtenBase = layout },
  ])
  func `a call that finds something else is worked out anew`(other: DispatchQuestion) {
    var memory = DispatchMemory()
    let answer = Dispatched(moves: [.begin(kernel: "relu")], made: [])
    _ = memory.keep(answer, Self.question, 3)
    #expect(memory.dispatched(3, Self.question)?.kernels == ["relu"])
    #expect(memory.dispatched(3, other) == nil)
    #expect(memory.dispatched(2, Self.question) == nil)
    #expect(memory.dispatched(4, Self.question) == nil)
    #expect(memory.dispatched(nil, Self.question) == nil)
    _ = memory.keep(Dispatched(moves: [.begin(kernel: "gelu")], made: []), other, 3)
    #expect(memory.dispatched(3, other)?.kernels == ["gelu"])
    #expect(memory.dispatched(3, Self.question) == nil)
  }

  @Test(arguments: ["resnet18", "vit_b_16", "gpt2"])
  func `nodes of one number are the same call`(name: String) throws {
    let model = try #require(ModelZoo.model(named: name))
    let graph = try #require(try model.graph?.bind(Bindings(batch: 2)).graph)
    let facts = GraphFacts(graph)
    let repeated = RepeatedCalls(facts, graph.nodes.map { facts.call($0) })
    var firsts: [Int: Node] = [:]
    var count = 0
    for (step, node) in graph.nodes.enumerated() {
      guard let number = repeated[step] else { continue }
      count += 1
      let first = firsts[number] ?? node
      firsts[number] = first
      #expect(node.operatorName == first.operatorName && node.attributes == first.attributes)
      func types(_ ids: [ValueID?]) -> [ValueType?] { ids.map { $0.map { graph[$0].type } } }
      #expect(types(node.inputs) == types(first.inputs))
      #expect(types(node.outputs) == types(first.outputs))
    }
    // Deep networks repeat themselves.
    #expect(count > graph.nodes.count / 2)
  }
}

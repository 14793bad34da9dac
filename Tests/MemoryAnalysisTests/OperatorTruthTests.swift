import Foundation
import ModelGraph
import TestSupport
import Testing

@testable import MemoryAnalysis
@testable import Operators

/// Single operators against what PyTorch's allocator saw of them, allocation by allocation, forwards and
/// backwards.
///
/// Made by `Validation/training/measure_operators.py`.
@Suite struct OperatorTruthTests {
  private struct Truth: Decodable {
    var cases: [Case]
  }

  private struct Case: Decodable, CustomStringConvertible {
    var name: String
    var `operator`: String
    var shapes: [[Int]]
    var types: [String]?
    var integers: [[Int]]?
    var attributes: [String: Number]
    var precision: String
    var attention: String?
    var saved: Int
    var events: [Int]

    var description: String { "\(name), \(precision)" }
  }

  /// An attribute's value.
  private enum Number: Decodable {
    case value(AttributeValue)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Int.self) {
        self = .value(.integer(number))
      } else if let number = try? container.decode(Double.self) {
        self = .value(.float(number))
      } else {
        self = .value(.integers(try container.decode([Int].self)))
      }
    }
  }

  @Test func `an operator takes what PyTorch's takes, forwards and backwards`() throws {
    let url = TestFiles.fixture("PyTorch/operators.json")
    let truth = try JSONDecoder().decode(Truth.self, from: Data(TestFiles.bytes(of: url)))
    for one in truth.cases {
      let ours = try events(of: one)
      #expect(Self.sorted(ours.events) == Self.sorted(one.events), "\(one)")
      #expect(ours.saved == one.saved, "\(one): saved")
    }
    #expect(truth.cases.count == 74)
  }

  private func events(of one: Case) throws -> (events: [Int], saved: Int) {
    let graph = try graph(of: one)
    var environment = OptimizerTruthTests.environment
    environment.attention = one.attention.flatMap { .init(rawValue: $0) } ?? .automatic
    let isAutocast = one.precision.hasPrefix("amp")
    let settings = TrainingSettings(
      optimizer: .none, environment: environment, precision: isAutocast ? .autocastBF16 : .fp32)
    var session = TrainingSession(graph, settings)
    session.build([])
    session.makeLeaves()
    let start = session.machine.ledger.trace.events.count
    session.runNodes()
    session.machine.endAutocast()
    let saved = session.savedBytes.value
    let middle = session.machine.ledger.trace.events.count
    let output = try #require(session.values[graph.outputs[0].index])
    let seed = LiveTensor(
      storage: session.machine.ledger.make(1, .input, named: "seed"),
      layout: output.layout.densified())
    let edge = try #require(output.edge, "\(one)")
    AutogradEngine.run(from: [.init(edge: edge, seed: seed)], in: &session)
    return (numbered(session.machine.ledger.trace, from: start, middle: middle), saved)
  }

  /// What is freed between two allocations, in one order: it makes no difference to an allocator.
  private static func sorted(_ events: [Int]) -> [Int] {
    events.split(omittingEmptySubsequences: false) { $0 >= 0 }.map { $0.sorted() }
      .joined(separator: [0]).map(\.self) + events.filter { $0 >= 0 }
  }

  /// The events in the words of the truth: what was there before and the seed do not count.
  private func numbered(_ trace: Trace, from start: Int, middle: Int) -> [Int] {
    var numbers: [Int32: Int] = [:]
    var made: [Int] = []
    for (position, event) in trace.events.enumerated().dropFirst(start) {
      if position == middle { made.append(0) }
      switch event {
      case .allocate(let index) where trace.allocations[Int(index)].name != "seed":
        numbers[index] = numbers.count + 1
        made.append(trace.allocations[Int(index)].bytes.value)
      case .free(let index): if let number = numbers[index] { made.append(-number) }
      default: break
      }
    }
    return made
  }

  private func graph(of one: Case) throws -> Graph {
    var graph = Graph()
    let plain: DataType =
      switch one.precision {
      case "bf16", "amp-bf16": .bfloat16
      case "fp16": .float16
      default: .float32
      }
    func add(_ name: String, _ type: TensorType, _ role: ValueRole) -> ValueID {
      graph.values.append(Value(name: name, type: .tensor(type), role: role))
      return ValueID(graph.values.count - 1)
    }
    var operands: [ValueID?] = []
    for (index, shape) in one.shapes.enumerated() {
      let type: DataType = one.types?[index] == "float32" ? .float32 : plain
      operands.append(add("x\(index)", TensorType(type, shape), .parameter))
    }
    for (index, shape) in (one.integers ?? []).enumerated() {
      operands.append(add("i\(index)", TensorType(.int64, shape), .input))
    }
    graph.inputs = operands.compactMap(\.self).filter { graph[$0].role == .input }
    var attributes = Attributes()
    for (name, number) in one.attributes {
      if case .value(let value) = number { attributes[name] = value }
    }
    let definition = try #require(
      OperatorCatalog.standard[OperatorName(one.operator)], "\(one.operator)")
    let call = OperatorCall(
      operands.map { $0.map { graph[$0].type } }, attributes: attributes)
    let type = try #require(try definition.shape(call).first?.tensorType)
    let output = add("y", type, .activation)
    var node = Node(OperatorName(one.operator), name: "y", inputs: operands, attributes: attributes)
    node.outputs = [output]
    graph.nodes = [node]
    graph.outputs = [output]
    return graph
  }
}

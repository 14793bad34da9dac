import ModelGraph
import Testing

@testable import Operators

@Suite struct ControlFlowTests {
  /// A branch that joins a number of copies of a captured value.
  private static func copies(_ count: Int, of outer: ValueID) -> GraphSketch {
    var body = GraphSketch()
    let x = body.captured(outer)
    body.outputs = [
      body.add(
        "Concat", Array(repeating: x, count: count), attributes: ["axis": .integer(0)])
    ]
    return body
  }

  @Test(arguments: [(true, 2), (false, 6)])
  func `an If with a known condition takes its branch`(_ condition: Bool, _ size: Int) throws {
    var graph = GraphSketch()
    let x = graph.input("x", .float32, [.size(2)])
    let y = graph.add(
      "If", [graph.truth(condition)],
      bodies: ["then_branch": Self.copies(1, of: x), "else_branch": Self.copies(3, of: x)])
    let bound = try graph.symbolic.bind(Bindings())
    #expect(bound.graph[y].type == .tensor(.float32, [size]))
    #expect(bound.diagnostics.isEmpty)
  }

  @Test func `an If that only running decides counts the larger branch and says so`() throws {
    var graph = GraphSketch()
    let x = graph.input("x", .float32, [.size(2)])
    let condition = graph.input("condition", .bool, [])
    let y = graph.add(
      "If", [condition],
      bodies: ["then_branch": Self.copies(1, of: x), "else_branch": Self.copies(3, of: x)])
    let bound = try graph.symbolic.bind(Bindings())
    #expect(bound.graph[y].type == .tensor(.float32, [6]))
    #expect(bound.diagnostics.map(\.code) == ["branchesDiffer"])
    let branch = try #require(bound.graph.bodies.first)
    #expect(branch.values.map(\.type).contains(.tensor(.float32, [6])))
  }

  /// A loop body that passes its value on and stacks it.
  private static func body(
    condition: Bool? = true, step: (inout GraphSketch, ValueID) -> ValueID
  ) -> GraphSketch {
    var body = GraphSketch()
    _ = body.input("iteration", .int64, [])
    let goesOn = body.input("condition", .bool, [])
    let x = body.input("x", .float32, nil)
    let y = step(&body, x)
    body.outputs = [condition.map { body.truth($0) } ?? goesOn, y, y]
    return body
  }

  @Test func `a Loop stacks what each iteration gives`() throws {
    var graph = GraphSketch()
    let x = graph.input("x", .float32, [.size(2)])
    let body = Self.body { $0.add("Relu", [$1]) }
    let outputs = graph.add(
      "Loop", [graph.scalar(1_000_000), nil, x], outputs: 2, bodies: ["body": body])
    let bound = try graph.symbolic.bind(Bindings())
    #expect(
      outputs.map { bound.graph[$0].type } == [
        .tensor(.float32, [2]), .tensor(.float32, [1_000_000, 2]),
      ])
  }

  @Test func `a Loop whose condition is false is not run`() throws {
    var graph = GraphSketch()
    let x = graph.input("x", .float32, [.size(2)])
    let body = Self.body { $0.add("Relu", [$1]) }
    let outputs = graph.add(
      "Loop", [graph.scalar(4), graph.truth(false), x], outputs: 2, bodies: ["body": body])
    let bound = try graph.symbolic.bind(Bindings())
    #expect(bound.graph[outputs[1]].type == .tensor(.float32, [0, 2]))
  }

  @Test func `carried values that grow are followed`() throws {
    var graph = GraphSketch()
    let x = graph.input("x", .float32, [.size(2)])
    var body = GraphSketch()
    _ = body.input("iteration", .int64, [])
    let goesOn = body.input("condition", .bool, [])
    let carried = body.input("x", .float32, nil)
    body.outputs = [
      goesOn, body.add("Concat", [carried, carried], attributes: ["axis": .integer(0)]),
    ]
    let y = graph.add("Loop", [graph.scalar(5), nil, x], bodies: ["body": body])
    #expect(try graph.symbolic.bind(Bindings()).graph[y].type == .tensor(.float32, [64]))
  }

  @Test func `a loop that never ends is given up`() throws {
    var graph = GraphSketch()
    let x = graph.input("x", .float32, [.size(2)])
    let body = Self.body { $0.add("Concat", [$1, $1], attributes: ["axis": .integer(0)]) }
    let outputs = graph.add("Loop", [nil, nil, x], outputs: 2, bodies: ["body": body])
    let bound = try graph.symbolic.bind(Bindings())
    #expect(outputs.allSatisfy { bound.graph[$0].type == .unknown })
  }

  @Test func `nested loops are followed within a limit`() throws {
    var inner = Self.body { $0.add("Concat", [$1, $1], attributes: ["axis": .integer(0)]) }
    for _ in 0..<40 {
      let deeper = inner
      inner = Self.body { body, x in
        let many = body.scalar(1000)
        return body.add("Loop", [many, nil, x], outputs: 2, bodies: ["body": deeper])[0]
      }
    }
    var graph = GraphSketch()
    let x = graph.input("x", .float32, [.size(2)])
    let y = graph.add("Loop", [graph.scalar(1000), nil, x], outputs: 2, bodies: ["body": inner])
    #expect(try graph.symbolic.bind(Bindings()).graph[y[0]].type == .unknown)
  }

  @Test(
    arguments: [
      (26, [3, 2], 0, [3, 2]), (26, [2, 3], 1, [3, 2]), (8, [5, 3, 2], 0, [5, 3, 2]),
    ]
      as [(Int, Shape, Int, Shape)])
  func `a Scan runs along an axis`(
    _ version: Int, _ scanned: Shape, _ axis: Int, _ expected: Shape
  ) throws {
    var body = GraphSketch()
    let state = body.input("state", .float32, nil)
    let item = body.input("item", .float32, nil)
    let sum = body.add("Add", [state, item])
    body.outputs = [sum, sum]

    var graph = GraphSketch()
    let batch = version == 8 ? [Dimension.size(5)] : []
    let initial = graph.input("initial", .float32, batch + [.size(2)])
    let x = graph.input("x", .float32, scanned.map { .size($0) })
    let operands: [ValueID?] = (version == 8 ? [nil] : []) + [initial, x]
    let outputs = graph.add(
      "Scan", operands, outputs: 2,
      attributes: ["num_scan_inputs": .integer(1), "scan_input_axes": .integers([axis])],
      bodies: ["body": body])
    var symbolic = graph.symbolic
    symbolic.nodes[0].version = version
    #expect(try symbolic.bind(Bindings()).graph[outputs[1]].type == .tensor(.float32, expected))
  }

  @Test func `a SequenceMap gives a value for each element`() throws {
    var body = GraphSketch()
    let element = body.input("element", .float32, nil)
    body.outputs = [body.add("Shape", [element])]

    var graph = GraphSketch()
    let a = graph.input("a", .float32, [.size(2)])
    let b = graph.input("b", .float32, [.size(2), .size(3)])
    let both = graph.add("SequenceConstruct", [a, b])
    let shapes = graph.add("SequenceMap", [both], bodies: ["body": body])
    #expect(
      try graph.symbolic.bind(Bindings()).graph[shapes].type
        == .sequence([.tensor(.int64, [1]), .tensor(.int64, [2])]))
  }
}

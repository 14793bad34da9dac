import ModelGraph
import Testing

@testable import Operators

@Suite struct InferenceTests {
  @Test func `symbols are bound by name, by flag, or assumed`() throws {
    var graph = GraphSketch()
    let x = graph.input("x", .float32, [.symbol("batch"), .symbol("seq_len"), .size(8)])
    let shape = graph.add("Shape", [x])
    let y = graph.add("Reshape", [x, graph.constant([0, -1])])
    graph.outputs = [shape, y]

    let assumed = try graph.symbolic.bind(Bindings())
    #expect(assumed.sizes == ["batch": 1, "seq_len": 1])
    #expect(assumed.diagnostics.map(\.code) == ["assumedSize"])

    let bound = try graph.symbolic.bind(Bindings(sizes: ["seq_len": 5], batch: 3))
    #expect(bound.graph[y].type == .tensor(.float32, [3, 40]))
    #expect(bound.diagnostics.isEmpty)
    #expect(try graph.symbolic.bind(Bindings(sequence: 7)).sizes["seq_len"] == 7)
  }

  @Test func `bindings that do not suit are refused`() {
    var graph = GraphSketch()
    _ = graph.input("x", .float32, [.symbol("n"), .size(8)])
    let symbolic = graph.symbolic
    #expect(throws: BindingError.unknownSymbol(name: "m", known: ["n"])) {
      try symbolic.bind(Bindings(sizes: ["m": 1]))
    }
    #expect(throws: BindingError.notPositive(name: "n", size: 0)) {
      try symbolic.bind(Bindings(sizes: ["n": 0]))
    }
    #expect(throws: BindingError.noSuchAxis(flag: "--image")) {
      try symbolic.bind(Bindings(image: .init(height: 2, width: 2)))
    }
    #expect(throws: BindingError.unknownInput(name: "y", known: ["x"])) {
      try symbolic.bind(Bindings(inputs: ["y": TensorValue([1])]))
    }
    #expect(throws: BindingError.self) {
      try symbolic.bind(Bindings(inputs: ["x": TensorValue([1])]))
    }
  }

  @Test func `contents of inputs settle shapes`() throws {
    var graph = GraphSketch()
    let count = graph.input("count", .int64, [])
    let range = graph.add("Range", [graph.scalar(0), count, graph.scalar(1)])
    let bound = try graph.symbolic.bind(Bindings(inputs: ["count": TensorValue(scalar: 6)]))
    #expect(bound.graph[range].type == .tensor(.int64, [6]))

    let open = try graph.symbolic.bind(Bindings())
    #expect(open.graph[range].type == .unknown)
    #expect(open.diagnostics.map(\.code) == ["unknownSize"])
  }

  @Test func `a contradiction is reported and the declared type kept`() throws {
    var graph = GraphSketch()
    let a = graph.input("a", .float32, [.size(2)])
    let b = graph.input("b", .float32, [.size(3)])
    let sum = graph.add("Add", [a, b], declared: .tensor(.float32, [.size(3)]))
    let bound = try graph.symbolic.bind(Bindings())
    #expect(bound.graph[sum].type == .tensor(.float32, [3]))
    #expect(bound.diagnostics.map(\.code) == ["shapeContradiction"])
  }

  @Test func `an unknown operator keeps declared types and is counted once`() throws {
    var graph = GraphSketch()
    let x = graph.input("x", .float32, [.symbol("n")])
    let y = graph.add("Strange", [x], declared: .tensor(.int8, [.symbol("n"), .size(4)]))
    let z = graph.add("Strange", [y])
    let bound = try graph.symbolic.bind(Bindings(sizes: ["n": 3]))
    #expect(bound.graph[y].type == .tensor(.int8, [3, 4]))
    #expect(bound.graph[z].type == .unknown)
    #expect(bound.diagnostics.map(\.code) == ["opaqueOperator"])
  }

  @Test func `an inferred type wins over another that is declared`() throws {
    var graph = GraphSketch()
    let x = graph.input("x", .float32, [.size(2)])
    let y = graph.add("Relu", [x], declared: .tensor(.float32, [.size(5)]))
    let bound = try graph.symbolic.bind(Bindings())
    #expect(bound.graph[y].type == .tensor(.float32, [2]))
    #expect(bound.diagnostics.map(\.code) == ["declaredTypeDiffers"])
  }

  @Test func `a symbol of an output takes the size that is inferred`() throws {
    var graph = GraphSketch()
    let x = graph.input("x", .float32, [.size(2), .size(3)])
    let y = graph.add("Flatten", [x], declared: .tensor(.float32, [.size(2), .symbol("features")]))
    graph.outputs = [y]
    #expect(try graph.symbolic.bind(Bindings()).sizes == ["features": 3])
  }

  @Test func `a long chain takes linear time`() throws {
    var graph = GraphSketch()
    var x = graph.input("x", .float32, [.symbol("n")])
    for _ in 0..<100_000 { x = graph.add("Relu", [x]) }
    let symbolic = graph.symbolic
    let duration = try ContinuousClock().measure {
      let bound = try symbolic.bind(Bindings(sizes: ["n": 4]))
      #expect(bound.graph[x].type == .tensor(.float32, [4]))
    }
    #expect(duration < .seconds(30))
  }

  @Test func `hostile sizes end in diagnostics`() throws {
    for size in [Int.min, -1, 1 << 49, .max] {
      var graph = GraphSketch()
      let x = graph.input("x", .float32, [.size(size), .size(size)])
      let y = graph.add("Flatten", [x])
      let bound = try graph.symbolic.bind(Bindings())
      #expect(bound.graph[y].type == .unknown)
      #expect(bound.diagnostics.map(\.code) == ["unknownInputType"])
    }
  }

  @Test func `contents that are not as long as their type are not believed`() throws {
    var graph = GraphSketch()
    let x = graph.input("x", .float32, [.size(6)])
    let lie = graph.add(
      constant: TensorValue(TensorType(.int64, [3]), .integers([2, 3])))
    let y = graph.add("Reshape", [x, lie])
    #expect(try graph.symbolic.bind(Bindings()).graph[y].type == .unknown)
  }
}

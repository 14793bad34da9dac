import ModelGraph
import Testing

@testable import Operators

@Suite struct RebatchingTests {
  /// Shapes at a batch of 1, the operand at a batch of 4, and the target that goes with it.
  @Test(
    arguments: [
      ([1, 512, 1, 1], [4, 512, 1, 1], [1, 512], [4, 512]),
      ([1, 197, 768], [4, 197, 768], [1, 197, 12, 64], [4, 197, 12, 64]),
      // Heads merged into the batch, and back.
      ([1, 12, 128, 64], [4, 12, 128, 64], [12, 128, 64], [48, 128, 64]),
      ([12, 128, 64], [48, 128, 64], [1, 12, 128, 64], [4, 12, 128, 64]),
      // The sequence first: heads split off, then put together again.
      ([128, 1, 768], [128, 4, 768], [128, 12, 64], [128, 48, 64]),
      ([197, 1, 12, 64], [197, 4, 12, 64], [197, 768], [788, 768]),
      ([197, 768], [788, 768], [197, 1, 768], [197, 4, 768]),
      ([128, 1, 768], [128, 4, 768], [128, 768], [512, 768]),
      // The experts' rows of each token put side by side.
      ([256, 768], [1024, 768], [128, 2, 768], [512, 2, 768]),
      // An axis of size 1 after the rows of all tokens, and before what one example is split into.
      ([256], [1024], [256, 1], [1024, 1]),
      ([64, 7, 7, 96], [256, 7, 7, 96], [1, 3136, 96], [4, 3136, 96]),
      // Few frames of one example, put before what there is of each.
      ([9, 128], [36, 128], [9, 1, 128], [9, 4, 128]),
      // Two answers to choose from for each example, and a mask for each.
      ([2, 128], [8, 128], [2, 1, 1, 128], [8, 1, 1, 128]),
    ] as [(Shape, Shape, Shape, Shape)])
  func `a frozen target takes the batch where it went`(
    _ oldInput: Shape, _ newInput: Shape, _ oldOutput: Shape, _ expected: Shape
  ) {
    let resized = FrozenSizes.Resized(
      oldInput: oldInput, newInput: newInput, oldOutput: oldOutput)
    #expect(FrozenSizes.reshape(resized, [SizeChange(from: 1, to: 4)]) == expected)
  }

  @Test func `a batch other than 1 is found wherever it stands`() throws {
    var graph = GraphSketch()
    let x = graph.input("x", .float32, [.size(2), .size(3), .size(4)])
    let folded = graph.add("Reshape", [x, graph.constant([6, 4])])
    let expanded = graph.add("Expand", [x, graph.constant([5, 2, 3, 4])])
    let start = graph.add("ConstantOfShape", [graph.constant([2, 1, 4])])
    let joined = graph.add("Concat", [start, x], attributes: ["axis": .integer(1)])
    let bound = try graph.symbolic.bind(Bindings(batch: 7))
    #expect(bound.graph[folded].type == .tensor(.float32, [21, 4]))
    #expect(bound.graph[expanded].type == .tensor(.float32, [5, 7, 3, 4]))
    #expect(bound.graph[start].type == .tensor(.float32, [7, 1, 4]))
    #expect(bound.graph[joined].type == .tensor(.float32, [7, 4, 4]))
    #expect(bound.diagnostics.map(\.code) == ["rebatched"])
  }

  @Test func `sizes that an export wrote for its batch follow, and the node says them too`()
    throws
  {
    var graph = GraphSketch()
    let x = graph.input("x", .float32, [.size(3), .size(6), .size(8), .size(8)])
    let scaled = graph.add("Resize", [x, nil, nil, graph.constant([3, 6, 16, 16])])
    let numbers = graph.add("Arange", [], attributes: ["count": .integer(3)])
    let column = graph.add("View", [numbers], attributes: ["shape": .integers([3, -1])])
    let row = graph.add("View", [numbers], attributes: ["shape": .integers([1, 3])])
    let expanded = graph.add("ExpandView", [row], attributes: ["shape": .integers([3, 3])])
    let table = graph.parameter(.float32, [4, 64])
    let repeated = graph.add("Tile", [table, graph.constant([3, 1])])
    let noise = graph.add("FilledLike", [x], attributes: ["shape": .integers([3, 1, 1, 1])])
    let bound = try graph.symbolic.bind(Bindings(batch: 7)).graph
    let shapes = [scaled, numbers, column, row, expanded, repeated, noise].map {
      bound[$0].type.tensorType?.shape
    }
    #expect(
      shapes == [[7, 6, 16, 16], [7], [7, 1], [1, 7], [7, 7], [28, 64], [7, 1, 1, 1]])
    let written = bound.nodes.compactMap { $0.attributes.integers("shape") }
    #expect(written == [[7, 1], [1, 7], [7, 7], [7, 1, 1, 1]])
  }

  /// Shapes at a batch, the operand at a batch of 4, the axis that alone is repeated, and the target that goes with it.
  @Test(
    arguments: [
      // Positions for each example, the sequence first; each as in an export of XLNet.
      (1, [256, 1, 64], [256, 1, 64], [256, 1, 64], nil, [256, 4, 64]),
      (3, [256, 1, 64], [256, 1, 64], [256, 3, 64], nil, [256, 4, 64]),
      // Keys and values of several heads, as many as examples: GPT-J's positions, repeated for two halves.
      (2, [2, 4, 1, 64], [4, 4, 1, 64], [2, 4, 2, 64], nil, [4, 4, 2, 64]),
      (1, [1, 256, 1, 16, 1], [1, 256, 1, 16, 1], [1, 256, 1, 16, 2], 4, [1, 256, 1, 16, 2]),
      (1, [1, 256, 1, 16, 1], [4, 256, 1, 16, 1], [1, 256, 1, 16, 2], 4, [4, 256, 1, 16, 2]),
    ] as [(Int, Shape, Shape, Shape, Int?, Shape)])
  func `an expanded axis takes the batch where examples stand`(
    _ batch: Int, _ oldInput: Shape, _ newInput: Shape, _ oldOutput: Shape, axis: Int?,
    _ expected: Shape
  ) {
    let resized = FrozenSizes.Resized(
      oldInput: oldInput, newInput: newInput, oldOutput: oldOutput, axis: axis)
    #expect(FrozenSizes.expand(resized, [SizeChange(from: batch, to: 4)]) == expected)
  }

  @Test func `places of extremes go with the rows`() throws {
    var graph = GraphSketch()
    let x = graph.input("x", .float32, [.size(1), .size(4), .size(784), .size(192)])
    let largest = graph.add("Extreme", [x], attributes: ["shape": .integers([1, 784, 192])])
    #expect(
      try graph.symbolic.bind(Bindings(batch: 8)).graph[largest].type
        == .tensor(.float32, [8, 784, 192]))
  }

  @Test func `a value for each head of one example is one for each of all heads`() throws {
    // As relative positions in an export of DeBERTa of one example.
    var graph = GraphSketch()
    let scores = graph.input("scores", .float32, [.size(1), .size(4), .size(128), .size(128)])
    let rows = graph.add("View", [scores], attributes: ["shape": .integers([4, 128, 128])])
    let places = graph.add(
      "ExpandView", [graph.parameter(.float32, [1, 128, 128])],
      attributes: ["shape": .integers([4, 128, 128])])
    let sum = graph.add("Add", [rows, places])
    let bound = try graph.symbolic.bind(Bindings(batch: 3))
    #expect(bound.graph[sum].type == .tensor(.float32, [12, 128, 128]))
    #expect(bound.graph[places].type == .tensor(.float32, [12, 128, 128]))
    #expect(bound.graph.nodes[1].attributes.integers("shape") == [12, 128, 128])
    #expect(bound.diagnostics.map(\.code) == ["rebatched"])
  }

  @Test func `examples go into the axis that what follows can take`() throws {
    // As frames of MViT, whose products with a table are taken frame by frame.
    var graph = GraphSketch()
    let x = graph.input("x", .float32, [.size(1), .size(8), .size(56), .size(56), .size(96)])
    let frames = graph.add("Transpose", [x], attributes: ["perm": .integers([1, 0, 2, 3, 4])])
    let rows = graph.add("View", [frames], attributes: ["shape": .integers([8, 3136, 96])])
    let product = graph.add("MatMul", [rows, graph.parameter(.float32, [8, 96, 8])])
    let bound = try graph.symbolic.bind(Bindings(batch: 2)).graph
    #expect(bound[product].type == .tensor(.float32, [8, 6272, 8]))
    #expect(bound.nodes[1].attributes.integers("shape") == [8, 6272, 96])
  }

  @Test func `heads and rows after a product are told by what follows`() throws {
    // As in attention of torch.nn, the sequence first: heads of all examples, then rows of all tokens.
    var graph = GraphSketch()
    let x = graph.input("x", .float32, [.size(1), .size(64), .size(128)])
    let turned = graph.add("Transpose", [x], attributes: ["perm": .integers([1, 0, 2])])
    let heads = graph.add("View", [turned], attributes: ["shape": .integers([64, 8, 16])])
    let rows = graph.add("View", [heads], attributes: ["shape": .integers([64, 128])])
    let y = graph.add("MatMul", [rows, graph.parameter(.float32, [128, 32])])
    let bound = try graph.symbolic.bind(Bindings(batch: 4)).graph
    #expect(bound[heads].type == .tensor(.float32, [64, 32, 16]))
    #expect(bound[rows].type == .tensor(.float32, [256, 128]))
    #expect(bound[y].type == .tensor(.float32, [256, 32]))
  }

  @Test func `kernels of one example stand beside those of others`() throws {
    // As a convolution whose kernels a network makes, exported for one image.
    var graph = GraphSketch()
    let images = graph.input("images", .float32, [.size(1), .size(4), .size(8), .size(8)])
    let mixed = graph.input("mixed", .float32, [.size(1), .size(96)])
    let joined = graph.add("View", [images], attributes: ["shape": .integers([1, -1, 8, 8])])
    let kernels = graph.add("View", [mixed], attributes: ["shape": .integers([24, 4, 1, 1])])
    let convolved = graph.add("Conv", [joined, kernels])
    let apart = graph.add("View", [convolved], attributes: ["shape": .integers([1, 24, 8, 8])])
    let bound = try graph.symbolic.bind(Bindings(batch: 7)).graph
    #expect(bound[images].type == .tensor(.float32, [7, 4, 8, 8]))
    #expect(bound[joined].type == .tensor(.float32, [1, 28, 8, 8]))
    #expect(bound[convolved].type == .tensor(.float32, [1, 168, 8, 8]))
    #expect(bound[apart].type == .tensor(.float32, [7, 24, 8, 8]))
    #expect(bound.nodes[2].attributes.integer("group") == 7)
  }

  @Test func `state of an image's places is made for every example`() throws {
    var graph = GraphSketch()
    let frames = graph.input(
      "frames", .float32, [.size(1), .size(5), .size(3), .size(8), .size(8)])
    let state = graph.add("FilledLike", [frames], attributes: ["shape": .integers([1, 16, 8, 8])])
    let tokens = graph.input("tokens", .float32, [.size(1), .size(8), .size(32)])
    let table = graph.add("FilledLike", [tokens], attributes: ["shape": .integers([1, 4, 8, 8])])
    let pairs = graph.input("pairs", .float32, [.size(1), .size(8), .size(8)])
    let alike = graph.add("FilledLike", [pairs], attributes: ["shape": .integers([1, 8, 8])])
    let bound = try graph.symbolic.bind(Bindings(batch: 7)).graph
    #expect(bound[state].type == .tensor(.float32, [7, 16, 8, 8]))
    #expect(bound[table].type == .tensor(.float32, [1, 4, 8, 8]))
    #expect(bound[alike].type == .tensor(.float32, [7, 8, 8]))
  }

  @Test func `the exported batch needs no correction`() throws {
    var graph = GraphSketch()
    let x = graph.input("x", .float32, [.size(2), .size(3)])
    let y = graph.add("Reshape", [x, graph.constant([6])])
    let bound = try graph.symbolic.bind(Bindings(batch: 2))
    #expect(bound.graph[y].type == .tensor(.float32, [6]))
    #expect(bound.diagnostics.isEmpty)
  }

  @Test func `a fixed sequence and a fixed image are replaced`() throws {
    var graph = GraphSketch()
    let tokens = graph.input("tokens", .int64, [.size(1), .size(8)])
    let embedded = graph.add("Gather", [graph.parameter(.float32, [100, 12]), tokens])
    let heads = graph.add("Reshape", [embedded, graph.constant([1, 8, 3, 4])])
    #expect(
      try graph.symbolic.bind(Bindings(sequence: 20)).graph[heads].type
        == .tensor(.float32, [1, 20, 3, 4]))

    var image = GraphSketch()
    let x = image.input("x", .float32, [.size(1), .size(3), .size(8), .size(8)])
    let y = image.add("Relu", [x])
    #expect(
      try image.symbolic.bind(Bindings(image: .init(height: 5, width: 6))).graph[y].type
        == .tensor(.float32, [1, 3, 5, 6]))
  }

  @Test func `examples side by side with kernels of their own stay as many as there are`() throws {
    var graph = GraphSketch()
    let images = graph.input("images", .float32, [.size(3), .size(4), .size(8), .size(8)])
    let mixed = graph.input("mixed", .float32, [.size(3), .size(32)])
    let joined = graph.add("View", [images], attributes: ["shape": .integers([1, 12, 8, 8])])
    let kernels = graph.add("View", [mixed], attributes: ["shape": .integers([24, 4, 1, 1])])
    let convolved = graph.add("Conv", [joined, kernels], attributes: ["group": .integer(3)])
    let bound = try graph.symbolic.bind(Bindings(batch: 7)).graph
    #expect(bound[convolved].type == .tensor(.float32, [1, 56, 8, 8]))
    #expect(bound.nodes.last?.attributes.integer("group") == 7)
  }

  @Test(arguments: [(0, 7, 19), (1, 8, 19), (0, 8, 20), (0, 3, 3), (2, Int.max, 18)])
  func `the end of all but the last of an axis goes with it`(start: Int, end: Int, size: Int)
    throws
  {
    var graph = GraphSketch()
    let tokens = graph.input("tokens", .int64, [.size(2), .size(8)])
    let part = graph.add(
      "Narrow", [tokens],
      attributes: ["axis": .integer(1), "start": .integer(start), "end": .integer(end)])
    let bound = try graph.symbolic.bind(Bindings(sequence: 20)).graph
    #expect(bound[part].type == .tensor(.int64, [2, size]))
  }

  @Test(arguments: [.size(2), .symbol("batch")] as [Dimension])
  func `a batch that no memory can hold is refused`(leading: Dimension) throws {
    var graph = GraphSketch()
    let x = graph.input("x", .float32, [leading, .size(3)])
    _ = graph.add("Relu", [x])
    let error = BindingError.tooLarge(input: "x", type: TensorType(.float32, [.max, 3]))
    #expect(throws: error) { try graph.symbolic.bind(Bindings(batch: .max)) }
  }

  @Test func `two sizes for one axis are refused`() throws {
    var graph = GraphSketch()
    _ = graph.add("Relu", [graph.input("x", .float32, [.symbol("batch"), .size(3)])])
    let error = BindingError.contradiction(name: "batch", sizes: [2, 3])
    #expect(throws: error) {
      try graph.symbolic.bind(Bindings(sizes: ["batch": 2], batch: 3))
    }
    #expect(try graph.symbolic.bind(Bindings(sizes: ["batch": 2], batch: 2)).sizes == ["batch": 2])
  }
}

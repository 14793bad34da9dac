import ModelGraph
import Testing

@testable import ModelZoo

@Suite struct BindingTests {
  private func model(_ name: String) throws -> Architecture {
    try #require(ModelZoo.architecture(named: name))
  }

  private func outputShape(_ name: String, _ bindings: Bindings) throws -> Shape? {
    let graph = try model(name).bind(bindings).graph
    return graph[graph.outputs[0]].type.tensorType?.shape
  }

  @Test func `flags and symbols bind the same sizes`() throws {
    let flags = Bindings(batch: 4, image: .init(height: 192, width: 256))
    let symbols = Bindings(sizes: ["batch": 4, "height": 192, "width": 256])
    let bound = try model("resnet18").bind(flags)
    #expect(bound.graph == (try model("resnet18").bind(symbols).graph))
    #expect(bound.sizes == ["batch": 4, "height": 192, "width": 256])
  }

  @Test(arguments: [
    "alexnet", "vgg11", "googlenet", "inception_v3", "resnet18", "squeezenet1_1", "densenet121",
    "mobilenet_v2", "mobilenet_v3_small", "shufflenet_v2_x1_0", "mnasnet0_5",
    "efficientnet_b0", "regnet_y_400mf", "convnext_tiny", "swin_t", "swin_v2_t",
  ])
  func `convolutional and windowed networks take other images`(name: String) throws {
    #expect(
      try outputShape(name, Bindings(batch: 3, image: .init(height: 250, width: 331)))
        == [3, 1000])
  }

  @Test func `a transformer of text takes shorter sequences`() throws {
    #expect(
      try outputShape("gpt2", Bindings(batch: 2, sequence: 100)) == [2, 100, 50257])
    #expect(
      try outputShape("bert-base", Bindings(batch: 2, sequence: 100)) == [2, 100, 30522])
  }

  @Test(arguments: [("vit_b_16", 256), ("maxvit_t", 256), ("alexnet", 8), ("vgg16", 16)])
  func `images that do not fit name the layer`(name: String, side: Int) throws {
    let architecture = try model(name)
    let bindings = Bindings(image: .init(height: side, width: side))
    let error = #expect(throws: BindingError.self) { try architecture.bind(bindings) }
    guard case .layer(let layer, let reason)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(!reason.isEmpty)
    #expect(name.hasPrefix("vit") || !layer.isEmpty)
  }

  @Test func `a sequence longer than the learned positions does not fit`() throws {
    let gpt2 = try model("gpt2")
    #expect(throws: BindingError.self) { try gpt2.bind(Bindings(sequence: 1025)) }
  }

  @Test(arguments: [1 << 40, .max])
  func `absurd sizes are an error`(size: Int) throws {
    for architecture in ModelZoo.architectures {
      #expect(throws: BindingError.self, "\(architecture.name)") {
        try architecture.bind(
          Bindings(
            sizes: Dictionary(uniqueKeysWithValues: architecture.sizeNames.map { ($0, size) })))
      }
    }
  }

  @Test func `flags of the other kind of input are refused`() throws {
    let (resnet, gpt2) = (try model("resnet18"), try model("gpt2"))
    #expect(throws: BindingError.noSuchAxis(flag: "--sequence")) {
      try resnet.bind(Bindings(sequence: 10))
    }
    #expect(throws: BindingError.noSuchAxis(flag: "--image")) {
      try gpt2.bind(Bindings(image: .init(height: 1, width: 1)))
    }
    #expect(throws: BindingError.notPositive(name: "batch", size: 0)) {
      try gpt2.bind(Bindings(batch: 0))
    }
    #expect(
      throws: BindingError.unknownSymbol(name: "depth", known: ["batch", "height", "width"])
    ) {
      try resnet.bind(Bindings(sizes: ["depth": 3]))
    }
    #expect(throws: BindingError.unknownInput(name: "y", known: ["x"])) {
      try resnet.bind(Bindings(inputs: ["y": TensorValue(scalar: 1)]))
    }
  }

  @Test func `parameters do not depend on the sizes`() throws {
    let architecture = try model("unet")
    let large = architecture.network.build(batch: 7, .image(352))
    #expect(large.tensors == architecture.tensors)
  }
}

extension Architecture {
  /// The symbols of the input's sizes, the batch aside.
  fileprivate var sizeNames: [String] {
    switch input {
    case .image: ["height", "width"]
    case .tokens: ["sequence"]
    case .tokenPairs: ["sequence", "target"]
    case .waveform: ["samples"]
    case .spectrum: ["frames", "target"]
    }
  }
}

import ModelGraph

/// The models that the recordings of optimizers and losses train beside those of the zoo.
enum HandMadeModels {
  /// Three linear layers of odd sizes on eight samples.
  static var products: Graph {
    var maker = GraphMaker()
    let sizes = [370, 1001, 2513, 7]
    let parameters = zip(["a", "b", "c"], sizes.indices.dropLast()).map { name, index in
      (
        maker.parameter("\(name).weight", [sizes[index + 1], sizes[index]]),
        maker.parameter("\(name).bias", [sizes[index + 1]])
      )
    }
    var x = maker.input("x", [8, 370])
    for (index, layer) in parameters.enumerated() {
      x = maker.node(
        "Linear", x, layer.0, layer.1, gives: "product\(index)", [8, sizes[index + 1]])
      guard index < 2 else { continue }
      x = maker.node("Relu", x, gives: "rectified\(index)", [8, sizes[index + 1]])
    }
    return maker.finished(x)
  }

  /// One linear layer of odd sizes on 16 sequences of 200 steps.
  static var sequences: Graph {
    var maker = GraphMaker()
    let weight = maker.parameter("weight", [1001, 370])
    let bias = maker.parameter("bias", [1001])
    let x = maker.input("x", [16, 200, 370])
    let y = maker.node("Linear", x, weight, bias, gives: "y", [16, 200, 1001])
    return maker.finished(y)
  }

  /// One linear layer of odd sizes on 512 samples.
  static var linear: Graph {
    var maker = GraphMaker()
    let weight = maker.parameter("weight", [1001, 370])
    let bias = maker.parameter("bias", [1001])
    let x = maker.input("x", [512, 370])
    let y = maker.node("Linear", x, weight, bias, gives: "y", [512, 1001])
    return maker.finished(y)
  }
}

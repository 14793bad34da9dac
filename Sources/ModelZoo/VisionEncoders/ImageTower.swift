import ByteFormats
import ModelGraph

/// An encoder of images as a part of a larger model: it gives a token for each patch.
struct ImageTower: Sendable {
  var layer: any Layer

  /// The features of a token that it gives.
  var features: Int

  /// The images that it takes.
  var images: ImageSizes

  /// The patches of an image where it comes cut already.
  var cut: Patches?

  struct Patches: Hashable, Sendable {
    var count: Int

    /// The numbers of a patch.
    var area: Int
  }

  /// The type of a batch of images.
  func type(batch: Int) -> TensorType {
    guard let cut else { return images.type(batch: batch) }
    return TensorType(.float32, [batch, cut.count, cut.area])
  }
}

/// Makes an encoder of images from its part of a document.
///
/// The numbers say whose outputs are taken, side by side: 0 for the embeddings, 1 for the first
/// block, negative ones from the end; none for what the encoder gives at last.
typealias ImageTowerMaker =
  @Sendable (Configuration, _ taps: [Int]) throws(ConfigurationError) -> ImageTower

/// Blocks in a row, of which the outputs of some may be asked for instead of the last one.
struct TokenStack: Layer {
  var depth: Int
  var name: String
  var taps: [Int] = []
  var block: @Sendable (Int) -> any Layer

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let states = run(x, in: &graph)
    let chosen = tapped(states)
    return chosen.count > 1
      ? graph.concatenate(chosen, axis: 2) : chosen.first ?? states.last ?? x
  }

  /// The embeddings and the output of every block.
  func run(_ x: Variable, in graph: inout GraphBuilder) -> [Variable] {
    var states = [x]
    for index in 0..<depth {
      let (input, layer) = (states[index], block(index))
      states.append(graph.scoped("\(name).\(index)") { layer(input, in: &$0) })
    }
    return states
  }

  /// The states that are asked for; those that there are not are left out.
  func tapped(_ states: [Variable]) -> [Variable] {
    taps.map { $0 < 0 ? states.count + $0 : $0 }.filter(states.indices.contains)
      .map { states[$0] }
  }
}

extension Configuration {
  /// The layers whose outputs a model takes from an encoder: a number or a list of numbers.
  func taps(
    _ key: String, default standard: Int, depth: Int
  ) throws(ConfigurationError) -> [Int] {
    guard let (path, value) = entry([key]) else { return [standard] }
    let range = -Self.maximumDepth...Self.maximumDepth
    let numbers: [Int]
    if case .array = value {
      numbers = try sizes(key, in: range) ?? []
    } else {
      numbers = [try size(ifAny: key, in: range) ?? standard]
    }
    for number in numbers where !(-(depth + 1)...depth ~= number) {
      throw .contradiction("\(path) asks for layer \(number) of \(depth)")
    }
    return numbers
  }
}

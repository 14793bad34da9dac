import ByteFormats
import ModelGraph

/// The images that an encoder takes, and the patches it cuts them into.
struct ImageSizes: Hashable, Sendable {
  var image: Extent
  var patch: Extent
  var channels = 3

  init(image: Extent, patch: Extent, channels: Int = 3) {
    self.image = image
    self.patch = patch
    self.channels = channels
  }

  /// The whole patches in an image.
  var grid: Extent { Extent(image.height / patch.height, image.width / patch.width) }
  var patches: Int { grid.height * grid.width }

  /// An image of this size as what goes into a model.
  var input: Architecture.Input {
    .image(
      Bindings.ImageSize(height: image.height, width: image.width), channels: channels)
  }

  /// The type of a batch of images.
  func type(batch: Int) -> TensorType { input.type(batch: batch) }

  /// Notes a failure for images of another size.
  func check(_ x: Variable, in graph: inout GraphBuilder) {
    graph.require(
      x.size(2) == image.height && x.size(3) == image.width,
      "positions are learned for \(image.height) × \(image.width), not \(x.size(2)) × \(x.size(3))")
  }

  /// The patches `[batch, patches, features]` of images, by a convolution as wide as its steps.
  func patches(
    of x: Variable, _ features: Int, bias: Bool, named name: String,
    in graph: inout GraphBuilder
  ) -> Variable {
    let map = Conv2d(channels, features, kernel: patch, stride: patch, bias: bias).named(name)(
      x, in: &graph)
    return graph.tokens(of: map)
  }
}

extension Configuration {
  /// The longest side of an image or a patch; products of sides, features and tiles stay far below
  /// the limits of integers.
  static let maximumSide = 1 << 14

  /// A height and a width, written as one number or as two; `nil` if there is none.
  func extent(
    ifAny key: String, in range: ClosedRange<Int> = 1...maximumSide
  ) throws(ConfigurationError) -> Extent? {
    guard let (path, value) = entry([key]) else { return nil }
    guard case .array = value else { return Extent(try size(key, default: 1, in: range)) }
    let sides = try sizes(key, in: range) ?? []
    guard sides.count == 2 else {
      throw .contradiction("\(path) must have a height and a width, found \(sides.count) numbers")
    }
    return Extent(sides[0], sides[1])
  }

  func extent(
    _ key: String, default standard: Int, in range: ClosedRange<Int> = 1...maximumSide
  ) throws(ConfigurationError) -> Extent {
    try extent(ifAny: key, in: range) ?? Extent(standard)
  }

  /// The images and patches of an encoder, under the names nearly all have.
  func imageSizes(
    image: Int, patch: Int
  ) throws(ConfigurationError) -> ImageSizes {
    let sizes = ImageSizes(
      image: try extent("image_size", default: image),
      patch: try extent("patch_size", default: patch),
      channels: try size("num_channels", default: 3, in: 1...1024))
    guard sizes.patches > 0 else {
      throw .contradiction(
        "\(path)image_size is smaller than \(path)patch_size: there is no patch")
    }
    return sizes
  }
}

extension Configuration {
  /// A whole number times a factor that may be none.
  func scaled(
    _ size: Int, by key: String, default standard: Double
  ) throws(ConfigurationError) -> Int {
    let factor = try number(key, default: standard)
    guard factor > 0, factor <= 1024 else {
      throw .contradiction("\(path)\(key) must be above 0 and at most 1024, found \(factor)")
    }
    return max(1, Int(Double(size) * factor))
  }

  /// Refuses more blocks than a model may have.
  func requireDepth(_ depths: [Int]) throws(ConfigurationError) {
    let total = depths.reduce(0) { min($0 + $1, Self.maximumSize) }
    guard total <= Self.maximumDepth else {
      throw .outOfRange(key: "\(path)depths", found: "\(total)", range: 0...Self.maximumDepth)
    }
  }

  /// Refuses a class whose model is not known.
  func requireClass(_ name: String, endingIn known: [String]) throws(ConfigurationError) {
    guard known.contains(where: name.hasSuffix) else {
      throw .unknownChoice(
        key: "architectures", found: String(name.prefix(64)), known: known.map { "…\($0)" })
    }
  }
}

extension GraphBuilder {
  /// The cells of a map `[batch, features, height, width]` as tokens `[batch, cells, features]`.
  mutating func tokens(of map: Variable) -> Variable {
    transpose(view(map, [map.size(0), map.size(1), map.size(2) * map.size(3)]), 1, 2)
  }

  /// Tokens `[batch, cells, features]` as a map `[batch, features, height, width]`.
  mutating func map(of tokens: Variable, _ grid: Extent) -> Variable {
    view(
      transpose(tokens, 1, 2), [tokens.size(0), tokens.size(2), grid.height, grid.width])
  }
}

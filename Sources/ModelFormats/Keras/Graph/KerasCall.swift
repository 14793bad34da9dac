import ByteFormats
import ModelGraph

/// One call of a layer, with its settings read in the words of any version of Keras.
struct KerasCall {
  var layer: KerasLayerConfiguration
  var operands: [KerasOperand]

  /// The models around the layer, outermost first.
  var models: [String]

  /// The name for what the call makes.
  var valueName: String

  /// Numbers that stand among the operands.
  var numbers: [Double] = []

  var input: KerasOperand { operands[0] }

  /// The path of the layer.
  var path: String { (models + [layer.name]).joined(separator: "/") }

  var settings: JSONValue { layer.settings }

  func text(_ key: String) -> String? { settings[key]?.string }

  func integer(_ key: String) -> Int? {
    settings[key]?.integer ?? settings[key]?.double.flatMap { Int(exactly: $0) }
  }

  func flag(_ key: String, default value: Bool) -> Bool { settings[key]?.boolean ?? value }

  /// One size for each axis; a single number counts for all.
  func sizes(_ key: String, axes: Int) -> [Int]? {
    guard let value = settings[key], value != .null else { return nil }
    if let one = value.integer {
      return 0...Shape.maximumElementCount ~= one ? Array(repeating: one, count: axes) : nil
    }
    let all = value.elements.compactMap(\.integer)
    let isSound =
      all.count == axes && value.elements.count == axes
      && all.allSatisfy { 0...Shape.maximumElementCount ~= $0 }
    return isSound ? all : nil
  }

  /// Whether the channels are the last axis, as they are unless a layer says otherwise.
  var isChannelsLast: Bool {
    switch text("data_format") ?? text("dim_ordering") {
    case "channels_first", "th": false
    default: true
    }
  }

  var padding: String { text("padding") ?? text("border_mode") ?? "valid" }

  /// An axis counted from the front.
  func axis(_ axis: Int, rank: Int) -> Int? {
    let position = axis < 0 ? axis + rank : axis
    return 0..<max(0, rank) ~= position ? position : nil
  }
}

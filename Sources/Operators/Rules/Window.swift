import ModelGraph

/// A window that slides over the spatial axes: of a convolution or a pooling.
struct Window {
  var kernel: [Int]
  var strides: [Int]
  var dilations: [Int]
  var padding: Padding

  /// Whether a last window that hangs over the end counts.
  var roundsUp = false

  enum Padding {
    case explicit([Int])

    /// As much as keeps the size, divided by the stride; at the end or at the start.
    case same(upper: Bool)
  }

  /// Reads strides, dilations and padding of a call with a known kernel.
  init(_ call: OperatorCall, kernel: [Int]) throws(ShapeError) {
    guard kernel.allSatisfy({ $0 >= 1 }) else {
      throw .attribute(name: "kernel_shape", expected: "at least 1", found: kernel.description)
    }
    self.kernel = kernel
    strides = try call.integers("strides", count: kernel.count, default: 1, atLeast: 1)
    dilations = try call.integers("dilations", count: kernel.count, default: 1, atLeast: 1)
    padding = try Padding(call, axes: kernel.count)
    roundsUp = call.attributes.flag("ceil_mode")
  }
}

extension Window.Padding {
  init(_ call: OperatorCall, axes: Int) throws(ShapeError) {
    switch call.attributes.string("auto_pad") ?? "NOTSET" {
    case "SAME_UPPER": self = .same(upper: true)
    case "SAME_LOWER": self = .same(upper: false)
    case "VALID": self = .explicit(Array(repeating: 0, count: 2 * axes))
    default:
      self = .explicit(try call.integers("pads", count: 2 * axes, default: 0, atLeast: 0))
    }
  }
}

extension Window {
  /// The sizes of the spatial axes after the window has slid over them.
  func outputSizes(_ input: [Int]) throws(ShapeError) -> [Int] {
    var sizes: [Int] = []
    for axis in kernel.indices {
      switch padding {
      case .same: sizes.append(input[axis].dividedRoundingUp(by: strides[axis]))
      case .explicit(let pads):
        sizes.append(
          try windowOutputSize(
            input: input[axis], kernel: kernel[axis], stride: strides[axis],
            dilation: dilations[axis], before: pads[axis], after: pads[axis + kernel.count],
            roundsUp: roundsUp))
      }
    }
    return sizes
  }

  /// The number of elements that one window covers.
  var elementCount: Int { Shape(kernel).elementCount }
}

/// The number of windows along one axis.
///
/// `⌊(input + before + after − dilation · (kernel − 1) − 1) / stride⌋ + 1`; rounded up, a window
/// that would start in the padding after the end does not count.
/// <https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html>
func windowOutputSize(
  input: Int, kernel: Int, stride: Int, dilation: Int = 1, before: Int = 0, after: Int = 0,
  roundsUp: Bool = false
) throws(ShapeError) -> Int {
  guard stride >= 1 else {
    throw .attribute(name: "strides", expected: "at least 1", found: stride.description)
  }
  guard kernel >= 1, dilation >= 1, input >= 0 else {
    throw .incompatible(
      rule: "kernel and dilation are at least 1", shapes: [[kernel], [dilation], [input]])
  }
  let extent = try dilation.times(try kernel.minus(1)).plus(1)
  let padded = try input.plus(before).plus(after)
  guard extent <= padded else {
    // Rounded up, one window may hang over the end by less than a stride.
    if roundsUp, extent - padded < stride { return 1 }
    throw .incompatible(
      rule: "the window is larger than the padded input", shapes: [[extent], [padded]])
  }
  let room = padded - extent
  guard roundsUp else { return room / stride + 1 }
  let count = room.dividedRoundingUp(by: stride) + 1
  // The last window starts at (count − 1) · stride, which is at most room + stride.
  return try (count - 1).times(stride) >= input.plus(before) ? count - 1 : count
}

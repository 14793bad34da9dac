public import ModelGraph

/// Buffers in one arena: steps across, offsets up.
public struct ArenaDrawing: Hashable, Sendable {
  public var title: String
  public var bytes: ByteCount
  public var boxes: [Box]

  /// The largest are drawn; of more, the rest is told by number.
  public static let maximumBoxes = 2000

  public struct Box: Hashable, Sendable {
    public var name: String
    public var bytes: ByteCount
    public var offset: ByteCount
    public var steps: Range<Int>

    public init(name: String, bytes: ByteCount, offset: ByteCount, steps: Range<Int>) {
      self.name = name
      self.bytes = bytes
      self.offset = offset
      self.steps = steps
    }
  }

  public init(title: String, bytes: ByteCount, boxes: [Box]) {
    self.title = title
    self.bytes = bytes
    self.boxes = boxes
  }
}

/// Choices by memory and time: memory across, time up, what is there as a line.
public struct FrontierDrawing: Hashable, Sendable {
  public var title: String
  public var points: [Point]

  /// What the device has; `nil` draws no line.
  public var available: ByteCount?

  public struct Point: Hashable, Sendable {
    public var name: String
    public var bytes: ByteCount

    /// As a multiple of the time as it is.
    public var time: Double

    /// Whether nothing else beats it.
    public var isOnFront: Bool

    public init(name: String, bytes: ByteCount, time: Double, isOnFront: Bool = true) {
      self.name = name
      self.bytes = bytes
      self.time = time
      self.isOnFront = isOnFront
    }
  }

  public init(title: String, points: [Point], available: ByteCount? = nil) {
    self.title = title
    self.points = points
    self.available = available
  }
}

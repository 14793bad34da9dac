import ByteFormats

/// The tensors that were read before, by how they are described: equal layers have equal ones, told in the same bytes.
///
/// Of descriptions that share a slot the last is kept.
struct KnownTensors {
  private var slots: [(text: Range<Int>, tensor: ExportedTensor)?] = []

  /// Reads a `tensor_meta`, or takes the tensor over of one that is written the same.
  mutating func read(
    _ scanner: inout JSONScanner, hints: inout [String: Int]
  ) throws(ByteError) -> ExportedTensor {
    let start = scanner.offset
    guard let mix = scanner.mixOfNext(Self.tellingByteCount) else {
      return try scanner.readTensor(hints: &hints)
    }
    let slot = Int(truncatingIfNeeded: mix >> (64 - Self.slotBits))
    if slots.isEmpty { slots = Array(repeating: nil, count: 1 << Self.slotBits) }
    if let (text, tensor) = slots[slot], scanner.skipValue(writtenAs: text) { return tensor }
    let tensor = try scanner.readTensor(hints: &hints)
    slots[slot] = (start..<scanner.offset, tensor)
    return tensor
  }

  /// The type, the sizes of four dimensions, and whether a gradient is needed stand within as many bytes.
  private static let tellingByteCount = 96

  private static let slotBits = 8
}

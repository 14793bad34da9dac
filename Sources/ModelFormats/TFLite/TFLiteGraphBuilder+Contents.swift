import ByteFormats
import ModelGraph

extension TFLiteGraphBuilder {
  /// The largest tensor whose contents are read: shapes, axes, slices.
  private static let largestContents = 1024

  /// The contents of a small constant of whole numbers or single-precision numbers.
  func smallContents(_ entry: TFLiteFile.TensorEntry, _ type: TensorType) throws(ByteError)
    -> TensorValue?
  {
    let range = contents.buffers[entry.buffer]
    guard type.elementCount <= Self.largestContents, type.byteCount.value == range.count,
      !entry.isSparse
    else { return nil }
    switch type.dataType {
    case .int32: return TensorValue(type, .integers(try elements(range, Int32.self).map(Int.init)))
    case .int64: return TensorValue(type, .integers(try elements(range, Int64.self).map(Int.init)))
    case .bool: return TensorValue(type, .integers(try elements(range, UInt8.self).map { Int($0) }))
    case .float32:
      let bits = try elements(range, UInt32.self)
      return TensorValue(type, .floats(bits.map { Double(Float(bitPattern: $0)) }))
    default: return nil
    }
  }

  private func elements<Element: FixedWidthInteger & BitwiseCopyable>(
    _ range: Range<Int>, _ type: Element.Type
  ) throws(ByteError) -> [Element] {
    try file.load(range)
    return file.withBytes { bytes in
      stride(from: range.lowerBound, to: range.upperBound, by: MemoryLayout<Element>.size).map {
        Element(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: type))
      }
    }
  }
}

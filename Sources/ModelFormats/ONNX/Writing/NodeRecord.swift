import ByteFormats

/// A node as its bytes in the file, and the names that tie it to other nodes.
struct NodeRecord {
  /// The bytes of the field: tag, length and content.
  var bytes: Range<Int>
  var outputs: [String] = []

  /// What the node and its bodies read, names of the bodies' own values included.
  var reads: [String] = []

  init(_ field: ProtobufField) throws(ByteError) {
    bytes = field.offset..<(try field.bytes()).end
    try read(try field.message(), isOutermost: true)
  }

  /// Reads a `NodeProto`.
  private mutating func read(
    _ message: ProtobufMessage, isOutermost: Bool
  ) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 1: reads.append(try field.string())
      case 2 where isOutermost: outputs.append(try field.string())
      case 5: try readAttribute(try field.message())
      default: break
      }
    }
  }

  private mutating func readAttribute(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      if field.number == 6 || field.number == 11 { try readBody(try field.message()) }
    }
  }

  /// Reads a `GraphProto`: its nodes, and the outputs that may be values from around it.
  private mutating func readBody(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 1: try read(try field.message(), isOutermost: false)
      case 12:
        var output = try field.message()
        while let part = try output.next() {
          if part.number == 1 { reads.append(try part.string()) }
        }
      default: break
      }
    }
  }
}

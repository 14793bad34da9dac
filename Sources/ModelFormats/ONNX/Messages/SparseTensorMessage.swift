import ByteFormats

/// A tensor stored as the elements that are not zero and where they stand: a `SparseTensorProto`.
struct SparseTensorMessage {
  var values: TensorMessage?
  var indices: TensorMessage?
  var dimensions: [Int] = []

  init(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 1: values = try TensorMessage(try field.message())
      case 2: indices = try TensorMessage(try field.message())
      case 3:
        guard try field.append(to: &dimensions, atMost: TensorMessage.maximumRank) else {
          throw ByteError(.implausibleSize("more axes than a tensor has"), at: field.offset)
        }
      default: break
      }
    }
  }
}

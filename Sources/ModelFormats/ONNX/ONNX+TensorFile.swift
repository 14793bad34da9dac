public import ByteFormats
public import ModelGraph

extension ONNX {
  /// The largest tensor that is read from a file of its own.
  private static let maximumElementCount = 1 << 24

  /// Reads a file that holds one tensor, a `TensorProto`, with all its elements.
  ///
  /// - Throws: ``FormatError`` if the file is damaged or the tensor's elements are not in it.
  public static func readTensor(_ file: MappedFile) throws(FormatError) -> TensorValue {
    let tensor: TensorMessage
    do throws(ByteError) {
      tensor = try TensorMessage(ProtobufMessage(file))
    } catch {
      throw .bytes(error)
    }
    let name = tensor.name.isEmpty ? file.name : tensor.name
    let type = try checkedType(of: tensor, name: name)
    guard let value = try contents(of: tensor, type) else {
      throw .badTensor(name: name, reason: "holds no elements that can be read")
    }
    return value
  }

  private static func checkedType(
    of tensor: TensorMessage, name: String
  ) throws(FormatError) -> TensorType {
    let type: TensorType
    do throws(TensorProblem) {
      type = try tensor.type()
      if let problem = tensor.lengthProblem(type) { throw problem }
    } catch {
      throw .badTensor(name: name, reason: error.description)
    }
    guard type.elementCount <= maximumElementCount else {
      throw .limit(what: "elements in one tensor", limit: maximumElementCount)
    }
    return type
  }

  private static func contents(
    of tensor: TensorMessage, _ type: TensorType
  ) throws(FormatError) -> TensorValue? {
    do throws(ByteError) {
      return try tensor.contents(type)
    } catch {
      throw .bytes(error)
    }
  }
}

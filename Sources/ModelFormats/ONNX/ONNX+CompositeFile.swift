public import ByteFormats
public import ModelGraph

extension ONNX {
  /// Reads the type of what a file holds, a `SequenceProto` or an `OptionalProto`.
  ///
  /// Only the declared type tells which of the two a file is: their fields have the same numbers.
  public static func readComposite(
    _ file: MappedFile, as declared: DeclaredType
  ) throws(FormatError) -> ValueType {
    let message: CompositeMessage
    do throws(ByteError) {
      message = try CompositeMessage(ProtobufMessage(file))
    } catch {
      throw .bytes(error)
    }
    if let problem = message.problem { throw .badTensor(name: file.name, reason: problem) }
    return message.type(as: declared)
  }
}

/// The types of the values in a `SequenceProto` or an `OptionalProto`.
private struct CompositeMessage {
  /// The number in `elem_type` that stands for a sequence.
  static let sequenceCode = 3
  static let maximumCount = 1 << 16

  var elementCode = 0
  var elements: [ValueType] = []

  /// What is wrong with a value inside.
  var problem: String?

  init(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next(), problem == nil {
      switch field.number {
      case 2: elementCode = try field.integer()
      case 3: add(try TensorMessage(field.message()))
      case 5: add(try CompositeMessage(field.message())) { .sequence($0) }
      case 7: add(try CompositeMessage(field.message())) { .optional($0.last) }
      case 4, 6: add(.unknown)
      default: break
      }
    }
  }

  private mutating func add(_ tensor: TensorMessage) {
    do throws(TensorProblem) {
      add(.tensor(try tensor.type()))
    } catch {
      problem = error.description
    }
  }

  private mutating func add(
    _ nested: CompositeMessage, _ makeType: ([ValueType]) -> ValueType
  ) {
    problem = nested.problem
    add(makeType(nested.elements))
  }

  private mutating func add(_ type: ValueType) {
    guard elements.count < Self.maximumCount else {
      problem = "holds more than \(Self.maximumCount) values"
      return
    }
    elements.append(type)
  }

  /// The type of the whole; a sequence in an optional value counts as the sequence it must be.
  func type(as declared: DeclaredType) -> ValueType {
    guard case .sequence(let element) = declared else { return .optional(elements.last) }
    if elementCode == Self.sequenceCode, let first = elements.first,
      element.map({ !$0.admits(first) }) ?? false
    {
      return first
    }
    return .sequence(elements)
  }
}

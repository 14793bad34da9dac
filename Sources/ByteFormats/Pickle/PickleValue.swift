/// A value that a pickle describes.
///
/// Texts, bytes and objects stand in their ``PickleDocument``, which a value names them in.
public enum PickleValue: Hashable, Sendable {
  case none
  case boolean(Bool)
  case integer(Int)

  /// An integer of more than 64 bits.
  case wideInteger(PickleDocument.Stretch)
  case number(Double)
  case text(PickleDocument.Text)
  case bytes(PickleDocument.Stretch)
  case object(PickleDocument.Reference)
}

/// What a pickle builds of other values.
public struct PickleObject: Hashable, Sendable {
  public let kind: Kind

  /// What it is built of; the meaning of each place depends on the kind.
  var items: [PickleValue]

  /// Whether keys and values in turn are added to the result of a call, rather than elements.
  public internal(set) var isMapping = false

  public enum Kind: Hashable, Sendable {
    case list, tuple, set

    /// Keys and values in turn.
    case dictionary

    /// A class or function: the module and the name.
    case global

    /// What a class or function would make: itself, the tuple of arguments, the state that is set
    /// afterwards, and elements or pairs that are added.
    case call

    /// What is stored outside of the pickle under an identifier.
    case persistent
  }

  /// Where the parts of a call stand among its items.
  enum Place {
    static let callee = 0
    static let arguments = 1
    static let state = 2
    static let elements = 3
  }
}

extension PickleObject {
  /// The class or function that a call names.
  public var callee: PickleValue? { kind == .call ? items[Place.callee] : nil }

  /// The tuple that a call passes.
  public var arguments: PickleValue? { kind == .call ? items[Place.arguments] : nil }

  /// What is set on the result of a call; ``PickleValue/none`` if nothing is.
  public var state: PickleValue? { kind == .call ? items[Place.state] : nil }

  /// The identifier of what is stored elsewhere.
  public var identifier: PickleValue? { kind == .persistent ? items.first : nil }

  /// The elements of a list, a tuple or a set, or keys and values in turn.
  public var elements: ArraySlice<PickleValue> {
    switch kind {
    case .list, .tuple, .set, .dictionary: items[...]
    case .call: items[Place.elements...]
    case .global, .persistent: []
    }
  }
}

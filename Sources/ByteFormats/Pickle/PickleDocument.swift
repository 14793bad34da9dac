/// What a pickle describes, as plain data: objects that name each other by number.
///
/// An object may occur in several places, and even in itself; whoever walks through a document
/// must count on it.
public struct PickleDocument: Sendable {
  public internal(set) var root = PickleValue.none

  /// The position after the last byte of the pickle.
  public internal(set) var end = 0

  var objects: [PickleObject] = []
  var texts: [String] = []
  var stretches: [Range<Int>] = []

  public init() {}

  public struct Reference: Hashable, Sendable { let index: Int32 }
  public struct Text: Hashable, Sendable { let index: Int32 }

  /// Bytes of the pickle that stay in the file.
  public struct Stretch: Hashable, Sendable { let index: Int32 }

  /// Passes every object once, in the order in which the pickle makes them.
  public func forEachObject(_ body: (PickleValue) -> Void) {
    for index in objects.indices { body(.object(Reference(index: Int32(index)))) }
  }
}

extension PickleDocument {
  public subscript(reference: Reference) -> PickleObject { objects[Int(reference.index)] }

  /// The object that a value is; `nil` for a plain value.
  public func object(_ value: PickleValue) -> PickleObject? {
    guard case .object(let reference) = value else { return nil }
    return self[reference]
  }

  public func text(_ value: PickleValue) -> String? {
    guard case .text(let text) = value else { return nil }
    return texts[Int(text.index)]
  }

  /// Where the bytes of a value lie in the file.
  public func bytes(_ value: PickleValue) -> Range<Int>? {
    switch value {
    case .bytes(let stretch), .wideInteger(let stretch): stretches[Int(stretch.index)]
    default: nil
    }
  }

  /// The module and the name of a class or function, joined by a dot.
  public func globalName(_ value: PickleValue) -> String? {
    guard let object = object(value), object.kind == .global else { return nil }
    return object.items.compactMap(text).joined(separator: ".")
  }

  /// The elements of a list, a tuple or a set.
  public func elements(_ value: PickleValue) -> ArraySlice<PickleValue>? {
    guard let object = object(value) else { return nil }
    switch object.kind {
    case .list, .tuple, .set: return object.elements
    default: return nil
    }
  }

  /// The keys and values of a dictionary; of equal keys the last one counts.
  public func members(_ value: PickleValue) -> [Member]? {
    guard let object = object(value), object.kind == .dictionary else { return nil }
    return members(of: object)
  }

  public struct Member: Hashable, Sendable {
    public var key: PickleValue
    public var value: PickleValue

    public init(key: PickleValue, value: PickleValue) {
      self.key = key
      self.value = value
    }
  }

  /// The elements of a dictionary or of a call, taken for keys and values in turn.
  public func members(of object: PickleObject) -> [Member] {
    var members: [Member] = []
    var positions: [Key: Int] = [:]
    var items = object.elements
    while let key = items.popFirst(), let value = items.popFirst() {
      let member = Member(key: key, value: value)
      if let position = positions[self.key(key)] {
        members[position] = member
      } else {
        positions[self.key(key)] = members.count
        members.append(member)
      }
    }
    return members
  }

  /// The value of a text key of a dictionary.
  public func member(_ name: String, of value: PickleValue) -> PickleValue? {
    members(value)?.last { text($0.key) == name }?.value
  }

  /// What makes two keys the same: texts by their letters, everything else by itself.
  private enum Key: Hashable {
    case text(String)
    case other(PickleValue)
  }

  private func key(_ value: PickleValue) -> Key {
    text(value).map(Key.text) ?? .other(value)
  }
}

extension PickleDocument {
  /// An integer that is not negative; `nil` for anything else.
  public func size(_ value: PickleValue) -> Int? {
    guard case .integer(let size) = value, size >= 0 else { return nil }
    return size
  }

  /// The integers of a tuple or a list, none of them negative.
  public func sizes(_ value: PickleValue) -> [Int]? {
    guard let elements = elements(value) else { return nil }
    let sizes = elements.compactMap(size)
    return sizes.count == elements.count ? sizes : nil
  }
}

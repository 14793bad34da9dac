import ByteFormats
import ModelGraph

/// The bytes that tensors lie in, as a pickle names them.
struct StorageReference: Hashable {
  var key: Key

  /// The type of its elements; single bytes where the tensors say the type.
  var dataType: DataType

  /// The bytes that the pickle says it has.
  var byteCount: Int

  /// Where a view of older versions starts, in elements.
  var viewOffset = 0

  struct Key: Hashable {
    var place: Place
    var name: String

    /// Which of a file's storages the name is one of.
    enum Place: Hashable {
      case data, constants

      /// In the pickle itself, at a byte of the file.
      case embedded
    }
  }
}

extension StorageReference {
  /// Takes `("storage", torch.FloatStorage, "0", "cpu", 1000)`, perhaps with a view at the end.
  init?(_ value: PickleValue, in document: PickleDocument, place: Key.Place = .data) {
    guard let identifier = document.object(value)?.identifier else { return nil }
    if let text = document.text(identifier) {
      self.init(written: text, place: place)
      return
    }
    guard let parts = document.elements(identifier).map(Array.init), parts.count >= 5,
      document.text(parts[0]) == "storage",
      let className = document.globalName(parts[1])?.split(separator: ".").last,
      let dataType = DataType(storageClass: className), let name = document.text(parts[2]),
      let count = document.size(parts[4])
    else { return nil }
    self.init(Key(place: place, name: name), dataType, elementCount: count)
    if parts.count > 5, let view = document.elements(parts[5]).map(Array.init), view.count == 3 {
      viewOffset = document.size(view[1]) ?? 0
    }
  }

  /// Takes what the protocol 0 makes of the tuple: `('storage', <class 'torch.FloatStorage'>, '0', 'cpu', 1000)`.
  private init?(written text: String, place: Key.Place) {
    let parts = text.dropFirst().dropLast().split(separator: ", ", maxSplits: 6)
    guard parts.count == 5 || parts.count == 6 && parts[5] == "None", parts[0] == "'storage'",
      let className = parts[1].split(separator: "'").dropFirst().first?.split(separator: ".").last,
      let dataType = DataType(storageClass: className),
      parts[2].first == "'", parts[2].last == "'", parts[2].count > 2,
      let count = Int(parts[4]), count >= 0
    else { return nil }
    let name = String(parts[2].dropFirst().dropLast())
    self.init(Key(place: place, name: name), dataType, elementCount: count)
  }

  private init?(_ key: Key, _ dataType: DataType, elementCount: Int) {
    let (byteCount, overflow) = elementCount.multipliedReportingOverflow(by: dataType.layout.bytes)
    guard !overflow else { return nil }
    self.init(key: key, dataType: dataType, byteCount: byteCount)
  }
}

extension PickleDocument {
  /// The class that a legacy stream stands for together with its source text.
  func module(_ value: PickleValue) -> PickleValue? {
    guard let identifier = object(value)?.identifier, let parts = elements(identifier),
      parts.count >= 2, let first = parts.first, text(first) == "module"
    else { return nil }
    return parts[parts.startIndex + 1]
  }
}

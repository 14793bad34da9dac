import ByteFormats
import ModelGraph

/// Pickles one after another: what `torch.save` wrote before version 1.6, or a pickle alone.
///
/// PyTorch's stream is a magic number, the version of the protocol, facts of the machine, the object,
/// the keys of the storages in order, and for each storage its number of elements and its bytes.
struct TorchStream {
  private(set) var document: PickleDocument
  private(set) var source: TorchSource

  /// The number that comes first, as it lies in a pickle.
  static let magicNumber: [UInt8] = [
    0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
  ]

  /// The number in the decimal digits of the protocols 0 and 1.
  private static let magicDigits = Array("119547037146038801333356".utf8)

  private static let protocolVersion = 1001

  init(_ file: MappedFile) throws(FormatError) {
    try self.init(file, ByteReader(file))
  }

  /// Reads the stream that lies in a run of bytes.
  init(_ file: MappedFile, _ reader: ByteReader) throws(FormatError) {
    source = TorchSource()
    document = PickleDocument()
    do throws(ByteError) {
      try readAll(file, reader)
    } catch {
      throw .bytes(error)
    }
    if let writer = foreignWriter {
      throw .noModel(format: PyTorch.name, reason: "it is a file of \(writer), which is not read")
    }
  }

  private mutating func readAll(_ file: MappedFile, _ start: ByteReader) throws(ByteError) {
    var reader = start
    document = try readPickle(&reader)
    guard Self.isMagicNumber(document, in: file) else {
      source.holdsStorages = false
      return
    }
    let version = try readPickle(&reader)
    guard version.root == .integer(Self.protocolVersion) else {
      throw ByteError(
        .malformed(
          expected: "version \(Self.protocolVersion) of PyTorch's stream", found: "another"),
        at: start.offset)
    }
    _ = try readPickle(&reader)
    document = try readPickle(&reader)
    let keys = try readPickle(&reader)
    readStorages(keys, reader)
  }

  private mutating func readPickle(_ reader: inout ByteReader) throws(ByteError) -> PickleDocument {
    var interpreter = PickleInterpreter(reader)
    do throws(ByteError) {
      let document = try interpreter.read()
      try reader.skip(byteCount: document.end - reader.offset)
      return document
    } catch {
      // Others put raw bytes between the parts of a pickle; who they are, the names tell.
      document = interpreter.document
      guard foreignWriter == nil else { return document }
      throw error
    }
  }

  private static func isMagicNumber(_ document: PickleDocument, in file: MappedFile) -> Bool {
    guard let range = document.bytes(document.root), range.count <= 64,
      let bytes = try? file.bytes(in: range)
    else { return false }
    return bytes.elementsEqual(magicNumber.dropFirst(2)) || bytes.starts(with: magicDigits)
  }

  /// A library that writes pickles in a way of its own.
  private var foreignWriter: String? {
    document.globalNames.contains { $0.hasPrefix("joblib.numpy_pickle") } ? "joblib" : nil
  }

  /// Notes the bytes of each storage that are there, passing over them.
  private mutating func readStorages(_ keys: PickleDocument, _ start: ByteReader) {
    let sizes = document.storageElementSizes
    var reader = start
    for element in keys.elements(keys.root) ?? [] {
      guard let key = keys.text(element), let size = sizes[key],
        let count = try? reader.read(UInt64.self)
      else { return }
      let (needed, overflow) = Int(clamping: count).multipliedReportingOverflow(by: size)
      let byteCount = overflow ? reader.remaining : min(needed, reader.remaining)
      source.byteCounts[key] = byteCount
      guard (try? reader.skip(byteCount: byteCount)) != nil else { return }
    }
  }
}

extension PickleDocument {
  /// The bytes of one element of every storage that the pickle names, by key.
  fileprivate var storageElementSizes: [String: Int] {
    var sizes: [String: Int] = [:]
    forEachObject { value in
      guard let storage = StorageReference(value, in: self) else { return }
      sizes[storage.key.name] = storage.dataType.layout.bytes
    }
    return sizes
  }

  /// The names of all classes and functions.
  var globalNames: Set<String> {
    var names: Set<String> = []
    forEachObject { value in
      if let name = globalName(value) { names.insert(name) }
    }
    return names
  }
}

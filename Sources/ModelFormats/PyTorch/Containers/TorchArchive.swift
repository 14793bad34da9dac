import ByteFormats

/// The members of a ZIP archive that `torch.save` or `torch.jit.save` wrote.
struct TorchArchive {
  private let file: MappedFile
  private let members: ZipArchive

  /// The folder around all members, with a slash at its end.
  private let root: String

  init(_ file: MappedFile) throws(FormatError) {
    self.file = file
    members = try readingBytes { () throws(ByteError) in try ZipArchive(file) }
    let roots = members.entries.map(\.name).filter { $0.hasSuffix(.pickle) }
      .map { String($0.dropLast(String.pickle.count)) }
      .filter { $0.isEmpty || $0.hasSuffix("/") }
    // Archives may hold others, such as the sample inputs of an exported program.
    root = roots.min { $0.utf8.count < $1.utf8.count } ?? ""
    guard !roots.isEmpty || isExportedProgram else {
      throw .noModel(format: PyTorch.name, reason: Self.reasonForNothing(members))
    }
  }

  private static func reasonForNothing(_ members: ZipArchive) -> String {
    let names = members.entries.map(\.name)
    if names.contains(where: { $0.hasSuffix("/model.json") }) {
      return "it is TorchScript of a version before 1.3, which is not read"
    }
    if names.contains(where: { $0.hasSuffix(".npy") }) { return "it is an archive of NumPy arrays" }
    return "the archive has no data.pkl"
  }

  /// Whether `torch.export.save` wrote it.
  var isExportedProgram: Bool {
    members.entries.contains { $0.name.hasSuffix("/models/model.json") }
  }

  /// Whether it holds code beside tensors.
  var isScript: Bool {
    members.entries.contains { $0.name.hasPrefix(root + "code/") }
  }

  /// A pickle, and the file that its bytes lie in.
  struct Pickle {
    var document: PickleDocument
    var file: MappedFile
  }

  func pickle() throws(FormatError) -> Pickle { try read(.pickle) }

  /// The constants of TorchScript's code; `nil` if the archive has none.
  func constants() throws(FormatError) -> Pickle? {
    members[root + .constantsPickle] == nil ? nil : try read(.constantsPickle)
  }

  /// What the code of TorchScript says of the attributes of its classes, by the names of these.
  func scriptClasses() -> [String: ScriptClass] {
    var classes: [String: ScriptClass] = [:]
    var left = Self.largestCode
    for entry in members.entries {
      guard entry.name.hasPrefix(root + "code/"), entry.name.hasSuffix(".py"),
        entry.byteCount <= left, let (file, range) = try? members.contents(of: entry, limit: left)
      else { continue }
      guard let bytes = try? file.bytes(in: range) else { continue }
      left -= entry.byteCount
      let module = entry.name.dropFirst(root.count + "code/".count).dropLast(".py".count)
        .split(separator: "/").joined(separator: ".")
      let text = String(decoding: bytes, as: UTF8.self)
      classes.merge(ScriptClass.all(in: text, module: module)) { first, _ in first }
    }
    return classes
  }

  /// The most bytes of code that are looked at, and of a pickle that is packed.
  private static let largestCode = 4 << 20
  private static let largestPackedPickle = 32 << 20

  /// The order of the bytes that the file states, and the version of its format.
  func statement(_ name: String) -> String? {
    guard let entry = members[root + name], entry.byteCount <= 32,
      let range = try? members.range(of: entry), let bytes = try? file.bytes(in: range)
    else { return nil }
    return String(decoding: bytes, as: UTF8.self).trimmingNewline
  }

  /// The sizes of the storages.
  func source() -> TorchSource {
    var source = TorchSource()
    for entry in members.entries {
      if let key = entry.name.after(root + "data/") {
        source.byteCounts[key] = entry.byteCount
      } else if let key = entry.name.after(root + "constants/") {
        source.constantByteCounts[key] = entry.byteCount
      }
    }
    return source
  }

  /// The bytes after the archive that are none of it.
  var trailingByteCount: Int { members.trailingByteCount }

  private func read(_ name: String) throws(FormatError) -> Pickle {
    guard let entry = members[root + name] else {
      throw .noModel(format: PyTorch.name, reason: "the archive has no \(name)")
    }
    return try readingBytes { () throws(ByteError) in
      let (file, range) = try members.contents(of: entry, limit: Self.largestPackedPickle)
      var interpreter = PickleInterpreter(ByteReader(file, range: range))
      return Pickle(document: try interpreter.read(), file: file)
    }
  }
}

extension String {
  fileprivate static let pickle = "data.pkl"
  fileprivate static let constantsPickle = "constants.pkl"

  /// What follows a prefix; `nil` if the text does not begin with it or goes on with a folder.
  fileprivate func after(_ prefix: String) -> String? {
    guard hasPrefix(prefix) else { return nil }
    let rest = String(dropFirst(prefix.count))
    return rest.contains("/") ? nil : rest
  }

  fileprivate var trimmingNewline: String {
    hasSuffix("\n") ? String(dropLast()) : self
  }
}

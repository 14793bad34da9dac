public import ByteFormats
public import ModelGraph

/// Reads a model from a file or a folder of any known format.
///
/// - Throws: ``FormatError`` if no reader knows the file or its reader cannot make sense of it.
public func readModel(atPath path: String) throws(FormatError) -> Model {
  guard let folder = try Folder.listing(path) else {
    return try readModel(try MappedFile.opening(path))
  }
  return try readModel(folder)
}

/// Reads a model from a file of any known format, wherever it lies.
public func readModel(_ file: MappedFile) throws(FormatError) -> Model {
  try readModel(file, as: modelFormats)
}

/// Reads a model from a folder of any known format, wherever it lies.
public func readModel(_ folder: Folder) throws(FormatError) -> Model {
  guard let format = folderFormats.first(where: { $0.matches(folder) }) else {
    throw .unrecognized(fileName: folder.name, known: folderFormats.map { $0.name })
  }
  return try format.read(folder)
}

/// Reads a model from a file, which is of one of the given formats.
func readModel(
  _ file: MappedFile, as formats: [any ModelFormat.Type]
) throws(FormatError) -> Model {
  let candidate = Candidate(
    fileName: file.name, firstBytes: file.prefix(Candidate.firstByteCount))
  guard !candidate.starts(with: "version https://git-lfs.github.com/spec/") else {
    throw .noModel(
      format: "Git LFS", reason: "it points to the model; fetch that with git lfs pull")
  }
  guard let format = formats.first(where: { $0.matches(candidate) }) else {
    throw .unrecognized(fileName: file.name, known: formats.map { $0.name })
  }
  return try format.read(file)
}

/// Reads bytes; what is wrong with them is told as the format's error.
///
/// - Throws: ``FormatError/bytes(_:)``.
func readingBytes<Result>(
  _ read: () throws(ByteError) -> Result
) throws(FormatError) -> Result {
  do throws(ByteError) {
    return try read()
  } catch {
    throw .bytes(error)
  }
}

extension MappedFile {
  static func opening(_ path: String) throws(FormatError) -> MappedFile {
    try readingBytes { () throws(ByteError) in try MappedFile(path: path) }
  }
}

extension Folder {
  /// Opens a file of the folder.
  func opening(_ name: String) throws(FormatError) -> MappedFile {
    try readingBytes { () throws(ByteError) in try open(name) }
  }

  /// Reads a file of settings.
  func settings(_ name: String) throws(ByteError) -> JSONValue {
    try JSONValue(try open(name), limit: JSONValue.maximumSettingsByteCount)
  }

  /// Lists a folder in this one; `nil` if there is none of the name.
  func listing(_ name: String) throws(FormatError) -> Folder? {
    try readingBytes { () throws(ByteError) in try folder(name) }
  }

  /// Lists a folder; `nil` if the path is that of something else.
  static func listing(_ path: String) throws(FormatError) -> Folder? {
    try readingBytes { () throws(ByteError) in try Folder(path: path) }
  }
}

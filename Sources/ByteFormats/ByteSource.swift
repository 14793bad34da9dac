/// Bytes that lie elsewhere and are given in parts, such as those of a file on a server.
public protocol ByteSource: Sendable {
  /// Gives as many bytes as the range has.
  func read(_ range: Range<Int>) throws(ByteError) -> [UInt8]
}

/// A folder that lies elsewhere, whose files are opened when they are asked for.
public protocol FolderSource: Sendable {
  func open(_ name: String) throws(ByteError) -> MappedFile

  /// A folder in this one; `nil` if there is none of the name.
  func folder(_ name: String) throws(ByteError) -> Folder?
}

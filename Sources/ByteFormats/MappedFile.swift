#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file whose bytes are mapped into memory, read only and on demand.
public final class MappedFile: Sendable {
  public let path: String
  public let byteCount: Int

  // The mapping is written to by nobody and lives as long as this object.
  private nonisolated(unsafe) let start: UnsafeRawPointer?

  /// Maps a regular file.
  ///
  /// - Throws: ``ByteError`` with the system's reason if the file cannot be opened.
  public init(path: String) throws(ByteError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .system("open", path) }
    defer { close(descriptor) }

    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system("read", path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ByteError(
        .system(operation: "read", path: path, reason: "it is not a regular file"))
    }
    self.path = path
    byteCount = Int(status.st_size)
    guard byteCount > 0 else {
      start = nil
      return
    }
    let mapping = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let mapping, mapping != MAP_FAILED else { throw .system("map", path) }
    start = UnsafeRawPointer(mapping)
  }

  deinit {
    if let start { munmap(UnsafeMutableRawPointer(mutating: start), byteCount) }
  }

  /// Gives the bytes to a function; they must not be kept beyond it.
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: start, count: byteCount))
  }
}

extension ByteError {
  /// The failure of a system call just made.
  static func system(_ operation: String, _ path: String) -> ByteError {
    let reason = String(cString: strerror(errno))
    return ByteError(.system(operation: operation, path: path, reason: reason))
  }
}

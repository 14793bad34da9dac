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

  // The bytes are written to by nobody and live as long as this object.
  private nonisolated(unsafe) let start: UnsafeRawPointer?
  private let isMapping: Bool

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
    isMapping = true
    guard byteCount > 0 else {
      start = nil
      return
    }
    let mapping = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let mapping, mapping != MAP_FAILED else { throw .system("map", path) }
    start = UnsafeRawPointer(mapping)
  }

  /// Makes a file of bytes that are already in memory, such as a member of an archive.
  public init(_ bytes: [UInt8], path: String) {
    self.path = path
    byteCount = bytes.count
    isMapping = false
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    copy.copyBytes(from: bytes)
    start = UnsafeRawPointer(copy.baseAddress)
  }

  deinit {
    guard let start else { return }
    if isMapping {
      munmap(UnsafeMutableRawPointer(mutating: start), byteCount)
    } else {
      start.deallocate()
    }
  }

  /// Gives the bytes to a function; they must not be kept beyond it.
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: start, count: byteCount))
  }

  /// Lets go of the memory around a stretch that was passed over unread.
  ///
  /// A touched byte may bring up to two megabytes around it into the process, which would add up
  /// to the whole file where headers lie between weights. Touched again, the pages come back.
  func releasePages(around range: Range<Int>) {
    guard isMapping, let start, byteCount > Self.neighbourhood * 2 else { return }
    let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
    guard pageSize > 0 else { return }
    let first = max(0, range.lowerBound - Self.neighbourhood) / pageSize * pageSize
    let end = min(byteCount, min(range.upperBound, range.lowerBound + Self.neighbourhood))
    madvise(UnsafeMutableRawPointer(mutating: start + first), end - first, MADV_DONTNEED)
  }

  private static let neighbourhood = 4 << 20

  /// The first bytes, at most as many as asked for.
  public func prefix(_ count: Int) -> [UInt8] {
    withBytes { Array($0.prefix(max(0, count))) }
  }
}

extension MappedFile {
  /// The last part of the path.
  public var name: String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// The path of the folder the file is in, without a slash at its end unless it is the root.
  public var folder: String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

extension ByteError {
  /// The failure of a system call just made.
  static func system(_ operation: String, _ path: String) -> ByteError {
    let reason = String(cString: strerror(errno))
    return ByteError(.system(operation: operation, path: path, reason: reason))
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

import Synchronization

/// A file whose bytes are mapped into memory, read only and on demand.
///
/// Of a file that lies elsewhere the room is reserved, and ``load(_:)`` fetches what is read.
public final class MappedFile: Sendable {
  public let path: String
  public let byteCount: Int

  /// The folder of a file that lies elsewhere.
  private let home: Folder?
  private let source: (any ByteSource)?

  /// Whether there is a source: asked before every integer that is read.
  private let isElsewhere: Bool
  private let blocks: Mutex<FetchedBlocks>

  // The bytes live as long as this object. They are written to by nobody but ``load(_:)``, which puts each
  // byte there before anyone reads it.
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
    (home, source, isElsewhere) = (nil, nil, false)
    byteCount = Int(status.st_size)
    blocks = Mutex(FetchedBlocks(byteCount: 0))
    isMapping = byteCount > Self.copiedByteCount
    guard byteCount > 0 else {
      start = nil
      return
    }
    guard isMapping else {
      start = try Self.copy(descriptor, byteCount, path)
      return
    }
    let mapping = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let mapping, mapping != MAP_FAILED else { throw .system("map", path) }
    start = UnsafeRawPointer(mapping)
  }

  /// The most bytes that are copied, which takes less time than to map so few.
  private static let copiedByteCount = 32 << 10

  private static func copy(
    _ descriptor: Int32, _ byteCount: Int, _ path: String
  ) throws(ByteError) -> UnsafeRawPointer {
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 16)
    var done = 0
    while done < byteCount {
      let count = pread(descriptor, bytes + done, byteCount - done, off_t(done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let error = count < 0 ? ByteError.system("read", path) : .cutShort(at: done, of: byteCount)
        bytes.deallocate()
        throw error
      }
      done += count
    }
    return UnsafeRawPointer(bytes)
  }

  /// Makes a file of bytes that are already in memory, such as a member of an archive.
  public init(_ bytes: [UInt8], path: String) {
    self.path = path
    (home, source, isElsewhere) = (nil, nil, false)
    byteCount = bytes.count
    blocks = Mutex(FetchedBlocks(byteCount: 0))
    isMapping = false
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    copy.copyBytes(from: bytes)
    start = UnsafeRawPointer(copy.baseAddress)
  }

  /// Reserves room for a file that lies elsewhere.
  ///
  /// The path is the name that errors show; in the home, files beside this one are found.
  ///
  /// - Throws: ``ByteError`` if the system gives no room for so large a file.
  public init(
    path: String, byteCount: Int, source: any ByteSource, home: Folder? = nil
  ) throws(ByteError) {
    self.path = path
    self.byteCount = byteCount
    (self.home, self.source, isElsewhere) = (home, source, true)
    blocks = Mutex(FetchedBlocks(byteCount: byteCount))
    isMapping = false
    guard 0..<(1 << 46) ~= byteCount else {
      throw ByteError(.implausibleSize("\(byteCount) bytes of \(path)"))
    }
    guard byteCount > 0 else {
      start = nil
      return
    }
    let room = mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let room, room != MAP_FAILED else { throw .system("make room for", path) }
    start = UnsafeRawPointer(room)
  }

  deinit {
    guard let start else { return }
    if isMapping || source != nil {
      munmap(UnsafeMutableRawPointer(mutating: start), byteCount)
    } else {
      start.deallocate()
    }
  }

  /// Gives the bytes to a function; they must not be kept beyond it.
  ///
  /// Of a file that lies elsewhere only those are there that ``load(_:)`` fetched.
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: start, count: byteCount))
  }

  /// The bytes of a stretch, fetched if they lie elsewhere.
  ///
  /// - Throws: ``ByteError`` if the file has no such stretch or it cannot be fetched.
  public func bytes(in range: Range<Int>) throws(ByteError) -> [UInt8] {
    guard range.lowerBound >= 0, range.upperBound <= byteCount else {
      throw ByteError(
        .truncated(needed: range.count, left: max(0, byteCount - max(0, range.lowerBound))),
        at: max(0, range.lowerBound))
    }
    try load(range)
    return withBytes { Array($0[range]) }
  }

  /// Makes sure that bytes are here; those of a file on this machine always are.
  ///
  /// - Throws: ``ByteError`` if they cannot be fetched.
  public func load(_ range: Range<Int>) throws(ByteError) {
    guard isElsewhere else { return }
    try fetch(range.clamped(to: 0..<byteCount))
  }

  private func fetch(_ range: Range<Int>) throws(ByteError) {
    guard let source else { return }
    // Whoever comes meanwhile waits, and finds here what it would have fetched too.
    try blocks.withLock { blocks throws(ByteError) in
      while let missing = blocks.missing(in: range) {
        let bytes = try source.read(missing)
        guard bytes.count == missing.count else {
          throw ByteError(
            .truncated(needed: missing.count, left: bytes.count), at: range.lowerBound)
        }
        put(bytes, at: missing.lowerBound)
        blocks.insert(missing)
      }
    }
  }

  /// Puts bytes in their place, of a file that lies elsewhere.
  public func fill(_ offset: Int, with bytes: [UInt8]) throws(ByteError) {
    guard source != nil, offset >= 0, bytes.count <= byteCount - offset else { return }
    put(bytes, at: offset)
    blocks.withLock { $0.insert(offset..<offset + bytes.count) }
  }

  private func put(_ bytes: [UInt8], at offset: Int) {
    guard let start else { return }
    bytes.withUnsafeBytes {
      guard let from = $0.baseAddress else { return }
      UnsafeMutableRawPointer(mutating: start + offset).copyMemory(from: from, byteCount: $0.count)
    }
  }

  /// Opens a file in the same folder; `nil` if there is none of the name.
  ///
  /// - Throws: ``ByteError`` if it cannot be opened, also if it is missing where nothing lists what there is.
  public func sibling(_ name: String) throws(ByteError) -> MappedFile? {
    if source != nil {
      guard let home, home.contains(name) || !home.isListed else { return nil }
      return try home.open(name)
    }
    let path = "\(folder)/\(name)"
    return FileFacts(path: path) == nil ? nil : try MappedFile(path: path)
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
    let range = 0..<min(max(0, count), byteCount)
    // What cannot be fetched is missed by whoever reads on.
    do throws(ByteError) { try load(range) } catch { return [] }
    return withBytes { Array($0[range]) }
  }
}

extension MappedFile {
  /// The last part of the path.
  public var name: String {
    path.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) } ?? path
  }

  /// The path of the folder the file is in, without a slash at its end unless it is the root.
  public var folder: String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

extension ByteError {
  /// A file that has become shorter while it was read.
  fileprivate static func cutShort(at offset: Int, of byteCount: Int) -> ByteError {
    ByteError(.truncated(needed: byteCount - offset, left: 0), at: offset)
  }

  /// The failure of a system call just made.
  static func system(_ operation: String, _ path: String) -> ByteError {
    let reason = String(cString: strerror(errno))
    return ByteError(.system(operation: operation, path: path, reason: reason))
  }
}

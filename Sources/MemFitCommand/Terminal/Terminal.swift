#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The streams of this process and what they are connected to.
enum Terminal {
  enum Stream: Int32 {
    case output = 1
    case error = 2

    var isTerminal: Bool { isatty(rawValue) == 1 }

    /// The columns of the terminal; `nil` if there is none.
    var columns: Int? {
      var size = winsize()
      guard ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
      return Int(size.ws_col)
    }
  }

  static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  /// Writes all of a text, or as much as the reader takes.
  ///
  /// - Throws: ``WriteError`` if the system refuses, for instance because a disk is full.
  static func write(_ text: String, to stream: Stream) throws(WriteError) {
    var rest = ArraySlice(text.utf8)
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { systemWrite(stream.rawValue, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      // A reader that went away, such as `head`, has what it wanted.
      if count < 0, errno == EPIPE { return }
      guard count > 0 else { throw WriteError(reason: String(cString: strerror(errno))) }
      rest = rest.dropFirst(count)
    }
  }

  /// Writes a file, in place of one that is there.
  ///
  /// - Throws: ``WriteError`` if the system refuses.
  static func write(_ bytes: [UInt8], toFile path: String) throws(WriteError) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard file >= 0 else { throw WriteError(reason: String(cString: strerror(errno)), path: path) }
    defer { close(file) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { systemWrite(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw WriteError(reason: String(cString: strerror(errno)), path: path)
      }
      rest = rest.dropFirst(count)
    }
  }

  /// Makes a folder, unless it is there.
  ///
  /// - Throws: ``WriteError`` if the system refuses.
  static func makeFolder(_ path: String) throws(WriteError) {
    guard mkdir(path, 0o755) != 0, errno != EEXIST else { return }
    throw WriteError(reason: String(cString: strerror(errno)), path: path)
  }

  /// Tells the user something besides the answer; if that cannot be written, nobody is listening.
  static func tell(_ text: String) { try? write(text, to: .error) }

  /// Lets writing to a closed pipe fail instead of ending the process.
  static func ignoreClosedPipes() { signal(SIGPIPE, SIG_IGN) }

  static func exit(_ status: Invocation.Status) -> Never { systemExit(status.rawValue) }

  /// Whether a path leads to a folder.
  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The names in a folder; empty if it cannot be read.
  static func names(inFolder path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }
}

/// The system did not take the answer.
struct WriteError: Error, CustomStringConvertible {
  let reason: String

  /// The file; `nil` for the output stream.
  var path: String?

  var description: String { "cannot write \(path ?? "the answer"): \(reason)" }
}

private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(file, bytes, count)
}

private func systemExit(_ status: Int32) -> Never { exit(status) }

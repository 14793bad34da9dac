#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that the user asked to be written besides the answer.
enum OutputFile {
  /// Writes a text, in place of what the file held.
  static func write(_ text: String, to path: String) throws(WriteError) {
    guard let file = fopen(path, "w") else {
      throw WriteError(reason: "\(path): \(String(cString: strerror(errno)))")
    }
    let bytes = Array(text.utf8)
    let count = fwrite(bytes, 1, bytes.count, file)
    guard fclose(file) == 0, count == bytes.count else {
      throw WriteError(reason: "\(path): \(String(cString: strerror(errno)))")
    }
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension MappedFile {
  /// Writes stretches of this file, one after the other, to another.
  ///
  /// The other file takes its place when all is written, so that it may be this one's own path.
  ///
  /// - Throws: ``ByteError`` with the system's reason, also if a stretch is not in the file.
  public func write(_ stretches: [Range<Int>], to path: String) throws(ByteError) {
    let isInside = stretches.allSatisfy { 0 <= $0.lowerBound && $0.upperBound <= byteCount }
    guard isInside else { throw ByteError(.implausibleSize("a stretch beyond the file")) }
    let partial = path + ".partial"
    guard let file = fopen(partial, "wx") else { throw .system("create", partial) }
    let isWritten = withBytes { bytes in stretches.allSatisfy { copy($0, of: bytes, to: file) } }
    guard fclose(file) == 0, isWritten, rename(partial, path) == 0 else {
      let error = ByteError.system("write", path)
      unlink(partial)
      throw error
    }
  }

  private func copy(
    _ stretch: Range<Int>, of bytes: UnsafeRawBufferPointer, to file: UnsafeMutablePointer<FILE>
  ) -> Bool {
    let part = UnsafeRawBufferPointer(rebasing: bytes[stretch])
    return part.isEmpty || fwrite(part.baseAddress, 1, part.count, file) == part.count
  }
}

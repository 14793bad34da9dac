import ByteFormats
import Foundation
import ModelFormats
import ModelGraph
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Files whose data is far larger than memory, made sparse.
@Suite(.serialized) struct LargeFileTests {
  /// A safetensors file and a GGUF file with one tensor of 64 GiB each, by their headers.
  private static let headers: [(name: String, bytes: [UInt8])] = [
    ("large.safetensors", safetensors), ("large.gguf", gguf),
  ]

  private static var safetensors: [UInt8] {
    let text = Array(
      #"{"w":{"dtype":"F32","shape":[16384,1048576],"data_offsets":[0,\#(byteCount)]}}"#.utf8)
    return littleEndian(UInt64(text.count)) + text
  }

  private static var gguf: [UInt8] {
    var bytes = Array("GGUF".utf8) + littleEndian(UInt32(3))
    bytes += littleEndian(UInt64(1)) + littleEndian(UInt64(0))
    bytes += littleEndian(UInt64(1)) + Array("w".utf8) + littleEndian(UInt32(2))
    bytes += littleEndian(UInt64(1_048_576)) + littleEndian(UInt64(16384))
    bytes += littleEndian(UInt32(0)) + littleEndian(UInt64(0))
    return bytes + Array(repeating: 0, count: -bytes.count & 31)
  }

  private static let byteCount = 64 << 30

  @Test(arguments: headers.map(\.name))
  func `only the header of a large file is read`(name: String) throws {
    let header = try #require(Self.headers.first { $0.name == name }).bytes
    try withSparseFile(name, header) { path in
      let before = ResourceUse.now
      let model = try readModel(atPath: path)
      let use = ResourceUse.now - before
      #expect(model.storedByteCount == Self.byteCount)
      #expect(model.diagnostics.filter { $0.severity > .note } == [])
      #expect(use.peakByteCount < 30_000_000)
    }
  }

  @Test func `a list as long as a file of zeros is refused before it is gone through`() throws {
    var header = Array("GGUF".utf8) + littleEndian(UInt32(3))
    header += littleEndian(UInt64(0)) + littleEndian(UInt64(1))
    header += littleEndian(UInt64(11)) + Array("tokenizer.x".utf8) + littleEndian(UInt32(9))
    header += littleEndian(UInt32(8)) + littleEndian(UInt64(1 << 32))
    try withSparseFile("zeros.gguf", header) { path in
      let error = #expect(throws: FormatError.self) { try readModel(atPath: path) }
      #expect(error?.description.contains("items in lists") == true)
    }
  }

  /// Makes a file of a header and zeros for as long as a function runs, where the system can.
  private func withSparseFile(
    _ name: String, _ header: [UInt8], _ body: (String) throws -> Void
  ) throws {
    let folder = FileManager.default.temporaryDirectory
    let path = folder.appendingPathComponent("memfit-\(getpid())-\(name)").path
    defer { unlink(path) }
    let file = try #require(fopen(path, "w"))
    fwrite(header, 1, header.count, file)
    fclose(file)
    guard truncate(path, off_t(header.count + Self.byteCount)) == 0 else { return }
    try body(path)
  }
}

private func littleEndian<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian, Array.init)
}

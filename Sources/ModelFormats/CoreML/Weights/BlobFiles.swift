import ByteFormats
import ModelGraph

/// The files in which the weights of ML programs lie, and the records in them.
///
/// At the offset that a program gives stands a header of 64 bytes, which says where the data is:
///
/// ```
/// UInt32 0xDEADBEEF · UInt32 type · UInt64 byte count · UInt64 offset of the data · UInt64 padding bits
/// ```
/// <https://github.com/apple/coremltools/blob/main/mlmodel/src/MILBlob/Blob/StorageFormat.hpp>
struct BlobFiles {
  private let folder: String
  private var files: [String: MappedFile] = [:]
  private var missing: Set<String> = []
  private(set) var byteCount = ByteCount.zero
  var log = DiagnosticLog()

  static let sentinel: UInt32 = 0xDEAD_BEEF

  /// The most files that a program may name.
  private static let maximumFileCount = 64

  init(folder: String) { self.folder = folder }

  /// The bytes that a record holds; `nil`, with the reason in the log, if there is no sound one.
  mutating func byteCount(of value: MILBlobReference, named name: String) -> Int? {
    guard let file = file(value.fileName) else { return nil }
    do throws(ByteError) {
      return try recordByteCount(file, value, name)
    } catch {
      log.add(.error, "missingData", "the record of \(name.quoted) is not there: \(error)")
      return nil
    }
  }

  private mutating func recordByteCount(
    _ file: MappedFile, _ value: MILBlobReference, _ name: String
  ) throws(ByteError) -> Int? {
    var reader = ByteReader(file)
    try reader.skip(byteCount: value.offset)
    let start = reader.offset
    guard try reader.read(UInt32.self) == Self.sentinel else {
      throw ByteError(
        .malformed(expected: "the mark 0xDEADBEEF of a record", found: "something else"),
        at: start)
    }
    try reader.skip(byteCount: 4)
    let byteCount = try reader.read(UInt64.self)
    let offset = try reader.read(UInt64.self)
    let end = byteCount.addingReportingOverflow(offset)
    guard !end.overflow, end.partialValue <= UInt64(file.byteCount) else {
      let needed = Int(clamping: end.overflow ? UInt64.max : end.partialValue)
      throw ByteError(.truncated(needed: needed, left: file.byteCount), at: start)
    }
    return Int(byteCount)
  }

  private mutating func file(_ name: String) -> MappedFile? {
    if let file = files[name] { return file }
    guard !missing.contains(name), files.count + missing.count < Self.maximumFileCount else {
      return nil
    }
    let path = name.hasPrefix("@model_path/") ? String(name.dropFirst(12)) : name
    guard path.isLocalPath, !leadsOut(path) else {
      missing.insert(name)
      log.add(.error, "badPath", "the path \(name.quoted) of weights leads out of the package")
      return nil
    }
    do throws(ByteError) {
      let file = try MappedFile(path: "\(folder)/\(path)")
      files[name] = file
      byteCount = byteCount + ByteCount(file.byteCount)
      return file
    } catch {
      missing.insert(name)
      log.add(.error, "missingData", "the file of weights cannot be read: \(error)")
      return nil
    }
  }
}

extension BlobFiles {
  /// Whether a link on the way leads out of the model's folder.
  private func leadsOut(_ path: String) -> Bool {
    guard let facts = FileFacts(path: "\(folder)/\(path)"), let home = FileFacts(path: folder)
    else {
      return false
    }
    return !facts.isInside(home)
  }
}

/// Where the contents of a value lie.
struct MILBlobReference: Hashable {
  var fileName: String
  var offset: Int
}

public import ModelGraph
import ByteFormats

/// Reads a model from a file of any known format.
///
/// - Throws: ``FormatError`` if no reader knows the file or its reader cannot make sense of it.
public func readModel(atPath path: String) throws(FormatError) -> Model {
  let file = try MappedFile.opening(path)
  let candidate = Candidate(
    fileName: file.name, firstBytes: file.prefix(Candidate.firstByteCount))
  guard let format = modelFormats.first(where: { $0.matches(candidate) }) else {
    throw .unrecognized(fileName: file.name, known: modelFormats.map { $0.name })
  }
  return try format.read(file)
}

extension MappedFile {
  fileprivate static func opening(_ path: String) throws(FormatError) -> MappedFile {
    do throws(ByteError) {
      return try MappedFile(path: path)
    } catch {
      throw .bytes(error)
    }
  }
}

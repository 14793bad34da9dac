public import ByteFormats
public import ModelGraph

/// GGUF, the format of llama.cpp.
///
/// A magic number, a version, two counts, key–value pairs, descriptions of tensors, then the data,
/// padded to the alignment. Version 1 has counts and lengths of four bytes, later ones of eight; a
/// file of the other byte order is told by its version. A model may be split into files of which the
/// first carries the metadata; given any of them, all are counted.
/// Specification: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>
public enum GGUF: ModelFormat {
  public static let name = "GGUF"

  public static func matches(_ candidate: Candidate) -> Bool {
    candidate.starts(with: "GGUF") || candidate.hasExtension("gguf")
  }

  public static func read(_ file: MappedFile) throws(FormatError) -> Model {
    let part: GGUFPart
    do throws(ByteError) {
      part = try GGUFPart(file)
    } catch {
      throw .bytes(error)
    }
    var parts = GGUFParts(part, file)
    return parts.model()
  }
}

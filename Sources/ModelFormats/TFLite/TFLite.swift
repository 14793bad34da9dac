public import ByteFormats
public import ModelGraph

/// The format of TensorFlow Lite, which LiteRT and TensorFlow Lite Micro run.
///
/// One FlatBuffer: buffers, the list of operators in use, and subgraphs of tensors and operators, of
/// which the first is the model. A tensor with a buffer that is not empty is a constant.
/// Specification:
/// <https://github.com/google-ai-edge/LiteRT/blob/main/tflite/converter/schema/schema.fbs>
public enum TFLite: ModelFormat {
  public static let name = "TFLite"

  public static func matches(_ candidate: Candidate) -> Bool {
    FlatBuffer.identifier(in: candidate.firstBytes) == Array("TFL3".utf8)
      || candidate.hasExtension("tflite")
  }

  public static func read(_ file: MappedFile) throws(FormatError) -> Model {
    let contents: TFLiteFile
    do throws(ByteError) {
      try checkIdentifier(file)
      contents = try TFLiteFile(FlatBuffer(file))
    } catch {
      throw .bytes(error)
    }
    guard !contents.subgraphs.isEmpty else {
      throw .noModel(format: name, reason: "it has no subgraph")
    }
    var builder = TFLiteGraphBuilder(contents, file: file)
    let graph: TFLiteGraph
    do throws(ByteError) {
      graph = try builder.graph()
    } catch {
      throw .bytes(error)
    }
    return Model(
      name: file.name.withoutExtension, source: file.path, format: name,
      fileByteCount: ByteCount(file.byteCount), tensors: builder.tensors, graph: graph,
      diagnostics: builder.log.all, metadata: contents.metadata)
  }

  private static func checkIdentifier(_ file: MappedFile) throws(ByteError) {
    let found = FlatBuffer.identifier(in: file.prefix(8))
    guard found == Array("TFL3".utf8) else {
      throw ByteError(
        .malformed(
          expected: "the identifier TFL3",
          found: found.map { String($0, radix: 16) }.joined(separator: " ")), at: 4)
    }
  }
}

public import ByteFormats
public import ModelGraph

/// A model for Apple's Core ML: a `.mlmodel` file, on its own or inside a package.
///
/// A protobuf message `Model`: a neural network of layers that carry their weights, an ML program whose weights
/// lie in a file beside it, a classic model such as trees, or a pipeline of models.
/// <https://apple.github.io/coremltools/mlmodel/index.html>
public enum CoreML: ModelFormat {
  public static let name = "Core ML"

  public static func matches(_ candidate: Candidate) -> Bool { candidate.hasExtension("mlmodel") }

  public static func read(_ file: MappedFile) throws(FormatError) -> Model {
    do throws(ByteError) {
      var parts = CoreMLParts(folder: file.folder)
      let message = try CoreMLModelMessage(ProtobufMessage(file))
      try parts.add(message, prefix: "")
      try parts.finish(isPipeline: message.kind == .pipeline)
      return parts.model(of: file, version: message.version)
    } catch {
      throw .bytes(error)
    }
  }
}

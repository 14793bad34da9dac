public import ByteFormats
public import ModelGraph
import Operators

/// ONNX, the exchange format of many frameworks.
///
/// One protobuf message, `ModelProto`, with a graph of nodes, the stored tensors of that graph, and
/// functions that nodes may call. Tensors may also stand in `Constant` nodes, in the bodies of
/// control flow, and in files beside the model.
/// Specification: <https://github.com/onnx/onnx/blob/main/docs/IR.md>
public enum ONNX: ModelFormat {
  public static let name = "ONNX"

  public static func matches(_ candidate: Candidate) -> Bool {
    candidate.hasExtension("onnx") || candidate.startsLikeONNX
  }

  public static func read(_ file: MappedFile) throws(FormatError) -> Model {
    var (model, graph) = try readGraph(file)
    model.graph = graph
    return model
  }

  /// Reads the model without its graph, and the graph as the file describes it.
  ///
  /// The graph is `nil` if its nodes cannot be put in an order; a diagnostic says so.
  package static func readGraph(
    _ file: MappedFile
  ) throws(FormatError) -> (model: Model, graph: SymbolicGraph?) {
    let message = try model(in: file)
    guard let graphMessage = message.graph else {
      throw .noModel(format: name, reason: "it has no graph")
    }
    try FunctionExpansion.check(graphMessage, functions: message.functions)

    var builder = GraphBuilder(message, external: ExternalData(besides: file))
    let graph: SymbolicGraph
    do throws(ByteError) {
      graph = try builder.readGraph(graphMessage, path: "")
    } catch {
      throw .bytes(error)
    }
    let model = Model(
      name: file.name.withoutExtension, source: file.path, format: name,
      fileByteCount: ByteCount(file.byteCount) + builder.external.byteCount,
      tensors: builder.tensors.all, diagnostics: builder.log.all)
    return (model, builder.cycles.isEmpty ? graph : nil)
  }

  private static func model(in file: MappedFile) throws(FormatError) -> ModelMessage {
    guard file.byteCount > 0 else { throw .noModel(format: name, reason: "it is empty") }
    do throws(ByteError) {
      return try ModelMessage(ProtobufMessage(file))
    } catch {
      throw .bytes(error)
    }
  }
}

extension Candidate {
  /// Whether the first field is a plausible version of the format and a field of a model follows.
  ///
  /// Core ML begins alike, but its second field is a message, not the name of a producer.
  fileprivate var startsLikeONNX: Bool {
    guard firstBytes.count >= 4, firstBytes[0] == 0x08, 1...32 ~= firstBytes[1] else {
      return false
    }
    switch firstBytes[2] {
    case 0x12: return firstBytes.count > 4 && 0x20...0x7E ~= firstBytes[4]
    case 0x3A, 0x42: return true
    default: return false
    }
  }
}

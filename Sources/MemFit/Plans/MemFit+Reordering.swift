import ByteFormats
public import MemoryAnalysis
import ModelFormats
public import ModelGraph
public import Reports

extension MemFit {
  /// Writes an ONNX file with its nodes in an order that makes ONNX Runtime run them as planned, or as
  /// near to that as its option allows.
  ///
  /// Nodes are moved as they are, weights copied or left in the files they are in.
  ///
  /// - Throws: ``PlanError`` if the model is no ONNX file or its weights would not be found,
  ///   ``FormatError`` and ``ByteError`` for what is wrong with the file.
  public static func write(
    _ model: Model, _ request: Request, running order: [Int], _ option: ExecutionOrderOption,
    to path: String
  ) throws -> WrittenOrder {
    guard model.format == ONNX.name else { throw PlanError.notReorderable(format: model.format) }
    let file = try MappedFile(path: model.source)
    try checkExternalData(of: model, file, besides: path)
    let graph = try graph(of: model, request)
    let ordering = GraphOrdering(
      graph, runtime: try request.runtime(for: model), inPlace: request.inPlaceRule)
    let fileOrder = ordering.fileOrder(running: order, option)
    var ranks: [String: Int] = [:]
    for (rank, node) in fileOrder.nodes.enumerated() {
      for case let output? in graph.nodes[node].outputs { ranks[graph[output].name] = rank }
    }
    try file.write(ONNX.reordered(file) { ranks[$0] }, to: path)
    return WrittenOrder(path: path, peak: fileOrder.peak, option: option)
  }

  /// Files with weights beside the model are named relative to its folder.
  private static func checkExternalData(
    of model: Model, _ file: MappedFile, besides path: String
  ) throws(PlanError) {
    guard (model.fileByteCount?.value ?? 0) > file.byteCount else { return }
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    guard FileFacts(path: folder)?.resolvedPath != FileFacts(path: file.folder)?.resolvedPath else {
      return
    }
    throw .externalData(folder: file.folder, target: path)
  }
}

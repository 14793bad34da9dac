public import ByteFormats
public import ModelGraph

/// A program exported by PyTorch's `torch.export.save`.
///
/// A ZIP archive of stored members in one folder:
///
/// ```
/// resnet18/models/model.json                             the graph, in PyTorch's operators
/// resnet18/data/weights/model_weights_config.json        names, types, and the record of each
/// resnet18/data/weights/weight_0 …                       the bytes, which are not read
/// resnet18/data/constants/model_constants_config.json
/// ```
///
/// <https://docs.pytorch.org/docs/stable/user_guide/torch_compiler/export/pt2_archive.html>
public enum TorchExport: ModelFormat {
  public static let name = "torch.export"

  public static func matches(_ candidate: Candidate) -> Bool { candidate.hasExtension("pt2") }

  public static func read(_ file: MappedFile) throws(FormatError) -> Model {
    let archive = try ExportArchive(file)
    let text = try archive.programText()
    let ahead = text.map(ProgramAhead.init)
    let (programRead, weightsRead) = concurrently {
      Result { () throws(FormatError) in try archive.program(text, ahead) }
    } _: {
      ahead?.read()
      return Result { () throws(FormatError) in try archive.configuration(.weights) }
    }
    let read = try programRead.get()
    let weights = try weightsRead.get()
    let program = read.with(unreadOf: weights)
    let order = Deferred { ConstructionOrder(program, weights) }
    order.begin()
    var tensors = ExportedTensors(program)
    try tensors.add(weights, .weights, of: archive)
    try tensors.add(try archive.configuration(.constants), .constants, of: archive)
    archive.reportTrailing(to: &tensors.log)
    let all = tensors.hasShared ? order.value.ownersFirst(tensors.all) : tensors.all
    let construction = Construction { order.value.construction(of: all) }
    construction.begin()
    var graph = ExportedGraph(program)
    graph.construction = construction
    graph.prepare()
    var metadata: Attributes = [:]
    if !program.torchVersion.isEmpty { metadata["torch_version"] = .string(program.torchVersion) }
    return Model(
      name: file.name.withoutExtension, source: file.path, format: name,
      fileByteCount: ByteCount(file.byteCount), tensors: all,
      graph: graph, diagnostics: tensors.log.all, metadata: metadata)
  }
}

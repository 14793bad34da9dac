import ByteFormats
import ModelGraph

/// An ML program: functions of operations in the language MIL.
///
/// <https://apple.github.io/coremltools/mlmodel/Format/MIL.html>
struct MILProgram {
  private let message: ProtobufMessage
  private let description: CoreMLDescription
  private(set) var tensors: [Tensor] = []

  /// The graph of the function that runs unless another is asked for.
  private(set) var graph: SymbolicGraph?
  var log = DiagnosticLog()

  private var storages: [MILBlobReference: Int] = [:]
  private var names: Set<String> = []

  init(_ message: ProtobufMessage, description: CoreMLDescription) {
    self.message = message
    self.description = description
  }

  mutating func read(weights: inout BlobFiles) throws(ByteError) {
    var functions: [(name: String, body: ProtobufMessage)] = []
    var program = message
    while let field = try program.next() {
      guard field.number == 2 else { continue }
      let entry = try ProtobufEntry(try field.message())
      if let value = entry.value { functions.append((entry.key, value)) }
    }
    let main = [description.functionName, "main"].first { name in
      functions.contains { $0.name == name }
    }
    for function in functions.sorted(by: { $0.name < $1.name }) {
      let isMain = function.name == main ?? functions.first?.name
      var reader = MILFunction(isMain ? description : CoreMLDescription())
      try reader.read(function.body, weights: &weights)
      log.add(contentsOf: reader.log.all)
      for tensor in reader.tensors { add(tensor, function.name, isMain: isMain) }
      if isMain { graph = reader.graph }
    }
    if functions.count > 1 {
      log.add(
        .note, "severalFunctions",
        "of \(functions.count) functions the graph is that of \((main ?? "").quoted)")
    }
  }

  /// Adds a tensor; one that lies where another does is the same.
  private mutating func add(_ stored: MILStoredTensor, _ function: String, isMain: Bool) {
    var name = stored.name
    if !names.insert(name).inserted {
      if let blob = stored.blobs.first, stored.blobs.count == 1, storages[blob] != nil { return }
      name = "\(function)/\(name)"
      guard names.insert(name).inserted else { return }
    }
    var storage = tensors.count
    if stored.blobs.count == 1, let blob = stored.blobs.first {
      storage = storages[blob] ?? storage
      storages[blob] = storage
    }
    tensors.append(
      Tensor(
        name: name, type: stored.type, role: stored.role, storage: storage, held: stored.held))
  }
}

/// A tensor of a program: all its elements, and what the file holds for them.
struct MILStoredTensor {
  var name: String
  var type: TensorType
  var role: Tensor.Role

  /// The bytes in the file, where they are not those of all elements in their type.
  var held: Tensor.Content?
  var blobs: [MILBlobReference]
}

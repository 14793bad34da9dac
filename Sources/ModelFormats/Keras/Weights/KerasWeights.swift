import ByteFormats
import ModelGraph

/// The arrays of a Keras file, under the names and in the roles that Keras gives them.
struct KerasWeights {
  private(set) var tensors: [Tensor] = []

  /// The configuration that whole models of the older form have in an attribute.
  private(set) var configuration: JSONValue?
  private(set) var metadata: Attributes = [:]
  var log = DiagnosticLog()

  private var names: Set<String> = []

  /// Adds what one HDF5 file holds.
  mutating func add(_ file: HDF5File) throws(ByteError) {
    var walk = try KerasFileWalk(file)
    try walk.run()
    log.add(contentsOf: walk.log.all)
    readAttributes(of: walk.root)
    let naming = KerasNaming(walk)
    for array in walk.arrays { add(array, naming) }
    if naming.style == .plain {
      log.add(.note, "notKeras", "the arrays do not lie as Keras lays them; they are read as plain")
    }
  }

  private mutating func add(_ array: KerasFileWalk.Array, _ naming: KerasNaming) {
    var variable = naming.variable(array)
    if !names.insert(variable.name).inserted {
      variable.name = array.path.joined(separator: "/")
      guard names.insert(variable.name).inserted else {
        log.add(.warning, "duplicateTensor", "\(variable.name.quoted) is there twice")
        return
      }
    }
    tensors.append(
      Tensor(
        name: variable.name, type: array.type, role: variable.role, storage: tensors.count))
  }

  private mutating func readAttributes(of root: HDF5Object) {
    for name in ["keras_version", "backend"] {
      if let text = root[attribute: name]?.texts.first { metadata[name] = .string(text) }
    }
    guard let text = root[attribute: "model_config"]?.texts.first else { return }
    do throws(ByteError) {
      configuration = try JSONValue(MappedFile(Swift.Array(text.utf8), path: "model_config"))
    } catch {
      log.add(.warning, "badConfiguration", "model_config is no JSON: \(error)")
    }
  }
}

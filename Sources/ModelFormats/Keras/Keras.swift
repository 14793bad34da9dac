public import ByteFormats
public import ModelGraph

/// A model of Keras, in any of the three forms in which it has been saved.
///
/// ```
/// model.keras        ZIP: config.json, metadata.json, model.weights.h5 (Keras 3)
/// model.weights.h5   HDF5: layers/dense/vars/0, optimizer/vars/2, … (Keras 3)
/// model.h5           HDF5: model_config, model_weights/dense/dense/kernel:0, … (Keras 1 to 3)
/// ```
///
/// Other HDF5 files are read too, as plain arrays.
/// <https://keras.io/guides/serialization_and_saving/>,
/// <https://github.com/keras-team/keras/blob/master/keras/src/saving/saving_lib.py>
public enum Keras: ModelFormat {
  public static let name = "Keras"

  public static func matches(_ candidate: Candidate) -> Bool {
    ["keras", "h5", "hdf5"].contains { candidate.hasExtension($0) }
      || candidate.firstBytes.starts(with: HDF5File.signature)
  }

  public static func read(_ file: MappedFile) throws(FormatError) -> Model {
    do throws(ByteError) {
      let isArchive = file.prefix(2) == Array("PK".utf8)
      return isArchive ? try readArchive(file) : try readPlain(file)
    } catch {
      throw .bytes(error)
    }
  }

  private static func readArchive(_ file: MappedFile) throws(ByteError) -> Model {
    let archive = try KerasArchive(file)
    var weights = KerasWeights()
    for part in try archive.weights { try weights.add(HDF5File(part.file, range: part.range)) }
    weights.log.add(contentsOf: archive.diagnostics)
    return model(file, weights, configuration: try archive.configuration, archive.metadata)
  }

  private static func readPlain(_ file: MappedFile) throws(ByteError) -> Model {
    var weights = KerasWeights()
    try weights.add(HDF5File(file))
    return model(file, weights, configuration: weights.configuration, weights.metadata)
  }

  private static func model(
    _ file: MappedFile, _ weights: KerasWeights, configuration: JSONValue?, _ metadata: Attributes
  ) -> Model {
    let layers = configuration.map { KerasModelConfiguration($0) }
    var model = Model(
      name: file.name.withoutExtension, source: file.path, format: name,
      fileByteCount: ByteCount(file.byteCount), tensors: weights.tensors,
      diagnostics: weights.log.all, metadata: metadata)
    guard let layers else {
      model.diagnostics.append(
        Diagnostic(.note, "weightsOnly", "the file holds weights and no graph"))
      return model
    }
    let graph = KerasGraph(layers, weights: model.tensors)
    model.graph = graph?.symbolic
    model.diagnostics += graph?.diagnostics ?? [layers.reasonForNoGraph]
    return model
  }
}

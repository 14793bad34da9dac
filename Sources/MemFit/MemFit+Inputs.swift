import ByteFormats
import ModelFormats
public import ModelGraph

extension MemFit {
  /// The contents of a file that holds one ONNX tensor, for an input on which shapes depend.
  public static func tensor(at path: String) throws(OpenError) -> TensorValue {
    do throws(FormatError) {
      return try ONNX.readTensor(mapped(path))
    } catch {
      throw .file(path: path, error)
    }
  }

  /// Sets an input of a model to what a file holds: a tensor, a sequence or an optional value.
  public static func setInput(
    _ name: String, of model: Model, fromFile path: String, in bindings: inout Bindings
  ) throws(OpenError) {
    guard let declared = model.graph?.declaredType(ofInput: name), declared.isComposite else {
      bindings.inputs[name] = try tensor(at: path)
      return
    }
    do throws(FormatError) {
      bindings.composites[name] = try ONNX.readComposite(mapped(path), as: declared)
    } catch {
      throw .file(path: path, error)
    }
  }

  private static func mapped(_ path: String) throws(FormatError) -> MappedFile {
    do throws(ByteError) {
      return try MappedFile(path: path)
    } catch {
      throw .bytes(error)
    }
  }
}

extension DeclaredType {
  fileprivate var isComposite: Bool {
    switch self {
    case .sequence, .optional: true
    case .tensor, .other: false
    }
  }
}

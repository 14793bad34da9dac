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

  private static func mapped(_ path: String) throws(FormatError) -> MappedFile {
    do throws(ByteError) {
      return try MappedFile(path: path)
    } catch {
      throw .bytes(error)
    }
  }
}

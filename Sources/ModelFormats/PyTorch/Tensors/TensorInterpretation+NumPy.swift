import ByteFormats
import ModelGraph

extension TensorInterpretation {
  /// Whether a value is an array or a scalar of NumPy, of whatever type.
  func isArray(_ value: PickleValue) -> Bool {
    guard let name = call(value)?.name else { return false }
    return Self.arrayFunctions.contains(name)
  }

  /// The type of an array of NumPy; `nil` if it holds objects or is no array.
  func array(_ value: PickleValue) -> TensorType? {
    guard let call = call(value), isArray(value) else { return nil }
    switch call.name.split(separator: ".").last {
    case "scalar": return type(call[0], [])
    case "_frombuffer": return shape(call[2]).flatMap { type(call[1], $0) }
    default: return array(inState: call.state)
    }
  }

  /// Takes `(version, sizes, type, is_fortran, bytes)`, in the oldest files without the version.
  private func array(inState state: PickleValue) -> TensorType? {
    guard let parts = document.elements(state).map(Array.init), parts.count >= 4 else { return nil }
    let first = parts.count == 4 ? 0 : 1
    return shape(parts[first]).flatMap { type(parts[first + 1], $0) }
  }

  private func type(_ value: PickleValue, _ shape: Shape) -> TensorType? {
    guard let call = call(value), call.name == "numpy.dtype" else { return nil }
    let code =
      document.text(call[0])
      ?? document.globalName(call[0])?.split(separator: ".").last.map(String.init)
    guard let code, let dataType = DataType(arrayCode: code) else { return nil }
    let type = TensorType(dataType, shape)
    return shape.isPlausible ? type : nil
  }

  /// The names of the functions that make arrays, before and after NumPy 2 moved them.
  private static let arrayFunctions: Set<String> = [
    "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct",
    "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar",
    "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer",
  ]
}

import ByteFormats
import MemoryAnalysis
import ModelFormats
import ModelGraph
import Operators

/// The one place where errors, which hold facts, become words.
public enum ErrorRenderer {
  /// Says an error of this library; `nil` for errors it does not know.
  public static func complaint(about error: any Error) -> Complaint? {
    switch error {
    case let error as OpenError: words(for: error)
    case let error as FormatError: words(for: error, in: nil)
    case let error as ByteError: words(for: error, in: nil)
    case let error as BindingError: words(for: error)
    case let error as ShapeError: Complaint("the shapes do not go together: \(error)")
    case let error as QuantityError: Complaint(error.description)
    case let error as RequestError: words(for: error)
    case let error as TrainingError: words(for: error)
    case let error as CachingAllocator.Configuration.SettingsError: words(for: error)
    default: nil
    }
  }

  private static func words(for error: OpenError) -> Complaint {
    switch error {
    case .notFound(let argument, let near):
      Complaint(
        "there is no file and no built-in architecture called “\(argument)”",
        hints: meant(near) + ["memfit models lists the built-in architectures"])
    case .folder(let path):
      Complaint(
        "\(path) is a folder without a model that is known",
        hints: ["name the file in it that holds the model, such as \(path)/model.onnx"])
    case .file(let path, let error): words(for: error, in: path)
    }
  }

  /// The suggestion of near names, if there are any.
  static func meant(_ near: [String]) -> [String] {
    guard let last = near.last else { return [] }
    let others = near.dropLast()
    let names = others.isEmpty ? last : "\(others.joined(separator: ", ")) or \(last)"
    return ["did you mean \(names)?"]
  }
}

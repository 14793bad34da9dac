public import ByteFormats
public import ModelGraph

/// A model that is a folder of files rather than one file.
///
/// To add one, add a folder with one conforming type and name the type in ``folderFormats``.
public protocol FolderFormat: SendableMetatype {
  /// The name shown to people and in the JSON report.
  static var name: String { get }

  /// Whether a folder looks like this format, by the names in it.
  static func matches(_ folder: Folder) -> Bool

  /// Reads the tensors, touching headers only.
  static func read(_ folder: Folder) throws(FormatError) -> Model
}

/// Every readable kind of folder; the first that matches a folder reads it.
public let folderFormats: [any FolderFormat.Type] = [
  CoreMLPackage.self,
  DistributedCheckpoint.self,
  HuggingFaceFolder.self,
]

import ByteFormats
public import ModelGraph

/// Looks for the files and folders below some paths that may hold a model.
///
/// A folder of a known layout counts as one model, and the parts of a checkpoint as that checkpoint.
/// Links are followed as far as they stay below the path that was given, each folder once, so that
/// loops come to an end. Hidden names are left out.
public struct ModelSearch: Sendable {
  /// What was found, in alphabetical order.
  public private(set) var places: [Place] = []

  /// Links that lead out of the path that was given, and what cannot be looked at.
  public private(set) var leftOut: [String] = []

  public struct Place: Hashable, Sendable {
    public var path: String

    /// Whether the user named it, so that it must be a model.
    public var isNamed: Bool
  }

  /// The most folders that are entered and files that are noted.
  public static let maximumCount = 10_000_000

  private var seen: Set<String> = []

  public init(_ paths: [String]) {
    for path in paths { look(at: path) }
    places.sort { $0.path < $1.path }
    leftOut.sort()
  }

  private mutating func look(at path: String) {
    guard let facts = FileFacts(path: path), facts.isFolder else {
      return places.append(Place(path: path, isNamed: true))
    }
    let count = places.count
    enter(path, facts, below: facts)
    if places.count == count { places.append(Place(path: path, isNamed: true)) }
  }

  private mutating func enter(_ start: String, _ facts: FileFacts, below root: FileFacts) {
    var waiting = [(path: start, facts: facts)]
    while let (path, facts) = waiting.popLast() {
      guard seen.count < Self.maximumCount else { return leftOut.append(path) }
      guard seen.insert(facts.resolvedPath).inserted else { continue }
      guard let folder = try? Folder(path: path) else {
        leftOut.append(path)
        continue
      }
      let content = FolderContent(folder)
      if content.isModel { places.append(Place(path: path, isNamed: false)) }
      for name in content.names {
        let inner = folder.path(of: name)
        guard let facts = FileFacts(path: inner),
          facts.isInside(root) || facts.resolvedPath == root.resolvedPath
        else {
          leftOut.append(inner)
          continue
        }
        if facts.isFolder {
          if content.isEntered { waiting.append((inner, facts)) }
        } else if facts.isRegular, content.holdsSingleModels,
          seen.insert(facts.resolvedPath).inserted
        {
          places.append(Place(path: inner, isNamed: false))
        }
      }
    }
  }
}

/// What the names in a folder say of it.
private struct FolderContent {
  let names: [String]

  /// Whether the folder as a whole is one model.
  let isModel: Bool

  /// Whether the folders within it are models of their own.
  let isEntered: Bool

  /// Whether its files are.
  var holdsSingleModels: Bool { !isModel }

  init(_ folder: Folder) {
    let format = folderFormats.first { $0.matches(folder) }
    let isHuggingFace = format == HuggingFaceFolder.self
    let isComposite = folder.contains("model_index.json") || folder.contains("modules.json")
    isModel =
      isHuggingFace
      ? isComposite || HuggingFaceFolder.describesWeights(folder) : format != nil
    isEntered = !isModel || isHuggingFace && !isComposite
    // A download's cache keeps the files under their hashes, and names them elsewhere.
    let isCache = folder.contains("snapshots")
    names = folder.names.filter { name in
      !(isCache && name == "blobs") && !Self.isPart(name, of: folder)
    }
  }

  /// Whether a file is a part of a checkpoint that another file in the folder stands for.
  private static func isPart(_ name: String, of folder: Folder) -> Bool {
    guard let shard = ShardName(name), shard.count > 1 else { return false }
    if shard.suffix == ".gguf" {
      return shard.part > 1 && folder.contains(shard.fileName(ofPart: 1))
    }
    return folder.contains("\(shard.stem)\(shard.suffix).index.json")
  }
}

extension HuggingFaceFolder {
  /// Whether a file of the libraries says what the weights are that lie beside it.
  fileprivate static func describesWeights(_ folder: Folder) -> Bool {
    folder.names.contains { markers.contains($0) }
      && folder.names.contains { WeightFileName($0) != nil }
  }
}

/// Reads what a search has found; `nil` if it is no model and nobody said that it is one.
///
/// - Throws: ``FormatError`` if it looks like a model and cannot be read, or was named as one.
public func readModel(at place: ModelSearch.Place) throws(FormatError) -> Model? {
  do throws(FormatError) {
    return try readModel(atPath: place.path)
  } catch {
    // The name is another one where a folder of weights holds a kind that is not known.
    guard case .unrecognized(let fileName, _) = error, !place.isNamed,
      place.path.hasSuffix("/" + fileName)
    else { throw error }
    return nil
  }
}

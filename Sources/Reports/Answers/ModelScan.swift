public import MemoryAnalysis
public import ModelGraph

/// The models below some paths, and what could not be read.
public struct ModelScan: Hashable, Sendable {
  public var version: String

  /// In the order of their paths.
  public var entries: [Entry]

  /// Files that are no models.
  public var skippedCount: Int

  /// Links that lead elsewhere, and folders that cannot be listed.
  public var leftOut: [String]

  public struct Entry: Hashable, Sendable {
    public var path: String
    public var outcome: Outcome

    public init(path: String, outcome: Outcome) {
      self.path = path
      self.outcome = outcome
    }
  }

  public enum Outcome: Hashable, Sendable {
    case model(Summary)

    /// Why it cannot be read, in words.
    case failure(String)
  }

  public struct Summary: Hashable, Sendable {
    public var name: String
    public var format: String
    public var storage: StorageSummary
    public var diagnostics: [Diagnostic]

    public init(
      name: String, format: String, storage: StorageSummary, diagnostics: [Diagnostic]
    ) {
      self.name = name
      self.format = format
      self.storage = storage
      self.diagnostics = diagnostics
    }
  }

  public init(version: String, entries: [Entry], skippedCount: Int, leftOut: [String]) {
    self.version = version
    self.entries = entries
    self.skippedCount = skippedCount
    self.leftOut = leftOut
  }
}

extension ModelScan {
  public var models: [Summary] {
    entries.compactMap { entry in
      guard case .model(let summary) = entry.outcome else { return nil }
      return summary
    }
  }

  public var failureCount: Int { entries.count - models.count }
}

import ByteFormats
import Dispatch
import MemoryAnalysis
import ModelFormats
public import ModelGraph
public import Reports
import Synchronization

extension MemFit {
  /// Reads all models below some paths, several at a time.
  ///
  /// What cannot be read is told beside the rest. The order of the answer does not depend on which
  /// file was done first. `progress` is called from several threads.
  public static func scan(
    _ paths: [String], jobs: Int, progress: @escaping @Sendable (ScanProgress) -> Void
  ) -> ModelScan {
    let search = ModelSearch(paths)
    let queue = ScanQueue(search.places, progress: progress)
    let read = Mutex<[(Int, ModelScan.Entry)]>([])
    DispatchQueue.concurrentPerform(iterations: max(1, min(jobs, search.places.count))) { _ in
      let some = queue.work()
      read.withLock { $0 += some }
    }
    let entries = read.withLock(\.self)
    return ModelScan(
      version: version, entries: entries.sorted { $0.0 < $1.0 }.map(\.1),
      skippedCount: search.places.count - entries.count, leftOut: search.leftOut)
  }
}

/// How far a scan is.
public struct ScanProgress: Hashable, Sendable {
  /// The files and folders that are looked at.
  public let count: Int

  /// Those that are done.
  public fileprivate(set) var doneCount = 0

  /// What the files of the models found so far hold; only their headers are read.
  public fileprivate(set) var modelBytes = ByteCount.zero

  fileprivate init(count: Int) { self.count = count }
}

/// The files that are still to be read, shared by those who read them.
private final class ScanQueue: Sendable {
  private let places: [ModelSearch.Place]
  private let next = Atomic(0)
  private let done: Mutex<ScanProgress>
  private let progress: @Sendable (ScanProgress) -> Void

  init(_ places: [ModelSearch.Place], progress: @escaping @Sendable (ScanProgress) -> Void) {
    self.places = places
    self.progress = progress
    done = Mutex(ScanProgress(count: places.count))
  }

  /// Reads files until none is left; those that are no models are left out.
  func work() -> [(Int, ModelScan.Entry)] {
    var entries: [(Int, ModelScan.Entry)] = []
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < places.count else { return entries }
      let entry = entry(places[index])
      if let entry { entries.append((index, entry)) }
      progress(note(entry))
    }
  }

  /// Counts a file that is done.
  private func note(_ entry: ModelScan.Entry?) -> ScanProgress {
    var bytes = ByteCount.zero
    if case .model(let summary)? = entry?.outcome { bytes = summary.storage.file ?? .zero }
    return done.withLock { done in
      done.doneCount += 1
      done.modelBytes += bytes
      return done
    }
  }

  private func entry(_ place: ModelSearch.Place) -> ModelScan.Entry? {
    do throws(FormatError) {
      guard let model = try readModel(at: place) else { return nil }
      return ModelScan.Entry(
        path: place.path,
        outcome: .model(
          ModelScan.Summary(
            name: model.name, format: model.format, storage: StorageSummary(of: model),
            diagnostics: model.diagnostics)))
    } catch {
      let complaint = ErrorRenderer.complaint(about: OpenError.file(path: place.path, error))
      return ModelScan.Entry(
        path: place.path, outcome: .failure(complaint?.message ?? error.description))
    }
  }
}

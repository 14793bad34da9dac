import Foundation
import TestSupport
import Testing

/// Proposals are command lines: they are run as they stand.
@Suite struct FitCommandTests {
  private struct Document: Decodable {
    var fit: Fit

    struct Fit: Decodable {
      var fits: Bool
      var smallest: Change?
      var best: Change?
      var changes: [Change]
      var totalBytes: Int
    }

    struct Change: Decodable, Equatable {
      var command: String
      var totalBytes: Int
      var fits: Bool
    }
  }

  private struct Trained: Decodable {
    var train: Train

    struct Train: Decodable {
      var totalBytes: Int
      var fits: Bool
    }
  }

  /// What was proposed and run in the real PyTorch, made by `Validation/fit/check_fit.py`.
  fileprivate struct Truth: Decodable {
    var runs: [Run]

    struct Run: Decodable, Sendable, CustomStringConvertible {
      var arguments: String
      var command: String
      var needed: Int
      var current: Int
      var asked: Attempt
      var proposed: Attempt
      var description: String { arguments }
    }

    struct Attempt: Decodable, Sendable {
      var fits: Bool
      var reserved: Int?
    }
  }

  private static var runs: [Truth.Run] {
    get throws {
      let bytes = try TestFiles.bytes(of: TestFiles.fixture("PyTorch/fits.json"))
      return try JSONDecoder().decode(Truth.self, from: Data(bytes)).runs
    }
  }

  /// The context that is assumed is no part of what PyTorch reserves.
  private static let context = 457_048_064

  @Test func `PyTorch trains with each proposal and runs out of memory without`() throws {
    let runs = try Self.runs
    #expect(runs.count >= 10)
    for run in runs {
      #expect(!run.asked.fits && run.proposed.fits, "\(run)")
      let reserved = try #require(run.proposed.reserved)
      #expect(abs(run.needed - Self.context - reserved) <= 2 << 20, "\(run)")
    }
  }

  /// Each takes seconds in a debug build: two of them, or all if `MEMFIT_SLOW_TESTS` is set.
  private static var cases: [Truth.Run] {
    get throws { TestFiles.runsSlowTests ? try runs : Array(try runs.prefix(2)) }
  }

  @Test(arguments: try cases)
  fileprivate func `a proposal fits as it stands, and no smaller one does`(
    run: Truth.Run
  ) throws {
    let arguments = run.arguments.split(separator: " ").map(String.init)
    let answer = try Tool.run(["fit"] + arguments + ["--format", "json"])
    #expect(answer.status == 0, "\(answer.errors)")
    let fit = try JSONDecoder().decode(Document.self, from: Data(answer.output.utf8)).fit
    #expect(!fit.fits && fit.best?.command == run.command)
    #expect(fit.totalBytes == run.current && fit.best?.totalBytes == run.needed)
    for change in [fit.smallest, fit.best].compactMap(\.self) {
      let trained = try train(change.command)
      #expect(trained.fits && trained.totalBytes == change.totalBytes, "\(change.command)")
    }
    guard let smallest = fit.smallest else { return }
    for change in fit.changes.prefix(while: { $0 != smallest }) {
      #expect(try !train(change.command).fits, "\(change.command)")
    }
  }

  private func train(_ command: String) throws -> Trained.Train {
    let words = command.split(separator: " ").dropFirst().map {
      $0.trimmingCharacters(in: CharacterSet(charactersIn: "'"))
    }
    let outcome = try Tool.run(words + ["--this-batch-only", "--format", "json"])
    let trained = try JSONDecoder().decode(Trained.self, from: Data(outcome.output.utf8)).train
    #expect(outcome.status == (trained.fits ? 0 : 1))
    return trained
  }
}

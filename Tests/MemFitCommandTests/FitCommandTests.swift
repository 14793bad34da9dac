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
      var limits: [String: Int?]
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

  private static var cases: [[String]] {
    let all = [
      ["squeezenet1_1", "--batch", "1024", "--device", "rtx-3060-12gb"],
      ["mobilenet_v2", "--batch", "256", "--device", "t4", "--optimizer", "sgd:momentum"],
      ["resnet50", "--batch", "256", "--device", "v100-16gb"],
      ["vgg16", "--batch", "160", "--device", "t4"],
      ["resnet18", "--batch", "1024", "--device", "rtx-3060-12gb", "--keep", "image,batch"],
      ["densenet121", "--batch", "160", "--device", "a10g"],
      ["vit_b_16", "--batch", "128", "--device", "rtx-3060-12gb", "--optimizer", "adamw"],
      ["gpt2", "--batch", "16", "--sequence", "512", "--device", "t4", "--optimizer", "adamw"],
      ["bert-base", "--batch", "64", "--sequence", "256", "--device", "v100-16gb"],
      ["convnext_tiny", "--batch", "192", "--device", "rtx-3090", "--optimizer", "adamw:fused"],
    ]
    return TestFiles.runsSlowTests ? all : Array(all.prefix(2))
  }

  @Test(arguments: cases)
  func `a proposal fits as it stands, and no smaller one does`(arguments: [String]) throws {
    let answer = try Tool.run(["fit"] + arguments + ["--format", "json"])
    #expect(answer.status == 0, "\(answer.errors)")
    let fit = try JSONDecoder().decode(Document.self, from: Data(answer.output.utf8)).fit
    #expect(!fit.fits)
    for change in [fit.smallest, fit.best].compactMap(\.self) {
      let trained = try train(change.command)
      #expect(trained.fits && trained.totalBytes == change.totalBytes, "\(change.command)")
    }
    let smallest = try #require(fit.smallest)
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

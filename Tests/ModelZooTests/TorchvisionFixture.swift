#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import TestSupport
import Testing

/// What torchvision's models are made of, measured by `Validation/torchvision_zoo.py`.
struct TorchvisionFixture: Decodable {
  let source: String
  let models: [Entry]

  struct Entry: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let image: Int
    let gigaMACs: Double
    let parameters: Int
    let parameterTensors: Int
    let state: Int
    let stateTensors: Int
    let children: [String: Int]
    let stateDigest: String

    /// One entry for a batch of 1, one for a batch of 2.
    let forwardDigests: [String]
    let operators: [Int]

    var testDescription: String { name }
  }

  static let entries: [Entry] = {
    let bytes = try? TestFiles.bytes(of: TestFiles.fixture("torchvision.json"))
    let fixture = bytes.flatMap {
      try? JSONDecoder().decode(TorchvisionFixture.self, from: Data($0))
    }
    return fixture?.models ?? []
  }()
}

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

/// The 64-bit FNV-1a hash of lines that each end in a line feed, in hexadecimal.
///
/// <https://www.rfc-editor.org/rfc/rfc9923>
func digest(_ lines: [String]) -> String {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for line in lines {
    for byte in line.utf8 + [10] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }
  let digits = String(hash, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

import ByteFormats
import ModelFormats
import ModelGraph
import TestSupport
import Testing

/// Files that the contract suite does not damage: HDF5 of each kind, ML programs.
@Suite struct DamagedFileTests {
  private struct Sample {
    var format: any ModelFormat.Type
    var path: String
  }

  private static let samples: [Sample] = {
    let keras = ["new.h5", "old.h5", "tiny.weights.h5"].map {
      Sample(format: Keras.self, path: TestFiles.fixture("Keras/\($0)"))
    }
    let programs = ["plain", "palette18", "sparse18"].map {
      Sample(
        format: CoreML.self,
        path: TestFiles.fixture(
          "CoreML/\($0).mlpackage/Data/com.apple.CoreML/model.mlmodel"))
    }
    return (keras + programs).filter { FileFacts(path: $0.path) != nil }
  }()

  /// Of longer files every few bytes are tried, but in the slow tests.
  private static let triesPerFile = TestFiles.runsSlowTests ? Int.max : 700

  @Test func `there are files of both kinds`() {
    #expect(Self.samples.count { $0.format.name == Keras.name } == 3)
    #expect(Self.samples.count { $0.format.name == CoreML.name } == 3)
  }

  @Test func `a file cut anywhere is read or refused`() throws {
    for sample in Self.samples {
      let bytes = try TestFiles.bytes(of: sample.path)
      for length in stride(from: 0, to: bytes.count, by: step(bytes)) {
        attempt(sample, Array(bytes.prefix(length)))
      }
    }
  }

  @Test func `a file with a bit of any byte turned is read or refused`() throws {
    for sample in Self.samples {
      let bytes = try TestFiles.bytes(of: sample.path)
      for index in stride(from: 0, to: bytes.count, by: step(bytes)) {
        var damaged = bytes
        damaged[index] ^= 1 << UInt8(index * 5 % 8)
        attempt(sample, damaged)
      }
    }
  }

  @Test func `a file with bytes changed, taken out and put in is read or refused`() throws {
    for (index, sample) in Self.samples.enumerated() {
      var generator = SeededGenerator(seed: UInt64(index))
      let bytes = try TestFiles.bytes(of: sample.path)
      for _ in 0..<(TestFiles.runsSlowTests ? 1000 : 250) {
        attempt(sample, bytes.mutated(using: &generator))
      }
    }
  }

  private func step(_ bytes: [UInt8]) -> Int { max(1, bytes.count / Self.triesPerFile) }

  private func attempt(_ sample: Sample, _ bytes: [UInt8]) {
    do throws(FormatError) {
      let model = try sample.format.read(MappedFile(bytes, path: sample.path))
      let isSound = model.tensors.allSatisfy { $0.type.shape.isPlausible }
      if !isSound { Issue.record("an unsound model of \(sample.path)") }
    } catch {
      if error.description.isEmpty { Issue.record("an error that says nothing") }
    }
  }
}

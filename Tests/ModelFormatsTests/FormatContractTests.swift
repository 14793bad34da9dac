import ByteFormats
import ModelFormats
import ModelGraph
import TestSupport
import Testing

/// What every format must do, whatever it is.
@Suite struct FormatContractTests {
  @Test func `every format brings fixtures`() throws {
    for fixtures in try FormatFixtures.all() {
      #expect(!fixtures.files.isEmpty, "\(fixtures.format)")
    }
  }

  @Test func `a format recognises its own files and no one else's`() throws {
    for fixtures in try FormatFixtures.all() {
      for file in fixtures.files {
        let matching = modelFormats.filter { $0.matches(file.candidate) }.map { $0.name }
        #expect(matching == [fixtures.format.name], "\(file.name)")
      }
    }
  }

  @Test(
    arguments: [
      [], Array("# a text".utf8), Array("{\"a\": 1}".utf8), Array(repeating: 0, count: 64),
    ] as [[UInt8]])
  func `nothing is recognised where nothing is`(bytes: [UInt8]) {
    let candidate = Candidate(fileName: "notes.txt", firstBytes: bytes)
    #expect(modelFormats.filter { $0.matches(candidate) }.map { $0.name } == [])
  }

  @Test func `the tensors are those that the reference reader lists`() throws {
    for fixtures in try FormatFixtures.all() {
      for file in fixtures.files {
        let model = try fixtures.format.read(MappedFile(path: file.path))
        #expect(model.tensorDescriptions == file.tensors, "\(file.name)")
        #expect(model.format == fixtures.format.name)
        if let byteCount = file.byteCount { #expect(model.storedByteCount == byteCount) }
        #expect(model.diagnostics.filter { $0.severity > .note } == [], "\(file.name)")
      }
    }
  }

  @Test func `a file cut anywhere is read or refused`() throws {
    for fixtures in try FormatFixtures.all() {
      for file in fixtures.files {
        for length in file.bytes.indices {
          attempt(fixtures.format, file.holding(Array(file.bytes.prefix(length))))
        }
      }
    }
  }

  @Test func `a file with a bit of any byte turned is read or refused`() throws {
    for fixtures in try FormatFixtures.all() {
      for file in fixtures.files {
        for index in file.bytes.indices.prefix(4096) {
          var bytes = file.bytes
          bytes[index] ^= 1 << UInt8(index * 5 % 8)
          attempt(fixtures.format, file.holding(bytes))
        }
      }
    }
  }

  @Test(arguments: UInt64(0)..<8)
  func `a file with bytes changed, taken out and put in is read or refused`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for fixtures in try FormatFixtures.all() {
      for file in fixtures.files {
        for _ in 0..<125 {
          let bytes = file.bytes.mutated(using: &generator)
          attempt(fixtures.format, file.holding(bytes))
        }
      }
    }
  }

  /// Reads a file that may be broken: the model must be sound, or the error must say something.
  private func attempt(_ format: any ModelFormat.Type, _ file: MappedFile) {
    do throws(FormatError) {
      let model = try format.read(file)
      let isSound =
        model.tensors.allSatisfy { $0.type.shape.isPlausible }
        && model.diagnostics.allSatisfy { !$0.code.isEmpty && !$0.message.isEmpty }
      if !isSound { Issue.record("an unsound model of \(file.path)") }
    } catch {
      if error.description.isEmpty { Issue.record("an error that says nothing") }
    }
  }
}

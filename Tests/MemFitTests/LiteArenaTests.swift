import ByteFormats
import MemFit
import TestSupport
import Testing

/// Arenas of TensorFlow Lite's runtimes against those that the runtimes themselves took.
@Suite struct LiteArenaTests {
  private func arena(_ path: String, _ runtime: Runtime) throws -> LitePlan {
    let report = try MemFit.report(
      on: try MemFit.open(path), MemFit.Request(sections: [.run], runtime: runtime))
    return try #require(report.run?.footprint.litePlan)
  }

  /// One small model for each kernel that asks for memory: see `make_fixtures.py` beside them.
  @Test func `each kernel asks for what it asks for in the runtime`() throws {
    let folder = TestFiles.fixture("TFLiteKernels")
    let measured = try JSONValue(MappedFile(path: "\(folder)/measured.json"))
    #expect(measured.members.count > 50)
    for member in measured.members {
      let path = "\(folder)/\(member.key).tflite"
      if let expected = member.value["litert"]?.integer {
        #expect(try arena(path, .litert).arena.value == expected, "\(member.key) in LiteRT")
      }
      if let expected = member.value["head"]?.integer {
        let found = try arena(path, .tfliteMicro).arena.value
        #expect(found == expected, "\(member.key) in TensorFlow Lite Micro")
      }
    }
  }

  @Test(.enabled(if: TestFiles.corpus != nil))
  func `the planned part is what TensorFlow Lite Micro took, of every file`() throws {
    var compared = 0
    for (path, facts) in try files() {
      guard let expected = facts["tflite_micro"]?["nonpersistent"]?.integer else { continue }
      compared += 1
      let plan = try arena(path, .tfliteMicro)
      #expect(plan.arena.value == expected, "\(path)")
      #expect(plan.lowerBound <= plan.arena)
      if let tail = facts["tflite_micro"]?["persistent"]?.integer {
        #expect(plan.sessionBytes.value <= tail, "\(path)")
      }
    }
    #expect(compared >= TestFiles.comparisons(142))
  }

  /// Of four files the reference shows the largest buffer on the heap instead of the arena.
  ///
  /// It tells them apart by their addresses alone; the buffer holds weights that TRANSPOSE_CONV turned. The block
  /// that the allocator gave for the arena has our size (`Validation/formats/compare_arenas.py`).
  @Test(.enabled(if: TestFiles.corpus != nil))
  func `the arena is what LiteRT took`() throws {
    var others: [String] = []
    var compared = 0
    for (path, facts) in try files() {
      guard let groups = facts["litert"]?["groups"],
        let expected = groups["arena_bytes"]?.integer
      else { continue }
      let plan = try arena(path, .litert)
      compared += 1
      if plan.arena.value != expected { others.append(path) }
      let copies = groups["const_folded_sum"]?.integer
      #expect(plan.bytes(.constantCopy).value == copies, "\(path)")
      #expect(plan.lowerBound <= plan.arena)
    }
    #expect(others.allSatisfy { $0.contains("transpose_conv") })
    #expect(others.count == 4)
    #expect(compared >= TestFiles.comparisons(139))
  }

  private func files() throws -> [(path: String, facts: JSONValue)] {
    let corpus = try #require(TestFiles.corpus)
    let truth = try JSONValue(MappedFile(path: "\(corpus)/tflite/truth.json"))
    return (truth["files"]?.members ?? []).map { ("\(corpus)/\($0.key)", $0.value) }
      .filter { FileFacts(path: $0.path) != nil }
  }

  @Test func `placed buffers that live together do not overlap`() throws {
    for name in ["in_place", "branch", "sequence_lstm_hybrid", "sizes_of_the_run"] {
      for runtime in [Runtime.litert, .tfliteMicro] {
        let plan = try arena(TestFiles.fixture("TFLiteKernels/\(name).tflite"), runtime)
        let conflicts = plan.buffers.indices.flatMap { index in
          plan.buffers[..<index].filter { $0.overlaps(plan.buffers[index]) }
        }
        #expect(conflicts.isEmpty, "\(name)")
      }
    }
  }

  /// The allocator's block shows 32,896 to 32,960 bytes (`Validation/formats/compare_arenas.py`), so 8,192 for the
  /// view that ends on the heap.
  @Test func `a view of what lies on the heap has a place in the arena too`() throws {
    let plan = try arena(TestFiles.fixture("TFLiteKernels/frames.tflite"), .litert)
    #expect(32_896...32_960 ~= plan.arena.value)
  }

  @Test func `a constant that is unpacked is named`() throws {
    let path = TestFiles.fixture("TFLiteKernels/unpacked_constants.tflite")
    let plan = try arena(path, .litert)
    #expect(plan.session.filter { $0.kind == .constantCopy }.map(\.name) == ["full"])
    #expect(plan.bytes(.constantCopy) == 2048)
  }

  @Test func `the runtime follows from the format and the device`() throws {
    let model = try MemFit.open(TestFiles.fixture("TFLiteKernels/conv_int8.tflite"))
    let plain = try MemFit.report(on: model, MemFit.Request())
    #expect(plain.run?.footprint.runtime == .litert)
    let device = try MemFit.device(named: "stm32h743")
    let small = try MemFit.report(on: model, MemFit.Request(device: device))
    #expect(small.run?.footprint.runtime == .tfliteMicro)
    #expect(small.run?.device?.memory.map(\.name).contains("arena") == true)
  }

  @Test func `a runtime of TensorFlow Lite does not run other formats`() throws {
    let model = try MemFit.open("squeezenet1_1")
    #expect(throws: RequestError.runtimeMismatch(runtime: "litert", format: "zoo")) {
      try MemFit.report(on: model, MemFit.Request(runtime: .litert))
    }
  }
}

extension LitePlan.PlacedBuffer {
  fileprivate func overlaps(_ other: Self) -> Bool {
    let mine = offset..<offset + bytes.value
    let others = other.offset..<other.offset + other.bytes.value
    return steps.overlaps(other.steps) && mine.overlaps(others)
  }
}

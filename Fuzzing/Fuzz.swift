import MemFit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The format whose reader is fed, by the name of its type in `MEMFIT_FUZZ_FORMAT`.
private let target: any ModelFormat.Type = {
  let name = getenv("MEMFIT_FUZZ_FORMAT").map { String(cString: $0) } ?? ""
  guard let format = modelFormats.first(where: { String(describing: $0) == name }) else {
    let known = modelFormats.map { String(describing: $0) }.joined(separator: " ")
    print(known)
    exit(name.isEmpty ? 0 : 2)
  }
  return format
}()

/// The largest graph that is also run.
private let largestGraph = 500

/// The largest graph that is also trained.
private let largestTrainedGraph = 100

/// Reads a file as one format, binds its graph and works out what it takes to store, to run and to train.
///
/// The reader must refuse it or make a sound model of it; a trap is what the fuzzer looks for.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let model = try? target.read(MappedFile(bytes, path: "/nowhere/fuzzed")) else { return 0 }
  precondition(model.tensors.allSatisfy { $0.type.shape.isPlausible }, "an implausible shape")
  let graph = (try? model.graph?.bind(Bindings()))?.graph
  guard graph.map({ $0.nodes.count <= largestGraph }) ?? true else { return 0 }
  var request = MemFit.Request()
  _ = try? MemFit.report(on: model, request)
  guard let graph, graph.nodes.count <= largestTrainedGraph else { return 0 }
  request.sections = [.train]
  request.training.findsChanges = false
  request.training.findsLargestBatch = false
  _ = try? MemFit.report(on: model, request)
  return 0
}

@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutableRawPointer?, _ arguments: UnsafeMutableRawPointer?
) -> CInt {
  _ = target
  return 0
}

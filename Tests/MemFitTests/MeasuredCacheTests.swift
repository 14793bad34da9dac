import ByteFormats
import MemFit
import TestSupport
import Testing

/// What decoders keep after many tokens against the caches that transformers 5.23 fills, layer by layer.
///
/// `MEMFIT_CACHES` names a file that `Validation/configurations/caches.py` made.
@Suite struct MeasuredCacheTests {
  @Test func `caches hold as many bytes as those of transformers`() throws {
    try MeasuredCache.expectEqual(inFixture: "ConfigurationFile/caches.jsonl")
  }

  @Test func `every line of a measurement is as it was measured, where one is at hand`() throws {
    try MeasuredCache.expectEqual(inFileNamedBy: "MEMFIT_CACHES")
  }
}

/// A cache that transformers filled, and what is said of its configuration here.
struct MeasuredCache: MeasuredLine {
  let row: JSONValue

  init(_ row: JSONValue) { self.row = row }

  var differences: [String] {
    do {
      let model = try built()
      guard let cache = model.cache else { return ["no cache"] }
      let sizes = (row["sizes"]?.members ?? []).map { ($0.key, $0.value.integer ?? 1) }
      let sized = cache.forSource(Dictionary(sizes) { first, _ in first })
      return compare(sized, "dynamic", "transformers")
        + compare(sized, "static", "transformersStatic")
    } catch { return ["refused: \(error)"] }
  }

  private func compare(_ cache: DecoderCache, _ key: String, _ rule: String) -> [String] {
    var found: [String] = []
    for member in row[key]?.members ?? [] {
      let bytes = member.value.elements.compactMap(\.integer)
      found += compare(cache, Int(member.key) ?? 0, bytes, rule)
    }
    return found
  }

  private func compare(
    _ cache: DecoderCache, _ tokens: Int, _ measured: [Int], _ rule: String
  ) -> [String] {
    var kept = cache.layers.map { layer in
      let one = DecoderCache(layers: [layer], dataType: cache.dataType)
      let footprint = CacheFootprint(of: one, batch: 1, CacheRequest(context: tokens))
      return footprint.reservations.first { $0.key == rule }?.bytes?.value ?? -1
    }
    // Layers without anything may have no place in the list.
    var measured = measured
    while kept.last == 0, kept.count > measured.count { kept.removeLast() }
    while measured.last == 0, measured.count > kept.count { measured.removeLast() }
    return kept == measured ? [] : ["\(rule) \(tokens) tokens: \(kept), measured \(measured)"]
  }
}

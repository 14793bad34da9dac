import ModelGraph

/// A chart of choices by memory and time; the tables beside it have the same in numbers.
struct HTMLFrontier {
  let drawing: FrontierDrawing
  let style: NumberStyle

  private static let (width, height) = (1000.0, 300.0)

  /// The choices whose time is a number.
  private var points: [FrontierDrawing.Point] { drawing.points.filter(\.time.isFinite) }

  var html: Markup {
    guard points.count > 1, let range = bytes, let times else { return "" }
    let front = points.filter(\.isOnFront).sorted { $0.bytes < $1.bytes }
    let label = "\(drawing.title): \(style.count(points.count)) choices"
    return """
      <figure class="drawing">
      <figcaption>\(drawing.title)</figcaption>
      <svg viewBox="-12 -12 1024 324" role="img" aria-label="\(label)">\
      \(limit(range))\(line(front, range, times))\
      \(points.map { dot($0, range, times) })</svg>
      <p class="axis"><span>\(style.bytes(range.lowerBound))</span>\
      <span>memory across, time up from \(style.ratio(times.lowerBound)) to \
      \(style.ratio(times.upperBound))</span>\
      <span>\(style.bytes(range.upperBound))</span></p>
      </figure>

      """
  }

  private var bytes: ClosedRange<ByteCount>? {
    let all = points.map(\.bytes) + [drawing.available].compactMap(\.self)
    guard let least = all.min(), let most = all.max(), least < most else { return nil }
    return least...most
  }

  private var times: ClosedRange<Double>? {
    let all = points.map(\.time)
    guard let least = all.min(), let most = all.max() else { return nil }
    return least...max(most, least + 0.01)
  }

  private func x(_ bytes: ByteCount, _ range: ClosedRange<ByteCount>) -> Double {
    let whole = Double((range.upperBound - range.lowerBound).value)
    return Double((bytes - range.lowerBound).value) / whole * Self.width
  }

  private func y(_ time: Double, _ times: ClosedRange<Double>) -> Double {
    Self.height
      - (time - times.lowerBound) / (times.upperBound - times.lowerBound) * Self.height
  }

  private func limit(_ range: ClosedRange<ByteCount>) -> Markup {
    guard let available = drawing.available else { return "" }
    let place = shortened(x(available, range))
    return """
      <path class="limit" d="M\(place) -12V312"><title>the device has \
      \(style.bytes(available))</title></path>
      """
  }

  private func line(
    _ front: [FrontierDrawing.Point], _ range: ClosedRange<ByteCount>, _ times: ClosedRange<Double>
  ) -> Markup {
    guard front.count > 1 else { return "" }
    let places = front.map { "\(shortened(x($0.bytes, range))) \(shortened(y($0.time, times)))" }
    return "<path class=\"front\" d=\"M\(places.joined(separator: "L"))\"/>"
  }

  private func dot(
    _ point: FrontierDrawing.Point, _ range: ClosedRange<ByteCount>, _ times: ClosedRange<Double>
  ) -> Markup {
    let words = "\(point.name): \(style.bytes(point.bytes)), \(style.ratio(point.time)) the time"
    return """
      <circle class="\(point.isOnFront ? "on" : "off")" cx="\(shortened(x(point.bytes, range)))" \
      cy="\(shortened(y(point.time, times)))" r="7"><title>\(words)</title></circle>
      """
  }
}

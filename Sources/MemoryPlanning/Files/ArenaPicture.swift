/// Draws an arena: time from left to right, offsets from the bottom up, a rectangle per buffer.
public struct ArenaPicture: Sendable {
  private let problem: ArenaProblem
  private let placement: Placement
  private let span: ClosedRange<Int>
  private static let width = 960.0
  private static let height = 540.0
  private static let margin = 48.0

  public init(_ problem: ArenaProblem, _ placement: Placement) {
    self.problem = problem
    self.placement = placement
    let placed = problem.items.map(\.buffer).filter(\.isPlaced)
    let first = placed.map(\.lifetime.lowerBound).min() ?? 0
    span = first...max(first, placed.map(\.lifetime.upperBound).max() ?? 0)
  }

  /// A self-contained SVG document that follows the reader's light or dark scheme.
  public var svg: String {
    let (width, height) = (Self.width + 2 * Self.margin, Self.height + 2 * Self.margin)
    let label = "Arena of \(placement.arenaByteCount) bytes with \(problem.items.count) buffers"
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" role="img" \
      aria-label="\(label)" font-family="system-ui, sans-serif" font-size="14">
      <title>\(label)</title>
      <style>svg { color: #222; background: #fff } rect { stroke: #fff; stroke-width: .5 }
      @media (prefers-color-scheme: dark) { svg { color: #ddd; background: #181818 } \
      rect { stroke: #181818 } }</style>
      \(rectangles)
      \(axes)
      </svg>

      """
  }

  private var rectangles: String {
    let visible = problem.items.indices.filter { problem.items[$0].buffer.isPlaced }
    return visible.map(rectangle).joined(separator: "\n")
  }

  private func rectangle(_ index: Int) -> String {
    let item = problem.items[index]
    let (lifetime, offset) = (item.buffer.lifetime, placement.offsets[index])
    let (left, right) = (x(lifetime.lowerBound), x(lifetime.upperBound))
    let (top, bottom) = (y(end(of: item.buffer.byteCount, at: offset)), y(offset))
    let hue = (index &* 137) % 360
    let words =
      "\(item.name): \(item.buffer.byteCount) bytes at \(offset), steps "
      + "\(lifetime.lowerBound)–\(lifetime.upperBound)"
    return """
      <rect x="\(short(left))" y="\(short(top))" width="\(short(right - left))" \
      height="\(short(bottom - top))" fill="hsl(\(hue) 55% 55%)"><title>\(escaped(words))</title></rect>
      """
  }

  private var axes: String {
    let (left, bottom) = (Self.margin, Self.margin + Self.height)
    let steps = span
    return """
      <path d="M\(left) \(Self.margin)V\(bottom)H\(left + Self.width)" fill="none" \
      stroke="currentColor"/>
      <text x="\(left)" y="\(Self.margin - 12)" fill="currentColor">\
      \(placement.arenaByteCount) bytes</text>
      <text x="\(left)" y="\(bottom + 24)" fill="currentColor">step \(steps.lowerBound)</text>
      <text x="\(left + Self.width)" y="\(bottom + 24)" text-anchor="end" \
      fill="currentColor">step \(steps.upperBound)</text>
      """
  }

  private func x(_ step: Int) -> Double {
    let (first, last) = (Double(span.lowerBound), Double(span.upperBound))
    return Self.margin + (Double(step) - first) / max(1, last - first) * Self.width
  }

  private func y(_ offset: Int) -> Double {
    let share = Double(offset) / Double(max(1, placement.arenaByteCount))
    return Self.margin + (1 - share) * Self.height
  }

  private func short(_ length: Double) -> String { "\((length * 100).rounded() / 100)" }

  private func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      default: result.unicodeScalars.append(scalar.value < 32 ? "\u{FFFD}" : scalar)
      }
    }
    return result
  }
}

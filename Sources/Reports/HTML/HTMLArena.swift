import ModelGraph

/// A picture of an arena: a rectangle for each buffer, with its name where the pointer rests.
struct HTMLArena {
  let drawing: ArenaDrawing
  let style: NumberStyle

  private static let (width, height) = (1000.0, 400.0)

  var html: Markup {
    let placed = drawing.boxes.filter { $0.bytes > .zero && !$0.steps.isEmpty }
    guard drawing.bytes > .zero, !placed.isEmpty else { return "" }
    let shown = placed.sorted { $0.bytes > $1.bytes }.prefix(ArenaDrawing.maximumBoxes)
    let span = steps(of: placed)
    let rest = placed.count - shown.count
    let note: Markup =
      rest > 0 ? "<p class=\"more\">\(style.count(rest)) smaller buffers are not drawn.</p>" : ""
    let label =
      "\(drawing.title): \(style.count(placed.count)) buffers in \(style.bytes(drawing.bytes))"
    return """
      <figure class="drawing">
      <figcaption>\(drawing.title)</figcaption>
      <svg viewBox="0 0 1000 400" preserveAspectRatio="none" role="img" aria-label="\(label)">\
      \(shown.map { rectangle($0, span) })</svg>
      <p class="axis"><span>step \(style.count(span.lowerBound))</span>\
      <span>offsets up to \(style.bytes(drawing.bytes))</span>\
      <span>step \(style.count(span.upperBound))</span></p>
      \(note)</figure>

      """
  }

  private func steps(of boxes: [ArenaDrawing.Box]) -> Range<Int> {
    let first = boxes.map(\.steps.lowerBound).min() ?? 0
    return first..<max(first + 1, boxes.map(\.steps.upperBound).max() ?? 0)
  }

  private func rectangle(_ box: ArenaDrawing.Box, _ span: Range<Int>) -> Markup {
    let across = Self.width / Double(span.count)
    let up = Self.height / Double(drawing.bytes.value)
    let left = Double(box.steps.lowerBound - span.lowerBound) * across
    let top = Self.height - Double((box.offset + box.bytes).value) * up
    let words = "\(box.name): \(style.bytes(box.bytes)) at \(style.bytes(box.offset))"
    return """
      <rect class="b\(tone(box))" x="\(shortened(left))" y="\(shortened(top))" \
      width="\(shortened(Double(box.steps.count) * across))" \
      height="\(shortened(Double(box.bytes.value) * up))"><title>\(words)</title></rect>
      """
  }

  /// One of eight colours, by where the buffer begins.
  private func tone(_ box: ArenaDrawing.Box) -> Int { (box.steps.lowerBound & 7) + 1 }
}

/// A coordinate with no more digits than can be seen.
func shortened(_ length: Double) -> String {
  let tenths = Int((length * 10).rounded())
  return tenths % 10 == 0 ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
}

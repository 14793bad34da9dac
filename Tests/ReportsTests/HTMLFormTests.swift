import MemoryAnalysis
import ModelGraph
import Testing

@testable import Reports

@Suite struct HTMLFormTests {
  private func page(_ blocks: [Block]) -> String {
    HTMLForm().write(Blocks(blocks: blocks))
  }

  private struct Blocks: Presentable {
    var blocks: [Block]
    var json: JSON { nil }

    func page(_ style: NumberStyle) -> Page {
      Page(title: "<b>&", sections: [Section(key: "a", title: "A", blocks: blocks)])
    }
  }

  @Test func `names from a file cannot become markup`() {
    let name = "</script><img src=x onerror=alert(1)>\"'&"
    let table = Table(
      key: "t", columns: [Column("n", "N", .name)], rows: [[.text(name)]])
    let timeline = Timeline(
      title: name, amounts: [1, 2], peakLabel: name, labels: [name, name],
      lifetimes: [Lifetime(name: name, bytes: 1, category: .activation, steps: 0..<2)])
    let text = page([.table(table), .timeline(timeline), .paragraph(name)])
    #expect(!text.contains("<img") && !text.contains("<b>&"))
    #expect(text.contains("\\u003c/script>\\u003cimg"))
    // One script for the data, one for what the page does.
    #expect(text.split(separator: "</script>").count == 3)
  }

  @Test func `the page asks nothing of the network`() {
    let text = HTMLForm().write(SampleReport.report(details: [.layers, .explanations]))
    for word in ["http:", "src=", "@import", "url("] { #expect(!text.contains(word), "\(word)") }
    #expect(text.contains("default-src 'none'"))
  }

  @Test func `verdicts stand at the top`() throws {
    let text = HTMLForm().write(SampleReport.report())
    let verdict = try #require(text.firstRange(of: "class=\"verdicts\""))
    let section = try #require(text.firstRange(of: "<section"))
    #expect(verdict.lowerBound < section.lowerBound)
  }

  @Test(arguments: [1, 2, 3999, 4001, 100_000])
  func `a chart of any length is drawn to its end`(count: Int) {
    let amounts = (0..<count).map { ByteCount($0 == count / 2 ? 1000 : $0 % 7) }
    let text = page([.timeline(Timeline(title: "", amounts: amounts, peakLabel: ""))])
    let points = min(count, 4000)
    #expect(text.contains("viewBox=\"0 0 \(points) 1000\"") && text.contains("H\(points)V1000Z"))
    #expect(text.contains("V0"), "the peak reaches the top")
  }

  @Test func `numbers are sorted by what they are, not by how they look`() {
    let rows = (1...6).map { [Cell.bytes(ByteCount($0 * 999_999))] }
    let table = Table(key: "t", columns: [Column("b", "B", .number)], rows: rows)
    let text = page([.table(table)])
    #expect(text.contains("data-v=\"999999\"") && text.contains("<button"))
  }

  @Test func `a budget is a bar of its parts`() {
    var table = Table(
      key: "budget",
      columns: [Column("part", "What", .label), Column("share", "Share", .number)],
      rows: [
        [.text("weights"), .share(0.25)], [.text("free"), .share(0.75)], [.text("all"), .share(1)],
      ])
    table.isBudget = true
    let text = page([.table(table)])
    #expect(text.contains("style=\"width:25.0%\"") && text.contains("style=\"width:75.0%\""))
    #expect(!text.contains("style=\"width:100.0%\""))
  }
}

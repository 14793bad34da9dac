import ModelGraph
import Testing

@testable import Reports

/// Names as a hostile file may have them, in every form.
@Suite struct FormTests {
  private struct Names: Presentable {
    var name: String
    var json: JSON { .string(name) }

    func page(_ style: NumberStyle) -> Page {
      let table = Table(
        key: "names", columns: [Column("name", "Name", .name), Column("bytes", "Memory", .number)],
        rows: [[.text(name), .bytes(1_500_000)]])
      return Page(sections: [Section(key: "names", title: "", blocks: [.table(table)])])
    }
  }

  @Test func `CSV quotes what would break it`() {
    let table: [(String, String)] = [
      ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"x\"", "\"say \"\"x\"\"\""),
      ("two\r\nlines", "\"two\r\nlines\""), ("", ""),
    ]
    for (name, field) in table {
      #expect(CSVForm().write(Names(name: name)) == "name,bytes\n\(field),1500000\n")
    }
  }

  @Test func `Markdown escapes what it would act on`() {
    let text = MarkdownForm().write(Names(name: "a|b_c<d>`e`*"))
    #expect(text.contains("| a\\|b\\_c\\<d\\>\\`e\\`\\* | 1.5 MB |"))
  }

  @Test func `the terminal is sent no codes but our own`() {
    let text = TextForm(palette: .colored).write(Names(name: "\u{1B}]0;title\u{7}"))
    #expect(text.contains("\u{FFFD}]0;title\u{FFFD}"))
    #expect(!text.contains("\u{7}"))
  }

  @Test func `plain text has no codes at all`() {
    #expect(!TextForm().write(SampleReport.report()).contains("\u{1B}"))
    #expect(TextForm(palette: .colored).write(SampleReport.report()).contains("\u{1B}[1m"))
  }

  @Test func `one kind of unit stands on a page`() {
    let decimal = TextForm().write(SampleReport.report())
    let binary = TextForm(style: NumberStyle(units: .binary)).write(SampleReport.report())
    #expect(decimal.contains(" KB") && !decimal.contains("iB"))
    #expect(binary.contains(" KiB") && !binary.contains(" KB"))
  }

  @Test func `of many diagnostics of a kind a few are told and the rest counted`() {
    var report = SampleReport.report()
    report.diagnostics = (0..<50).map { Diagnostic(.warning, "odd", "odd thing \($0)") }
    let text = TextForm().write(report)
    #expect(text.contains("odd thing 2") && !text.contains("odd thing 3"))
    #expect(text.contains("and 47 more of odd"))
  }

  @Test func `quiet leaves out notes and keeps warnings`() {
    let text = TextForm(isQuiet: true).write(SampleReport.report())
    #expect(!text.contains("note:") && text.contains("warning:"))
  }

  @Test(arguments: [1, 2, 5, 79, 80, 81, 500, 100_000])
  func `a timeline of any length fits the page and marks its peak`(count: Int) {
    let amounts = (0..<count).map { ByteCount($0 == count / 2 ? 1000 : $0 % 500) }
    let timeline = Timeline(title: "Live", amounts: amounts, peakLabel: "peak here")
    let lines = TextTimeline(timeline: timeline, style: NumberStyle(), palette: .plain)
      .lines(width: 78)
    #expect(lines.allSatisfy { $0.width <= 78 })
    #expect(lines.contains { $0.text.contains("▼") && $0.text.contains("peak") })
  }

  @Test func `nothing live draws nothing`() {
    let timeline = Timeline(title: "Live", amounts: [0, 0], peakLabel: "")
    let chart = TextTimeline(timeline: timeline, style: NumberStyle(), palette: .plain)
    #expect(chart.lines(width: 78).isEmpty)
  }
}

import Foundation
import ModelGraph
import Reports
import TestSupport
import Testing

/// Whole reports as they look; set `MEMFIT_UPDATE=1` to write them anew.
@Suite struct GoldenTests {
  static let forms: [(name: String, form: any OutputForm)] = [
    ("overview-80.txt", TextForm(width: 80)),
    ("overview-200.txt", TextForm(width: 200)),
    ("overview-80-binary.txt", TextForm(width: 80, style: NumberStyle(units: .binary))),
    ("overview-80-color.txt", TextForm(width: 80, palette: .colored)),
    ("overview.md", MarkdownForm()),
    ("overview.csv", CSVForm()),
    ("overview.json", JSONForm()),
  ]

  @Test(arguments: forms.indices)
  func `the overview looks as it did`(index: Int) throws {
    let (name, form) = Self.forms[index]
    try Golden.check(form.write(SampleReport.report()), name)
  }

  @Test(arguments: [80, 200])
  func `details are told on demand`(width: Int) throws {
    let report = SampleReport.report(
      sections: [.store], details: [.layers, .values, .explanations])
    try Golden.check(TextForm(width: width).write(report), "details-\(width).txt")
  }

  @Test(arguments: [40, 60, 80, 100, 132, 200])
  func `no line is wider than the terminal`(width: Int) {
    let report = SampleReport.report(details: [.layers, .values, .explanations])
    for line in TextForm(width: width).write(report).split(separator: "\n") {
      // Names have a narrowest form, so that a very narrow page may have wider tables.
      #expect(line.count <= max(width, 72), "\(line)")
    }
  }
}

/// Texts kept under `Tests/Fixtures/Reports`.
enum Golden {
  static func check(_ text: String, _ name: String) throws {
    let path = TestFiles.fixture("Reports/\(name)")
    if ProcessInfo.processInfo.environment["MEMFIT_UPDATE"] == "1" {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }
    let kept = String(decoding: try TestFiles.bytes(of: path), as: UTF8.self)
    #expect(text == kept, "run again with MEMFIT_UPDATE=1 if \(name) should change")
  }
}

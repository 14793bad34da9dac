/// The form for programs that read as they go: one document a line. <https://jsonlines.org>
public struct JSONLinesForm: OutputForm {
  public init() {}

  public func write(_ subject: any Presentable) -> String {
    subject.documents.map { $0.compactText + "\n" }.joined()
  }
}
